"""A request with an unknown verb replaced by "bring", where it says itself what is to be so in the end.

"Crank the AMF in tokyo-1 to 5 replicas": whatever "crank" means, the end is stated, and "bring … to" says nothing more.
Where the end is not stated ("crank the AMF", "snip 2 replicas off it", "plonk two UPFs there") the verb alone would
decide, and no word of a model is enough for that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.model.words_not_to_explain import WordsNotToExplain
from agents.understanding.nodes import Node

KNOWN_VERB = "bring"
_ENDS = ("stop", "question", "line", "semicolon")
_LEADS = ("lead", "courtesy", "adverb", "urgency", "greeting", "comma")
_NO_LEADS = ("det", "prep", "and", "but", "be", "have", "not", "if", "wh", "verb")
_OBJECT_BEGINS = ("det", "its", "all", "aim", "thing", "sites")
_VERBS = ("verb", "verb_noun", "unverb", "foreign", "stating", "unknown")
_BETWEEN = ("det", "adverb", "aim", "bound")
_GOALS = ("to", "at")
_GOES_TO_A_GOAL = ("thing", "sites", "aim")
_INFLECTED = ("ed", "ing", "s")
"""Who writes "cranked it to 5" tells of something; a base form that ends so is asked back."""


class NotExplained(ValueError):
    """A verb that is not believed. `fault` is a snake_case code."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Explained:
    """The changed text, and the way back from a quote of it to the request's own words."""

    text: str
    request: str
    verbs: tuple[Node, ...]

    def original_of(self, quote: str) -> str | None:
        """The request's words that a quote of the changed text stands for; None where it is no quote."""
        begin = self.text.find(quote)
        if not quote or begin < 0:
            return None
        return self.request[self._back(begin, is_end=False) : self._back(begin + len(quote), is_end=True)]

    def _back(self, place: int, *, is_end: bool) -> int:
        """A place inside a replaced verb goes to its near end, so that quotes hold whole words."""
        longer = 0
        for verb in self.verbs:
            begin = verb.start + longer
            end = begin + len(KNOWN_VERB)
            if place < end or (is_end and place == end):
                if place <= begin:
                    break
                return verb.end if is_end else verb.start
            longer = end - verb.end
        return place - longer


def unknown_words(nodes: Sequence[Node]) -> list[Node]:
    """The words that the lexicon has not; what has figures in it is a name, not a word."""
    return [node for node in nodes if "unknown" in node and "slug" not in node and _is_word(node)]


def _is_word(node: Node) -> bool:
    return node.low.replace("-", "").replace("'", "").isalpha()


def explained(request: str, nodes: Sequence[Node], verbs: Sequence[str], words: WordsNotToExplain) -> Explained:
    """The request with these words read as verbs. `nodes` are its constituents. Raises: NotExplained."""
    if not verbs:
        raise NotExplained("no_verb")
    places = sorted({_place_of(request, nodes, verb, words) for verb in verbs})
    text, last = "", 0
    for node in (nodes[place] for place in places):
        text += request[last : node.start] + KNOWN_VERB
        last = node.end
    return Explained(text + request[last:], request, tuple(nodes[place] for place in places))


def _place_of(request: str, nodes: Sequence[Node], verb: str, words: WordsNotToExplain) -> int:
    """Where the one unknown word stands that is said to be a verb."""
    places = [at for at, node in enumerate(nodes) if request[node.start : node.end] == verb]
    if len(places) != 1:
        raise NotExplained("word_not_found" if not places else "word_not_unique")
    node = nodes[places[0]]
    if node not in unknown_words([node]):
        raise NotExplained("word_is_known")
    if words.has(node.low):
        raise NotExplained("word_is_weighty")
    if node.low.endswith(_INFLECTED):
        raise NotExplained("word_is_inflected")
    _require_stated_end(nodes, places[0])
    return places[0]


def _require_stated_end(nodes: Sequence[Node], at: int) -> None:
    """The verb comes first in its sentence, is its only one, and every amount of it is where something is to end."""
    first, last = at, at
    while first > 0 and not nodes[first - 1].is_any(*_ENDS):
        first -= 1
    while last < len(nodes) - 1 and not nodes[last + 1].is_any(*_ENDS):
        last += 1
    before, after = nodes[first:at], nodes[at + 1 : last + 1]
    is_told_of_somebody = any("who" in node for node in before) and "comma" not in before[-1]
    if is_told_of_somebody or any(node.is_any(*_NO_LEADS) or not node.is_any(*_LEADS, "who") for node in before):
        raise NotExplained("not_in_a_verbs_place")
    if not after or not after[0].is_any(*_OBJECT_BEGINS) or any(node.is_any(*_VERBS) for node in after):
        raise NotExplained("not_in_a_verbs_place")
    amounts = [place for place, node in enumerate(after) if "amount" in node]
    if not amounts or not all(_is_end(after, place) for place in amounts):
        raise NotExplained("no_stated_end")


def _is_end(nodes: Sequence[Node], at: int) -> bool:
    """True where the words before it, or its bound, make an amount the end of something: "to 5 replicas and 4
    cores", "at most 20 ms"."""
    amount = nodes[at]["amount"]
    if amount.relative is not None or amount.kind in ("things", "times"):
        return False
    if amount.bound_low:
        return amount.bound in ("at_least", "at_most", "equals")
    place = at - 1
    while place >= 0 and nodes[place].is_any(*_BETWEEN):
        place -= 1
    if place > 0 and "and" in nodes[place] and "amount" in nodes[place - 1]:
        return _is_end(nodes, place - 1)
    return place > 0 and nodes[place].low in _GOALS and nodes[place - 1].is_any(*_GOES_TO_A_GOAL)
