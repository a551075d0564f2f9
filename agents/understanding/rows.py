"""The constituents of an order → rows: which object, at which sites, with which values belong together.

Every way to cut them at their separators is tried. The fewest rows win, then those that lack least of what the others
have; where two different ways are equally good, it is asked.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

from agents.understanding.aims import Aim
from agents.understanding.amounts import Amount
from agents.understanding.nodes import Node
from agents.understanding.things import Mention, united

ItemKind = Literal["thing", "sites", "there", "pronoun", "amount", "aim", "everything", "name"]
_OWN_NAMES = {
    "rate": "throughput",
    "power": "tx_power",
    "frequency": "bandwidth",
    "cores": "cpu",
    "memory": "memory",
    "version": "version",
    "replicas": "replicas",
    "max_sessions": "max_sessions",
    "max_subscribers": "max_subscribers",
    "max_ues": "max_ues",
}
COUNTS = ("replicas", "max_sessions", "max_subscribers", "max_ues")
_BRACKETS = ("(", "[")
_OF_A_SLICE = ("of", "for", "in", "on", "serving", "dedicated to", "belonging to", "within", "by")
_FITS: dict[str, tuple[str, ...]] = {
    "latency": ("time",),
    "jitter": ("time",),
    "packet_loss": ("percent",),
    "availability": ("percent", "nines"),
    "energy_saving": ("percent",),
    "throughput": ("rate",),
    "dl_throughput": ("rate",),
    "ul_throughput": ("rate",),
    "memory": ("memory",),
    "cpu": ("cores", "bare"),
    "prb_ratio_min": ("percent", "points"),
    "prb_ratio_max": ("percent", "points"),
    "prb_ratio_dedicated": ("percent", "points"),
    "load_threshold": ("percent", "points"),
    "priority_level": ("bare",),
    "tx_power": ("power", "gain"),
    "bandwidth": ("frequency",),
    "version": ("version", "bare"),
    "replicas": ("replicas", "bare"),
    "max_sessions": ("max_sessions", "bare"),
    "max_subscribers": ("max_subscribers", "bare"),
    "max_ues": ("max_ues", "bare"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One constituent of a clause. `separator` stands before it, `prep` right before it; `is_new` after `a` or `an`."""

    kind: ItemKind
    node: Node
    separator: str | None = None
    prep: str = ""
    is_new: bool = False
    is_before_verb: bool = False
    is_in_form: bool = False


@dataclass(slots=True)
class Wish:
    """An amount and what it is an amount of, as far as the clause says it."""

    amount: Amount
    node: Node
    prep: str
    is_apart: bool = False
    aim: Aim | None = None
    aim_node: Node | None = None

    @property
    def name(self) -> str | None:
        """The target's name; None where a bare figure has not said."""
        if self.aim is not None:
            return self.aim.name
        if self.amount.is_nines:
            return "availability"
        return _OWN_NAMES.get(self.amount.kind)


def fits(name: str, amount: Amount) -> bool:
    """True where such an amount can be an amount of this target."""
    kinds = _FITS.get(name, ())
    return amount.kind in kinds or amount.kind == "times" or (amount.is_nines and "nines" in kinds)


@dataclass(slots=True)
class Row:
    """Things, sites and wishes that belong together; what it lacks may be said elsewhere."""

    items: list[Item] = field(default_factory=list)
    things: list[Item] = field(default_factory=list)
    sites: list[Item] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    origin: list[Wish] = field(default_factory=list)
    aim: Item | None = None
    pronoun: Item | None = None
    there: Item | None = None
    everything: Item | None = None
    slice: Mention | None = None
    is_slice_leading: bool = False
    name: str | None = None

    @staticmethod
    def of(items: list[Item]) -> "Row | None":
        """The row of these items; None where they are too many for one."""
        frame = Row(items=items)
        return frame if all(frame._take(item) for item in items) else None

    @property
    def is_empty(self) -> bool:
        """True where nothing was said."""
        return not self.items

    @property
    def kinds(self) -> set[str]:
        """Which kinds of constituents it has."""
        return {
            "thing" if item.kind in ("pronoun", "everything") else "sites" if item.kind == "there" else item.kind
            for item in self.items
            if item.kind not in ("aim", "name")
        }

    @property
    def order(self) -> list[str]:
        """Its kinds of constituents in the order in which they stand."""
        return list(dict.fromkeys(item.kind for item in self.items))

    def mentions(self) -> list[Mention]:
        """Its objects, with the slice they are for."""
        found: list[Mention] = [item.node["thing"] for item in self.things]
        if self.name is not None and len(found) == 1 and not found[0].names:
            found = [replace(found[0], names=(self.name,), is_plural=False)]
        if self.slice is not None:
            found = [replace(each, slice=self.slice.slice) if not each.is_slice else each for each in found]
        return found

    def _take(self, item: Item) -> bool:
        return bool(getattr(self, f"_take_{item.kind}")(item))

    def _take_everything(self, item: Item) -> bool:
        self.everything = item
        return not self.things

    def _take_pronoun(self, item: Item) -> bool:
        if self.things and item.node.low == "it" and not self.wishes:
            return True
        if self.things or self.pronoun:
            return False
        self.pronoun = item
        return True

    def _take_there(self, item: Item) -> bool:
        if self.sites or self.there:
            return False
        self.there = item
        return True

    def _take_thing(self, item: Item) -> bool:
        mention: Mention = item.node["thing"]
        if self.pronoun is not None or (item.separator == "and" and self._previous(item) == "aim"):
            return False
        if self.things:
            if item.is_in_form and (self._unites(mention) or self._is_slice_line(item)):
                return True
            if item.separator == ":" and self._heads(item):
                return True
            if self._is_listed(item):
                if any(wish.amount.kind == "things" for wish in self.wishes):
                    return False
                self.things.append(item)
                return True
            held: Mention = self.things[0].node["thing"]
            is_plain = len(self.things) == 1 and item.separator is None
            if (
                is_plain
                and mention.is_slice
                and not held.is_slice
                and held.slice is None
                and item.prep in _OF_A_SLICE
                and not mention.names
            ):
                self.slice = mention
                return mention.slice is not None
            if (
                len(self.things) == 1
                and self.things[0].is_before_verb
                and held.is_slice
                and not mention.is_slice
                and mention.slice is None
                and not held.names
                and not self.wishes
            ):
                self.slice, self.things, self.is_slice_leading = held, [item], True
                return held.slice is not None
            return False
        self.things.append(item)
        return True

    def _heads(self, item: Item) -> bool:
        """`Slice order: mMTC slice, …`: the type before a colon, the object itself behind it."""
        held: Mention = self.things[0].node["thing"]
        is_bare = held.slice is None and not held.names and len(self.things) == 1
        if is_bare and held.types == item.node["thing"].types:
            self.things = [replace(item, is_new=item.is_new or self.things[0].is_new)]
            return True
        return False

    def _is_slice_line(self, item: Item) -> bool:
        """`Slice: URLLC` on a line of its own, below or above the function that is meant."""
        held = self.things
        if len(held) > 1 and item.separator == ":" and held[-1].node["thing"].is_unknown_slice:
            held = held[:-1]
        lines = {each.node["thing"].is_slice: each for each in (held[0], item)}
        if len(held) > 1 or len(lines) < 2 or item.separator not in ("new_line", ":") or self.slice is not None:
            return False
        chosen: Mention = lines[True].node["thing"]
        if chosen.slice is None or chosen.names or lines[False].node["thing"].slice is not None:
            return False
        self.slice, self.things = chosen, [lines[False]]
        return True

    def _unites(self, mention: Mention) -> bool:
        both = united(self.things[0].node["thing"], mention) if len(self.things) == 1 else None
        if both is not None:
            self.things = [replace(self.things[0], node=replace(self.things[0].node, senses={"thing": both}))]
        return both is not None

    def _take_name(self, item: Item) -> bool:
        if self.name is not None:
            return False
        self.name = item.node.low.replace("_", "-")
        return True

    def _take_sites(self, item: Item) -> bool:
        if self.there:
            return False
        if self.sites and (item.separator == "aside" or not self._is_listed(item)):
            return False
        self.sites.append(item)
        return True

    def _is_listed(self, item: Item) -> bool:
        """One more of its kind; not in brackets, where it may be another name, or the right one."""
        is_apart = item.separator not in (None, "-", *_BRACKETS)
        return is_apart and self._previous(item) == item.kind

    def _previous(self, item: Item) -> str | None:
        at = self.items.index(item)
        return self.items[at - 1].kind if at else None

    def _take_aim(self, item: Item) -> bool:
        aim: Aim = item.node["aim"]
        last = self.wishes[-1] if self.wishes else None
        if last is not None and self._previous(item) == "amount" and item.separator is None and _completes(last, aim):
            last.aim = _refined(last.aim, aim)
            last.aim_node = item.node
            return not self._is_double(last)
        is_right_behind = last is not None and self._previous(item) == "amount" and item.separator is None
        if is_right_behind and last is not None and last.aim is not None and fits(aim.name, last.amount):
            return False
        if self.aim is not None:
            return False
        if any(wish.name == aim.name and wish is not last for wish in self.wishes) and item.separator is not None:
            return False
        self.aim = item
        return True

    def _take_amount(self, item: Item) -> bool:
        wish = Wish(item.node["amount"], item.node, item.prep, item.separator is not None)
        behind = self.items[self.items.index(item) - 1] if item in self.items and self.items.index(item) else None
        if not item.prep and item.separator in ("and", ",") and behind is not None and behind.kind == "amount":
            wish.prep = "by" if behind.prep == "by" else wish.prep
        if item.separator in _BRACKETS and len(self.things) > 1 and not self.sites:
            return False
        if item.prep == "from":
            self.origin.append(wish)
            if self.aim is behind:
                self.aim = None
            return True
        if wish.amount.kind == "things" and (self.things or self.pronoun):
            return False
        aim = self.aim.node["aim"] if self.aim else None
        if aim is not None and (fits(aim.name, wish.amount) or wish.name is None):
            wish.aim, wish.aim_node, self.aim = aim, self.aim.node if self.aim else None, None
        if self._is_double(wish):
            return False
        self.wishes.append(wish)
        return True

    def _is_double(self, wish: Wish) -> bool:
        for other in self.wishes:
            if other is wish:
                continue
            if _slot(other) == _slot(wish) and not _complement(other, wish):
                return True
        return False


def _slot(wish: Wish) -> str:
    """The target that a wish is about, as far as it can be told within its frame."""
    if wish.name:
        return wish.name
    return {"bare": "replicas", "things": "replicas", "times": "replicas"}.get(wish.amount.kind, wish.amount.kind)


def _complement(one: Wish, other: Wish) -> bool:
    """`at least 3 and at most 6`: two ends of one range."""
    return {one.amount.bound, other.amount.bound} == {"at_least", "at_most"} and len(one.amount.parts) == 1


def _completes(wish: Wish, aim: Aim) -> bool:
    """True where a name behind an amount is that amount's own."""
    if wish.aim is None:
        own = wish.name
        return fits(aim.name, wish.amount) or own == aim.name
    is_directed = aim.is_direction and wish.aim.name == "throughput"
    return is_directed or (aim.name == "throughput" and wish.aim.name in ("dl_throughput", "ul_throughput"))


def _refined(held: Aim | None, aim: Aim) -> Aim:
    if held is None:
        return aim
    return replace(held if aim.name == "throughput" else aim, bound=held.bound)


_STRENGTH = {None: 0, "and": 1, ",": 1, "-": 2, "–": 2, "—": 2, ":": 1, ";": 3, "new_line": 4, ".": 4}
_MOST_WAYS = 200


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one order. `misfit` is a constituent that fits into none; `is_open`: two ways are equally good."""

    rows: tuple[Row, ...]
    misfit: Item | None = None
    is_open: bool = False


def rows_of(items: list[Item]) -> Rows:
    """The best way to part the items into rows."""
    if not items:
        return Rows(())
    ways = _ways(items)
    if not ways:
        fitting = next((n for n in range(len(items), 0, -1) if _ways(items[:n])), 0)
        return Rows((), items[min(fitting, len(items) - 1)])
    ranked = sorted((_cost(way), number) for number, way in enumerate(ways))
    best = ways[ranked[0][1]]
    is_open = (len(ranked) > 1 and ranked[0][0] == ranked[1][0]) or any(map(_is_stray, best[1:]))
    return Rows(tuple(row for row in best if row.items), is_open=is_open)


def _is_stray(row: Row) -> bool:
    """`…, dl throughput: 10 Gbps the NSSF`: an object behind a value of the row before, with nothing to join them."""
    order = row.order
    is_behind = "thing" in order and "amount" in order and order.index("thing") > order.index("amount")
    if is_behind and any(item.separator in ("and", ",", "-") for item in row.things):
        return True
    return is_behind and any(
        not item.prep and item.separator is None and wish.amount.kind not in COUNTS
        for item in row.things
        for wish in row.wishes
        if wish.amount.kind != "things"
    )


def _ways(items: list[Item]) -> list[list[Row]]:
    """Every parting into as few rows as there can be."""
    fewest: list[list[list[Row]]] = [[[]]]
    for end in range(1, len(items) + 1):
        found: list[list[Row]] = []
        for start in range(end):
            if start and items[start].separator in (None, *_BRACKETS):
                continue
            heads = fewest[start]
            if not heads or (found and len(heads[0]) + 1 > len(found[0])):
                continue
            row = Row.of(items[start:end])
            if row is None:
                continue
            if found and len(heads[0]) + 1 < len(found[0]):
                found = []
            found += [[*head, row] for head in heads[: _MOST_WAYS - len(found)]]
        fewest.append(found)
    return fewest[-1]


def _cost(rows: list[Row]) -> tuple[int, ...]:
    """What the rows lack of what the others have; then how weak the separators between them are."""
    kinds = [row.kinds for row in rows]
    every = set().union(*kinds)
    lacking = sum(len(every - each) for each in kinds)
    first = rows[0].order
    disorder = sum(row.order != first for row in rows)
    strength = sum(_STRENGTH.get(row.items[0].separator, 1) for row in rows[1:])
    return lacking, disorder, -strength
