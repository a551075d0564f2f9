"""A request cut into atoms: words, figures and signs with their places in the text. Linear in its length."""

import re
from dataclasses import dataclass

_LETTER = "A-Za-zªµºÀ-ÖØ-öø-ɏμ"
_ATOM = re.compile(
    rf"""
      (?P<link>https?://[^\s<>]{{1,400}}|www\.[^\s<>]{{1,400}})
    | (?P<mail>[A-Za-z0-9_.+%-]{{1,64}}@[A-Za-z0-9-]{{1,63}}\.[A-Za-z0-9.-]{{1,63}})
    | (?P<clock>(?<![\w.:-])[0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}})?(?![\w:]))
    | (?P<date>(?<![\w.-])(?:[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|[0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{2,4}}
        |[0-9]{{1,2}}\.[0-9]{{1,2}}\.20[0-9]{{2}})(?![\w.]))
    | (?P<phone>(?<![\w.])\+[0-9][0-9 ()/-]{{6,20}}[0-9](?!\w))
    | (?P<word>(?:(?<![\w.)%-])[-−](?=[0-9]))?[{_LETTER}0-9]+
        (?:(?:[-_']|(?<=[0-9])\.(?=[0-9])|(?<=[0-9]),(?=[0-9]{{3}}(?![0-9])))[{_LETTER}0-9]+)*)
    | (?P<line>[ \t]*\n\s*)
    | (?P<other_word>[^\W_]+)
    | (?P<sign><=|>=|=<|=>|==|->|\.\.+|[^\s])
    """,
    re.VERBOSE,
)
_SAME = str.maketrans(
    {"’": "'", "‘": "'", "‐": "-", "‑": "-", "\u00a0": " ", "\u202f": " ", "\r": "\n", "\u2028": "\n", "−": "-"}
)
_EMPHASIS = re.compile(r"(?<![\w*-])(\*{1,2})(?=[^\s*])[^*\n]+(?<=[^\s*])\1(?![\w*])")
"""`*now*`, `**5**`: marks of emphasis, which say nothing."""
_DASH_IN_NAME = re.compile(rf"(?<=[{_LETTER}])[–—](?=[0-9])")
"""`tokyo–1`: a dash that word processors make of a hyphen, and no range."""
_PIECES = re.compile(r"[^-_]+")
_STUCK = re.compile(rf"([0-9]+(?:[.,][0-9]+)*)([{_LETTER}]+)")


@dataclass(slots=True)
class Atom:
    """`low` is its text in lower case. A word with hyphens is several atoms: `first` and `last` mark its ends."""

    kind: str
    low: str
    start: int
    end: int
    first: bool = True
    last: bool = True
    is_stuck: bool = False
    is_corrected: bool = False


def simplified(text: str) -> str:
    """The text with typographic quotes, hyphens and spaces made plain; every character keeps its place."""
    plain = _DASH_IN_NAME.sub("-", text.translate(_SAME))
    return _EMPHASIS.sub(lambda found: found[0].replace("*", " "), plain)


def atoms_of(text: str, suffixes: frozenset[str]) -> list[Atom]:
    """The atoms of a simplified text. `suffixes` may stick to a figure ("20ms") and are parted from it."""
    atoms: list[Atom] = []
    for match in _ATOM.finditer(text):
        kind = match.lastgroup or "sign"
        if kind == "word":
            atoms += _of_word(match.group(), match.start(), suffixes)
        else:
            atoms.append(Atom(kind, match.group().lower(), match.start(), match.end()))
    return atoms


def _of_word(word: str, start: int, suffixes: frozenset[str]) -> list[Atom]:
    if word.endswith("'s") and len(word) > 2:
        owner = _of_word(word[:-2], start, suffixes)
        return [*owner, Atom("owner", "'s", start + len(word) - 2, start + len(word))]
    if stuck := _STUCK.fullmatch(word):
        figure, suffix = stuck.groups()
        if suffix.lower() in suffixes:
            middle = start + len(figure)
            return [
                Atom("word", figure, start, middle),
                Atom("word", suffix.lower(), middle, start + len(word), is_stuck=True),
            ]
    if word[0] == "-":
        return [Atom("word", word, start, start + len(word))]
    atoms = [
        Atom("word", piece.group().lower(), start + piece.start(), start + piece.end(), False, False)
        for piece in _PIECES.finditer(word)
    ]
    atoms[0].first = True
    atoms[-1].last = True
    return atoms
