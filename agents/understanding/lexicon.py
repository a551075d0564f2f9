"""The lexicon ready for reading: every phrase that is known, in every form, with what it may mean."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from agents.knowledge.pack import Inventory
from agents.knowledge.vocabulary import Vocabulary
from agents.understanding.inflection import BASE, forms_of, plural_of
from agents.understanding.text import atoms_of, simplified
from agents.understanding.typos import Typos
from schemas.intent import ObjectType

Senses = dict[str, Any]
_END = ""
_MOST_CORRECTIONS = 20_000
"""So many unknown words are remembered, a few megabytes at most."""
_ORDINARY = ("closing", "modal", "respectively", "misspelt")
"""Parts whose words are read through a slip; a slip of a word that changes the meaning stays unknown."""


class VerbSense(NamedTuple):
    """What a verb may do, in which form it stands, and its base form."""

    kind: str
    form: str
    base: str
    factor: float = 1.0


class Place(NamedTuple):
    """A place by name: `kind` is site, city, country, kind (of site) or elsewhere."""

    kind: str
    key: str


class Thing(NamedTuple):
    """An object type by name. With `types` it may be any of these."""

    types: tuple[ObjectType, ...]
    is_plural: bool


class UnitSense(NamedTuple):
    """A unit: what it measures, and the factor to the unit values are given in."""

    kind: str
    factor: float


@dataclass(slots=True)
class _Leaf:
    senses: Senses
    exact: dict[str, Senses]


class Lexicon:
    """Finds the longest phrase at a place of a request."""

    def __init__(self, vocabulary: Vocabulary, inventory: Inventory) -> None:
        self.vocabulary = vocabulary
        self.inventory = inventory
        self.suffixes = (
            frozenset(
                word.lower() for unit in vocabulary.units for word in (*unit.words, *unit.exact) if word.isalpha()
            )
            | frozenset(word for word in vocabulary.multipliers if len(word) <= 3)
            | {"x", "cores", "dbm"}
        )
        self.separable: dict[str, tuple[str, ...]] = {
            phrase: tuple(kind for kind, verbs in vocabulary.verbs.items() if phrase in verbs)
            for phrase in vocabulary.separable
        }
        self._root: dict[str, Any] = {}
        self._ordinary: set[str] = set()
        self._add_words()
        self._add_verbs()
        self._add_objects()
        self._add_targets()
        self._add_places()
        self._known = self._all_words()
        self._typos = Typos(self._ordinary, self._known, vocabulary.real_words)
        self._corrections: dict[str, str | None] = {}

    def longest(self, lows: list[str], at: int, until: int) -> list[tuple[int, _Leaf]]:
        """The phrases that begin at `at`, shortest first, with the place after each."""
        found: list[tuple[int, _Leaf]] = []
        node = self._root
        for place in range(at, until):
            following = node.get(lows[place])
            if following is None:
                break
            node = following
            if _END in node:
                found.append((place + 1, node[_END]))
        return found

    def correction_of(self, word: str) -> str | None:
        """The ordinary word that a misspelt one was meant to be; None for words that are none."""
        if word in self._known:
            return None
        if word not in self._corrections:
            if len(self._corrections) >= _MOST_CORRECTIONS:
                self._corrections.clear()
            self._corrections[word] = self.vocabulary.slips.get(word) or self._typos.correction_of(word)
        return self._corrections[word]

    def senses_of(self, word: str) -> Senses:
        """What one word may mean by itself."""
        node = self._root.get(word, {})
        return node[_END].senses if _END in node else {}

    def _leaf(self, phrase: str) -> _Leaf:
        node = self._root
        is_plain = phrase.isascii() and phrase.replace(" ", "").isalpha()  # most are, and cutting those takes time
        lows = phrase.split() if is_plain else [each.low for each in atoms_of(simplified(phrase), self.suffixes)]
        for low in lows:
            node = node.setdefault(low, {})
        leaf: _Leaf = node.setdefault(_END, _Leaf({}, {}))
        return leaf

    def _add(self, phrases: Iterable[str], sense: str, value: Any = True, *, ordinary: bool = False) -> None:
        for phrase in phrases:
            senses = self._leaf(phrase.lower()).senses
            if isinstance(value, tuple) and type(value) is tuple and sense in senses:
                value_now = (*senses[sense], *(each for each in value if each not in senses[sense]))
            else:
                value_now = value
            senses[sense] = value_now
            if ordinary:
                self._ordinary.update(word for word in phrase.lower().replace("-", " ").split() if word.isalpha())

    def _add_words(self) -> None:
        for sense, phrases in self.vocabulary.parts.items():
            self._add(phrases, sense, ordinary=sense in _ORDINARY)
        for verb in self.vocabulary.stating_verbs:
            for written, forms in forms_of(verb, self.vocabulary.irregular).items():
                self._add([written], "stating", tuple(forms))
        orders = self.vocabulary.orders_about_itself
        self._add(orders.verbs, "order_verb")
        self._add(orders.objects, "order_object")
        self._add(orders.phrases, "order_phrase")

    def _add_verbs(self) -> None:
        words = self.vocabulary
        for kind, verbs in words.verbs.items():
            for verb in verbs:
                self._add_verb(verb, kind)
        for verb, factor in words.multiplying_verbs.items():
            self._add_verb(verb, "multiply", factor)
        for kind, nouns in words.nouns_of_verbs.items():
            self._add(nouns, "verb_noun", (VerbSense(kind, "noun", nouns[0]),), ordinary=True)
        for sense, verbs in (("unverb", words.unsupported_verbs), ("foreign", words.foreign_verbs)):
            for verb in verbs:
                for written, forms in forms_of(verb, words.irregular).items():
                    self._add([written], sense, tuple(VerbSense(sense, form, verb) for form in forms))
                    if BASE in forms:
                        self._ordinary.update(word for word in written.split() if len(word) > 4)

        for phrase in words.separable:
            first = phrase.split()[0]
            if not any(first in verbs for verbs in words.verbs.values()):
                self._add_verb(first, "separable")

    def _add_verb(self, verb: str, kind: str, factor: float = 1.0) -> None:
        for written, forms in forms_of(verb, self.vocabulary.irregular).items():
            self._add([written], "verb", tuple(VerbSense(kind, form, verb, factor) for form in forms), ordinary=True)

    def _add_objects(self) -> None:
        words = self.vocabulary
        for kind, phrases in words.objects.items():
            for phrase in phrases:
                self._add([phrase], "object", Thing((kind,), False))
                self._add([plural_of(phrase)], "object", Thing((kind,), True))
        self._ordinary.update({"slice", "slices", "cluster", "clusters", "function"})
        for phrase, kinds in words.ambiguous_objects.items():
            self._add([phrase], "object", Thing(kinds, False))
            self._add([plural_of(phrase)], "object", Thing(kinds, True))
        for phrase in words.unsupported_objects:
            self._add([phrase, plural_of(phrase)], "unobject")
        self._add(words.everything, "everything")
        for sst, phrases in words.services.items():
            self._add(phrases, "service", sst)

    def _add_targets(self) -> None:
        words = self.vocabulary
        for name, phrases in words.targets.items():
            self._add([*phrases, *(plural_of(each) for each in phrases)], "target", name, ordinary=True)
        for count, phrases in words.counts.items():
            self._add([*phrases, *(plural_of(each) for each in phrases)], "count", count, ordinary=count == "replicas")
            self._ordinary.update(word for phrase in phrases for word in phrase.split() if len(word) > 5)
        self._add(words.counted, "counted")
        for phrase, names in words.ambiguous_targets.items():
            self._add([phrase], "untarget", names)
        self._add(words.unsupported_targets, "unsupported_target")
        for direction, phrases in words.directions.items():
            self._add(phrases, "direction", direction, ordinary=True)
        for unit in words.units:
            sense = UnitSense(unit.kind, unit.factor)
            for word in unit.words:
                self._add([word] if len(word) < 4 else [word, plural_of(word)], "unit", sense, ordinary=len(word) > 5)
            for word in unit.exact:
                self._leaf(word.lower()).exact[word] = {"unit": sense}
        for word, value in words.multipliers.items():
            self._add([word, word + "s"] if len(word) > 3 else [word], "multiplier", value)
        for word, value in words.number_words.items():
            self._add([word], "number_word", value)
        for word, value in words.nines.items():
            self._add([word], "nines", value)
        for bound, phrases in words.bounds.items():
            self._add(phrases, "bound", bound, ordinary=True)
        for bound, phrases in words.after_bounds.items():
            self._add(phrases, "after_bound", bound, ordinary=True)

    def _add_places(self) -> None:
        self._add(self.vocabulary.places, "place", Place("elsewhere", ""))
        for slug, site in self.inventory.sites.items():
            self._add([slug, *site.names], "place", Place("site", slug))
            if site.kind is not None:
                self._add([site.kind], "place", Place("kind", site.kind))
        for kind, areas in (("city", self.inventory.cities), ("country", self.inventory.countries)):
            for key, area in areas.items():
                self._add(area.names, "place", Place(kind, key))
                for name in area.exact:
                    self._leaf(name.lower()).exact[name] = {"place": Place(kind, key)}

    def _all_words(self) -> set[str]:
        """Every single word that is known: none of them is a misspelling of another."""
        words: set[str] = set()
        stack = [self._root]
        while stack:
            for low, following in stack.pop().items():
                if low != _END:
                    words.add(low)
                    stack.append(following)
        return words


_built: dict[int, tuple[Vocabulary, Inventory, Lexicon]] = {}


def lexicon_of(vocabulary: Vocabulary, inventory: Inventory) -> Lexicon:
    """The lexicon of these words, built once a process: building takes far longer than reading."""
    found = _built.get(id(vocabulary))
    if found is None or found[0] is not vocabulary or found[1] is not inventory:
        found = _built[id(vocabulary)] = (vocabulary, inventory, Lexicon(vocabulary, inventory))
    return found[2]
