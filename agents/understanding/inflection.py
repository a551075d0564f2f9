"""The forms of English words, for lexicons that name only the base form."""

from collections.abc import Mapping

BASE, THIRD, GERUND, PAST, PARTICIPLE = "base", "third", "gerund", "past", "participle"
_VOWELS = "aeiou"
_STRESSED_FIRST = ("limit", "vomit", "offer", "suffer", "differ", "buffer")


def forms_of(phrase: str, irregular: Mapping[str, tuple[str, str]]) -> dict[str, list[str]]:
    """Every form of a verb, by the written form: {"scaled": ["past", "participle"], …}. Particles stay behind it."""
    verb, _, rest = phrase.partition(" ")
    past, participle = irregular.get(verb, (_past(verb), _past(verb)))
    forms: dict[str, list[str]] = {}
    for written, form in (
        (verb, BASE),
        (_third(verb), THIRD),
        (_gerund(verb), GERUND),
        (past, PAST),
        (participle, PARTICIPLE),
    ):
        forms.setdefault(f"{written} {rest}".strip(), []).append(form)
        if form in (GERUND, PAST, PARTICIPLE) and _doubles_in_british(verb):
            doubled = verb + verb[-1] + ("ing" if form == GERUND else "ed")
            forms.setdefault(f"{doubled} {rest}".strip(), []).append(form)
    return forms


def plural_of(noun: str) -> str:
    """The regular plural of a noun phrase."""
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2:-1] not in _VOWELS:
        return noun[:-1] + "ies"
    return noun + "s"


def _third(verb: str) -> str:
    return {"be": "is", "have": "has", "do": "does", "go": "goes"}.get(verb) or plural_of(verb)


def _stem(verb: str) -> str:
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1]
    if _doubles(verb):
        return verb + verb[-1]
    return verb


def _gerund(verb: str) -> str:
    return verb[:-2] + "ying" if verb.endswith("ie") else _stem(verb) + "ing"


def _past(verb: str) -> str:
    if verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        return verb[:-1] + "ied"
    return _stem(verb) + "ed"


def _doubles(verb: str) -> bool:
    """One short vowel before one last consonant, in a word of one syllable: drop, dropped."""
    vowels = sum(letter in _VOWELS for letter in verb)
    ends_short = len(verb) > 2 and verb[-1] not in "aeiouwxy" and verb[-2] in _VOWELS and verb[-3] not in _VOWELS
    is_stressed_last = verb.endswith(("mit", "fer", "cur", "gin")) and verb not in _STRESSED_FIRST
    return ends_short and (vowels == 1 or is_stressed_last)


def _doubles_in_british(verb: str) -> bool:
    return verb.endswith("l") and len(verb) > 3 and verb[-2] in _VOWELS and verb[-3] not in _VOWELS
