"""What a text names, without a word on what it asks for: places, objects, figures, and words that may forbid.

Goals and the passages they are planned from are looked through by it. They are no orders that the grammar could read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from agents.knowledge.pack import KnowledgePack
from agents.understanding.amounts import Amount
from agents.understanding.constituents import constituents_of
from agents.understanding.lexemes import nodes_of
from agents.understanding.lexicon import lexicon_of
from agents.understanding.nodes import Node
from agents.understanding.orders_about_itself import order_about_itself
from agents.understanding.text import simplified
from schemas.intent import ObjectType, SliceId

_FORBIDDING = ("not", "if", "except", "retraction", "correction", "undecided", "or", "total", "veto")
"""Words by which a request says what is not to be, on what condition, or that it is not settled."""
_ASKING = ("verb", "unverb", "foreign", "multiply")
_ADDING = ("add", "give", "raise")
_REMOVING = ("delete", "remove", "lower")
_BEFORE_AN_END = ("to", "of", "->", "=")
_HARMLESS = ("lead", "event", "adverb", "glue", "closing", "courtesy", "greeting", "urgency", "who", "time", "link")
_CONTENT = ("unknown", "unobject", "unaim", "untarget", "unsupported_target", "stating", "symptom", "trouble", "vague")
_KINDS: dict[str, tuple[str, ...]] = {
    "latency": ("time",),
    "jitter": ("time",),
    "packet_loss": ("percent",),
    "availability": ("percent", "nines"),
    "energy_saving": ("percent",),
    "dl_throughput": ("rate",),
    "ul_throughput": ("rate",),
    "memory": ("memory",),
    "cpu": ("cores",),
    "prb_ratio_min": ("percent", "points"),
    "prb_ratio_max": ("percent", "points"),
    "prb_ratio_dedicated": ("percent", "points"),
    "load_threshold": ("percent", "points"),
    "priority_level": ("bare",),
    "tx_power": ("power", "gain"),
    "bandwidth": ("frequency",),
    "version": ("version",),
    "replicas": ("replicas", "things", "bare"),
    "max_sessions": ("max_sessions",),
    "max_subscribers": ("max_subscribers",),
    "max_ues": ("max_ues",),
}


_SHARED_KINDS = ("time", "percent", "points", "times", "bare", "nines")
_DIRECTED = {"throughput": "dl_throughput"}
_APART = re.compile(r"[,;:.!?\n]|\band\b")
_NEAR_CHARACTERS = 30
_SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)|\n")


@dataclass(frozen=True, slots=True)
class Span:
    """Where something stands in the text."""

    start: int
    end: int

    def is_in(self, other: "Span") -> bool:
        """True where the other stretch holds this one."""
        return other.start <= self.start and self.end <= other.end


@dataclass(frozen=True, slots=True)
class Figure(Span):
    """An amount: `values` in the unit of its kind, a range has two. `about` is the target that it is said to be of;
    `is_end` where it is said to be what is in the end ("to 5"), whatever the verb."""

    amount: Amount
    about: str | None = None
    is_end: bool = False

    @property
    def values(self) -> tuple[float | str, ...]:
        """What it amounts to; a version is text."""
        return (self.amount.written,) if self.is_version else tuple(value for _, value in self.amount.parts)

    @property
    def is_version(self) -> bool:
        """True for a version, which is no number."""
        return self.amount.kind == "version"

    @property
    def is_share(self) -> bool:
        """True for a percentage: in arithmetic 30 % is 0.3."""
        return self.amount.kind in ("percent", "points")

    @property
    def is_counted(self) -> bool:
        """True where it says what it is a figure of."""
        return self.amount.kind not in ("bare", "version", "times")

    def fits(self, target: str) -> bool:
        """True where it may be a value of this target: by its unit, and by what it is said of where the unit is that of
        several."""
        kind = self.amount.kind
        is_of_kind = kind in (*_KINDS.get(target, ()), "times") or (self.amount.is_nines and target == "availability")
        if kind in _SHARED_KINDS:
            is_unsaid = self.about is None and (kind == "nines" or (kind == "bare" and self.is_end))
            return is_of_kind and (self.about == target or is_unsaid)
        return is_of_kind and (kind != "rate" or target == (self.about or "dl_throughput"))


@dataclass(frozen=True, slots=True)
class Place(Span):
    """Sites named together; `is_open` where only some of them may be meant."""

    sites: tuple[str, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Thing(Span):
    """An object: it may be of several types, have names, and belong to a slice."""

    types: tuple[ObjectType, ...]
    names: tuple[str, ...]
    slice: SliceId | None


@dataclass(frozen=True, slots=True)
class Mentions:
    """Everything that a text names, in its order."""

    text: str
    places: tuple[Place, ...]
    things: tuple[Thing, ...]
    figures: tuple[Figure, ...]
    asking: tuple[Span, ...]
    adding: tuple[Span, ...]
    removing: tuple[Span, ...]
    words: tuple[Span, ...]
    times: tuple[Span, ...]
    forbidding: tuple[Span, ...]
    order_about_itself: str | None

    def is_told_plainly(self, span: Span) -> bool:
        """False in a sentence that negates, makes a condition, or leaves a choice."""
        ends = [0, *(match.end() for match in _SENTENCE_END.finditer(self.text)), len(self.text)]
        begin, end = max(each for each in ends if each <= span.start), min(each for each in ends if each >= span.end)
        return not any(begin <= each.start < end for each in self.forbidding)

    @property
    def sites(self) -> tuple[str, ...]:
        """Every site that is named, alone or with others."""
        return tuple(dict.fromkeys(site for place in self.places for site in place.sites))

    def of(self, span: Span) -> str:
        """The words of a stretch, as they are written."""
        return self.text[span.start : span.end]


class MentionReader:
    """Looks texts through with the words of a knowledge pack."""

    def __init__(self, pack: KnowledgePack) -> None:
        self._lexicon = lexicon_of(pack.vocabulary, pack.inventory)
        self.read = lru_cache(maxsize=1_024)(self._read)
        """The same passages and states come again and again."""

    def _read(self, text: str) -> Mentions:
        plain = simplified(text)
        atoms = nodes_of(plain, self._lexicon)
        order = order_about_itself(atoms, plain)
        nodes = constituents_of(atoms, plain, self._lexicon)
        return Mentions(
            text=text,
            places=tuple(_places(nodes)),
            things=tuple(_things(nodes)),
            figures=tuple(_figures(nodes, text)),
            asking=_spans(node for node in nodes if node.is_any(*_ASKING) and not node.is_any(*_HARMLESS)),
            adding=_spans(node for node in nodes if _does(node, *_ADDING)),
            removing=_spans(node for node in nodes if _does(node, *_REMOVING) or _is_fewer(node)),
            words=_spans(node for node in nodes if node.is_any(*_CONTENT) and not node.is_any(*_HARMLESS)),
            times=_spans(node for node in nodes if "time" in node),
            forbidding=_spans(node for node in nodes if node.is_any(*_FORBIDDING)),
            order_about_itself=order,
        )


def _spans(nodes: Iterator[Node]) -> tuple[Span, ...]:
    return tuple(Span(node.start, node.end) for node in nodes)


def _places(nodes: list[Node]) -> Iterator[Place]:
    for node in nodes:
        if "sites" in node:
            named = node["sites"]
            yield Place(node.start, node.end, named.sites, named.is_bare or named.fault is not None)


def _things(nodes: list[Node]) -> Iterator[Thing]:
    for node in nodes:
        if "thing" in node:
            named = node["thing"]
            yield Thing(node.start, node.end, named.types, named.names, named.slice)


def _figures(nodes: list[Node], text: str) -> Iterator[Figure]:
    aims = [node for node in nodes if "aim" in node]
    for before, node in pairwise([Node("", 0, 0), *nodes]):
        if "amount" in node:
            yield Figure(node.start, node.end, node["amount"], _about(node, aims, text), before.low in _BEFORE_AN_END)


def _about(amount: Node, aims: list[Node], text: str) -> str | None:
    """The target that is named nearest to an amount, with nothing between that parts them."""
    gaps = [
        (text[aim.end : amount.start] if aim.end <= amount.start else text[amount.end : aim.start], aim["aim"].name)
        for aim in aims
    ]
    near = [(len(gap), name) for gap, name in gaps if len(gap) <= _NEAR_CHARACTERS and not _APART.search(gap)]
    return _DIRECTED.get(min(near)[1], min(near)[1]) if near else None


def _does(node: Node, *kinds: str) -> bool:
    return any(sense.kind in kinds for tag in ("verb", "verb_noun") for sense in node.get(tag) or ())


def _is_fewer(node: Node) -> bool:
    amount: Amount | None = node.get("amount")
    return "fewer" in node or (amount is not None and amount.relative == "fewer")
