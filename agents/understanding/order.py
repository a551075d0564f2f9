"""One order of a sentence as it is being read: a verb, and the constituents that belong to it."""

from dataclasses import dataclass, field

from agents.domain.rules import Fault
from agents.understanding.nodes import Node
from agents.understanding.rows import Item

_SEPARATING = (
    "comma",
    "and",
    "semicolon",
    "dash",
    "colon",
    "slash",
    "line",
    "open",
    "close",
    "quote",
    "star",
    "tilde",
    "plus",
    "so",
    "but",
    "stop",
    "ditto",
)
_NEW = ("a", "an", "new", "brand new", "brand-new", "fresh")
_NEEDS = frozenset({"need"})


@dataclass(slots=True)
class Order:
    """What one verb, or none, says of which constituents. `unread` are the words that have no part in it."""

    sentence: int
    items: list[Item] = field(default_factory=list)
    verbs: list[Node] = field(default_factory=list)
    particles: list[Node] = field(default_factory=list)
    read: list[Node] = field(default_factory=list)
    unread: list[Node] = field(default_factory=list)
    respectively: Node | None = None
    is_each: bool = False
    all_things: Node | None = None
    is_modal: bool = False
    is_polite: bool = False
    is_one: bool = False
    is_heading: bool = False
    is_form: bool = False
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_place_only(self) -> bool:
        """`In tokyo-1:` by itself: where what follows is meant."""
        return bool(self.items) and not self.verbs and all(item.kind == "sites" for item in self.items)

    def has(self, *kinds: str) -> bool:
        """True where it names something of these kinds."""
        return any(item.kind in kinds for item in self.items)


@dataclass(slots=True)
class OrderState:
    """Where the reader of a sentence is, and what it has found so far."""

    nodes: list[Node]
    sentence: int
    is_form: bool
    orders: list[Order] = field(default_factory=list)
    separator: str | None = None

    def __post_init__(self) -> None:
        self._open()

    @property
    def order(self) -> Order:
        """The order that is being read."""
        return self.orders[-1]

    def _open(self) -> None:
        self.orders.append(Order(self.sentence, is_form=self.is_form))

    def _before(self, at: int) -> Node | None:
        """The node before, over adverbs; None at the beginning of a clause."""
        place = at - 1
        while place >= 0:
            node = self.nodes[place]
            if "licensed" in node:
                return None
            if node.is_any("adverb", "urgency", "courtesy") and not node.is_any("verb", "thing", "and"):
                place -= 1
                continue
            is_sign = node.is_any(*_SEPARATING, "arrow") or node.low in ("=", "==")
            return None if is_sign and "thing" not in node else node
        return None

    def _is_need(self, node: Node) -> bool:
        return {sense.kind for sense in node.get("verb") or ()} <= _NEEDS and "verb" in node

    def _has_ensure(self) -> bool:
        return any(
            sense.kind in ("ensure", "need", "cap") for verb in self.order.verbs for sense in verb.get("verb") or ()
        )

    def _has_subject(self) -> bool:
        return self.order.has("thing", "amount", "aim", "pronoun")

    def _is_adjunct(self) -> bool:
        """`For the eMBB slice in Osaka`: where, or of what."""
        items = self.order.items
        return all(
            item.kind in ("sites", "there") or item.prep in ("for", "on", "in", "of", "at", "with", "to")
            for item in items
        )

    def _prep(self, at: int) -> str:
        place = at - 1
        while (
            place >= 0
            and self.nodes[place].is_any("det", "adjective", "all", "adverb", "link", "licensed")
            and ("prep" not in self.nodes[place])
        ):
            place -= 1
        if place < 0:
            return ""
        low = self.nodes[place].low
        if low in ("->", "→", "=>") or low.endswith(" to"):
            return "to"
        return low if "prep" in self.nodes[place] else ""

    def _is_new(self, at: int) -> bool:
        place = at - 1
        while place >= 0 and self.nodes[place].is_any("adjective") and self.nodes[place].low not in _NEW:
            place -= 1
        return place >= 0 and self.nodes[place].low in _NEW
