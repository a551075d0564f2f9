"""Words about places → one node a place: the sites it means, or what is wrong with it."""

import re
from dataclasses import dataclass

from agents.domain.rules import Fault
from agents.knowledge.pack import Inventory
from agents.understanding.lexicon import Place
from agents.understanding.namesakes import namesake
from agents.understanding.nodes import Node, joined
from schemas.reasons import DeclineReason

_SLUG = re.compile(r"(.*?)-?([0-9]+)")


@dataclass(frozen=True, slots=True)
class Sites:
    """Sites named together. `area` is the city, country or kind they were named by; `is_bare` asks which of several."""

    sites: tuple[str, ...]
    text: str
    area: Place | None = None
    is_bare: bool = False
    is_all: bool = False
    fault: Fault | None = None


@dataclass(slots=True)
class PlaceReader:
    """Reads the places of one request."""

    inventory: Inventory
    text: str

    def read(self, nodes: list[Node]) -> list[Node]:
        """The nodes with every place in one node, as `sites`."""
        units: list[Node] = []
        at = 0
        while at < len(nodes):
            node, at = self._unit(nodes, at, units)
            units.append(node)
        return self._without_namesakes(self._refined(self._without_exceptions(self._ranges(units))))

    def _unit(self, nodes: list[Node], at: int, before: list[Node]) -> tuple[Node, int]:
        if "everywhere" in nodes[at]:
            return self._everywhere(nodes, at)
        if "all" in nodes[at] and (found := self._quantified(nodes, at)):
            return found
        if "bad_place" in nodes[at]:
            return self._unknown(nodes[at : at + 1]), at + 1
        if "place" in nodes[at]:
            return self._named(nodes, at)
        if "number" in nodes[at] and (found := self._counted(nodes, at)):
            return found
        return nodes[at], at + 1

    def _everywhere(self, nodes: list[Node], at: int) -> tuple[Node, int]:
        """`everywhere`, or `everywhere in Japan`."""
        after = at + 1
        if after < len(nodes) and nodes[after].low in ("in", "across", "within"):
            place = _skip(nodes, after + 1, "det")
            if place < len(nodes) and (area := _area(nodes[place])):
                return self._all_of(nodes[at : place + 1], area), place + 1
        return self._node(nodes[at:after], self.inventory.everywhere, is_all=True), after

    def _quantified(self, nodes: list[Node], at: int) -> tuple[Node, int] | None:
        """`all three UK sites`, `both sites in Tokyo`, `every site`, `all of Germany`; `at` is the quantifier."""
        place = at + 1
        number: float | None = 2 if nodes[at].low.startswith("both") else None
        while place < len(nodes) and (nodes[place].is_any("det", "number", "all") or nodes[place].low in ("of", "our")):
            number = nodes[place].get("number") or number
            place += 1
        place = _skip(nodes, place, "adjective")
        if place < len(nodes) and (area := _area(nodes[place])):
            after = place + 1
            if after < len(nodes) and "site_word" in nodes[after]:
                after += 1
            elif area.kind == "site" or number is not None:
                return None
            return self._all_of(nodes[at:after], area, number), after
        if place < len(nodes) and "site_word" in nodes[place]:
            after = place + 1
            inner = _skip(nodes, after + 1, "det", "all", "adjective")
            if after < len(nodes) and nodes[after].low in ("in", "of", "across", "within", "at") and inner < len(nodes):
                area = _area(nodes[inner])
                if area is not None and area.kind != "site":
                    end = inner + 1
                    if end < len(nodes) and "site_word" in nodes[end]:
                        end += 1
                    return self._all_of(nodes[at:end], area, number), end
            return self._unplaced(nodes[at:after], number), after
        return None

    def _unplaced(self, nodes: list[Node], number: float | None) -> Node:
        """`all sites` are all there are; `both sites` leaves open of which place."""
        if number is None or number == len(self.inventory.everywhere):
            return self._node(nodes, self.inventory.everywhere, is_all=True, fault_unless_area=True)
        fault = Fault(
            DeclineReason.AMBIGUOUS, f'"{self._quote(nodes)}" does not say which sites.', "Which sites are meant?"
        )
        return self._node(nodes, (), fault=fault, is_all=True)

    def _counted(self, nodes: list[Node], at: int) -> tuple[Node, int] | None:
        """`the two Tokyo sites`, `three UK sites`: as many as there are, or unclear which."""
        place = _skip(nodes, at + 1, "adjective")
        if (
            place + 1 < len(nodes)
            and (area := _area(nodes[place]))
            and "site_word" in nodes[place + 1]
            and area.kind != "site"
        ):
            return self._all_of(nodes[at : place + 2], area, nodes[at]["number"]), place + 2
        if place < len(nodes) and "site_word" in nodes[place] and nodes[place].low.endswith("s"):
            return self._unplaced(nodes[at : place + 1], nodes[at]["number"]), place + 1
        return None

    def _named(self, nodes: list[Node], at: int) -> tuple[Node, int]:
        place: Place = nodes[at]["place"]
        after = at + 1
        following = nodes[after] if after < len(nodes) else None
        if place.kind == "elsewhere":
            return self._unknown(nodes[at:after]), after
        if place.kind == "site":
            if following is not None and following.low in (
                "site",
                "location",
                "region",
                "data centre",
                "data center",
                "dc",
                "datacenter",
            ):
                after += 1
            return self._suffixes(nodes, at, after, place)
        if following is not None and "dash" in following and self._is_dashed(nodes, after):
            return self._unknown(nodes[at : after + 2]), after + 2
        if (spoken := self._spoken(nodes, after, place)) is not None:
            return spoken
        if following is not None and "number" in following and self._is_slug(nodes, after, place):
            return self._unknown(nodes[at : after + 1]), after + 1
        if following is not None and "site_word" in following:
            if following.low.endswith("s") and following.low not in ("premises", "campus"):
                return self._all_of(nodes[at : after + 1], place), after + 1
            return self._bare(nodes[at : after + 1], place), after + 1
        if following is not None and "region_words" in following:
            after += 1
        if (
            following is not None
            and "owner" in following
            and after + 1 < len(nodes)
            and "site_word" in nodes[after + 1]
        ):
            return self._all_of(nodes[at : after + 2], place), after + 2
        return self._bare(nodes[at:after], place), after

    def _is_dashed(self, nodes: list[Node], at: int) -> bool:
        """`osaka--1`: a figure that touches the place by nothing but dashes."""
        while at < len(nodes) and nodes[at - 1].end == nodes[at].start and "dash" in nodes[at]:
            at += 1
        return at < len(nodes) and nodes[at - 1].end == nodes[at].start and "written" in nodes[at]

    def _is_slug(self, nodes: list[Node], at: int, place: Place) -> bool:
        """`edge 07`, `london 3`: the figure belongs to the place where nothing else claims it."""
        figure = nodes[at]
        if "written" not in figure or not figure["written"].isdigit() or len(figure["written"]) > 2:
            return False
        following = nodes[at + 1] if at + 1 < len(nodes) else None
        return following is None or not following.is_any(
            "unit", "count", "object", "more", "times", "number_sign", "target", "service"
        )

    def _spoken(self, nodes: list[Node], at: int, place: Place) -> tuple[Node, int] | None:
        """`nagoya one`, `edge zero three`: the figures of a slug in words."""
        figures, after = "", at
        while after < len(nodes) and "word" in nodes[after] and 0 <= nodes[after]["number"] < 10 and len(figures) < 2:
            figures += str(int(nodes[after]["number"]))
            after += 1
        following = nodes[after] if after < len(nodes) else None
        is_amount = following is not None and following.is_any(
            "unit", "count", "object", "more", "times", "target", "service"
        )
        slugs = {f"{place.key}-{figures}", f"{place.key}-0{figures}"} if figures and not is_amount else set()
        found = sorted(slug for slug in slugs if slug in self.inventory.sites)
        return (
            (self._node([*nodes[at - 1 : after]], (found[0],), area=Place("site", found[0])), after) if found else None
        )

    def _suffixes(self, nodes: list[Node], at: int, after: int, place: Place) -> tuple[Node, int]:
        """`edge-01/02/03`, `edge-01 and -02`: more sites by their figures alone."""
        sites = [place.key]
        stem = _SLUG.fullmatch(place.key)
        while (
            stem
            and after + 1 < len(nodes)
            and nodes[after].is_any("slash", "and", "comma")
            and "written" in nodes[after + 1]
        ):
            figure: str = nodes[after + 1]["written"]
            is_marked = "slash" in nodes[after] or figure[:1] == "-" or _is_before_value(nodes, after + 2)
            if not is_marked or not figure.lstrip("-").isdigit():
                break
            slug = f"{stem[1]}-{figure.lstrip('-')}"
            if slug not in self.inventory.sites:
                return self._unknown(nodes[at : after + 2]), after + 2
            sites.append(slug)
            after += 2
        return self._node(nodes[at:after], tuple(sites), area=place), after

    def _ranges(self, nodes: list[Node]) -> list[Node]:
        """`edge-01 through edge-04` with both ends and all between."""
        result: list[Node] = []
        at = 0
        while at < len(nodes):
            node = nodes[at]
            if (found := self._range(nodes, at, result)) is not None:
                node, at = found
                if result and result[-1].low in ("from", "between"):
                    result.pop()
            else:
                at += 1
            result.append(node)
        return result

    def _range(self, nodes: list[Node], at: int, before: list[Node]) -> tuple[Node, int] | None:
        first = _single(nodes[at])
        if first is None or at + 2 >= len(nodes) or "to_range" not in nodes[at + 1]:
            return None
        is_between = bool(before) and before[-1].low == "between"
        if nodes[at + 1].low == "and" and not is_between:
            return None
        last = _single(nodes[at + 2])
        if last is None and "written" in nodes[at + 2]:
            last = self._by_figure(first, nodes[at + 2]["written"])
        parts = nodes[at : at + 3]
        if last is None and "sites" in nodes[at + 2] and not nodes[at + 2]["sites"].sites:
            return self._node(parts, (), fault=nodes[at + 2]["sites"].fault), at + 3
        if last is None:
            return None
        one, other = _SLUG.fullmatch(first), _SLUG.fullmatch(last)
        if before and before[-1].low == "from" and (one is None or other is None or one[1] != other[1]):
            fault = Fault(
                DeclineReason.UNSUPPORTED,
                f'Moving something "from {self._quote(parts)}" is not done here.',
                "What is to be deployed at the one site, and what deleted at the other?",
            )
            return self._node(parts, (), fault=fault), at + 3
        is_pair = is_between and one is not None and other is not None and int(one[2]) + 1 == int(other[2])
        if is_pair or one is None or other is None or one[1] != other[1] or int(one[2]) >= int(other[2]):
            fault = Fault(
                DeclineReason.AMBIGUOUS, f'"{self._quote(parts)}" is no range of sites.', "Which sites are meant?"
            )
            return self._node(parts, (), fault=fault), at + 3
        between = tuple(
            slug
            for slug in self.inventory.everywhere
            if (match := _SLUG.fullmatch(slug)) and match[1] == one[1] and int(one[2]) <= int(match[2]) <= int(other[2])
        )
        return self._node(parts, between, is_all=True), at + 3

    def _by_figure(self, first: str, figure: str) -> str | None:
        stem = _SLUG.fullmatch(first)
        slug = f"{stem[1]}-{figure.lstrip('-')}" if stem else ""
        is_marked = figure[:1] in "-0"
        return slug if is_marked and slug in self.inventory.sites else None

    def _without_exceptions(self, nodes: list[Node]) -> list[Node]:
        """`all UK sites except manchester-1 and london-1`."""
        result: list[Node] = []
        at = 0
        while at < len(nodes):
            node = nodes[at]
            sites: Sites | None = node.get("sites")
            skip = at + 1
            if (
                skip < len(nodes)
                and nodes[skip].is_any("comma", "open")
                and skip + 1 < len(nodes)
                and "except" in nodes[skip + 1]
            ):
                skip += 1
            if (
                sites is not None
                and skip < len(nodes)
                and _leaves_out(nodes[skip], sites)
                and (found := self._exceptions(nodes, skip + 1))
            ):
                left_out, after = found
                result.append(self._less(nodes[at:after], sites, left_out))
                at = after
                if at < len(nodes) and "close" in nodes[at]:
                    at += 1
                continue
            result.append(node)
            at += 1
        return result

    def _exceptions(self, nodes: list[Node], at: int) -> tuple[list[Sites], int] | None:
        found: list[Sites] = []
        after = at
        while True:
            place = _skip(nodes, at, "det", "prep")
            if place >= len(nodes) or "sites" not in nodes[place]:
                break
            found.append(nodes[place]["sites"])
            at = after = place + 1
            if at < len(nodes) and "comma" in nodes[at]:
                at += 1
            if at < len(nodes) and nodes[at].is_any("and", "or"):
                at += 1
        return (found, after) if found else None

    def _less(self, parts: list[Node], sites: Sites, left_out: list[Sites]) -> Node:
        fault = sites.fault if sites.area is None else None
        gone = {slug for each in left_out for slug in each.sites}
        fault = fault or next((each.fault for each in left_out if each.fault and not each.is_bare), None)
        every = self._members(sites.area) if sites.area and sites.area.kind != "site" else sites.sites
        if not gone <= set(every):
            fault = Fault(
                DeclineReason.AMBIGUOUS,
                f'"{self._quote(parts)}" leaves out sites that were not included.',
                "Which sites are meant?",
            )
        left = tuple(slug for slug in every if slug not in gone)
        if not left:
            fault = Fault(DeclineReason.AMBIGUOUS, f'"{self._quote(parts)}" leaves no site.', "Which sites are meant?")
        return self._node(parts, left, is_all=True, fault=fault)

    def _refined(self, nodes: list[Node]) -> list[Node]:
        """`Frankfurt, Germany`, `tokyo-1 (Japan)`, `Tokyo (both sites)`: the narrower of two names of one place."""
        result: list[Node] = []
        at = 0
        while at < len(nodes):
            node = nodes[at]
            at += 1
            while "sites" in node and (other := _apposition(nodes, at)) is not None:
                place, end = other
                merged = self._narrower(node, nodes[place])
                if merged is None and self._is_elsewhere(node, nodes[place], nodes[at]):
                    merged = self._unknown([node, nodes[place]])
                if merged is None:
                    break
                node, at = merged, end
            result.append(node)
        return result

    def _without_namesakes(self, nodes: list[Node]) -> list[Node]:
        """Places beside which something stands that may make them others are no places of the inventory."""
        result: list[Node] = []
        at = 0
        while at < len(nodes):
            node, after = nodes[at], at + 1
            if "sites" in node and (other := namesake(nodes, at, self.text)) is not None:
                first, after = other
                del result[len(result) - (at - first) :]
                node = self._unknown(nodes[first:after])
            result.append(node)
            at = after
        return result

    def _narrower(self, node: Node, other: Node) -> Node | None:
        one: Sites = node["sites"]
        two: Sites = other["sites"]
        text = self.text[node.start : other.end]
        if (
            two.area is None
            and two.is_all
            and one.area is not None
            and one.area.kind in ("city", "country", "kind")
            and two.fault is not None
        ):
            every = self._members(one.area)
            number = 2 if two.text.lower().startswith("both") else None
            if number is None or number == len(every):
                return Node(node.low, node.start, other.end, {"sites": Sites(every, text, one.area, is_all=True)})
            return None
        is_wider = two.area is not None and two.area.kind in ("country", "city") and not two.is_all
        if (
            is_wider
            and one.sites
            and two.area
            and set(one.sites) < set(self._members(two.area))
            and one.area
            and one.area.kind != two.area.kind
        ):
            return Node(
                node.low,
                node.start,
                other.end,
                {"sites": Sites(one.sites, text, one.area, one.is_bare, one.is_all, one.fault)},
            )
        if (
            one.area
            and one.area.kind in ("city", "country")
            and two.area
            and two.area.kind == "site"
            and one.is_bare
            and set(two.sites) < set(self._members(one.area))
        ):
            return Node(node.low, node.start, other.end, {"sites": two})
        return None

    def _is_elsewhere(self, node: Node, other: Node, between: Node) -> bool:
        """`Manchester, USA`, `Osaka (Germany)`: a place of that name in a country where the inventory has none."""
        one: Sites = node["sites"]
        two: Sites = other["sites"]
        is_country = two.area is not None and two.area.kind == "country" and not two.is_all
        is_place = one.area is not None and one.area.kind in ("city", "site") and len(one.sites) > 0
        return is_country and is_place and between.is_any("comma", "open") and not set(one.sites) & set(two.sites)

    def _members(self, place: Place | None) -> tuple[str, ...]:
        if place is None:
            return ()
        if place.kind == "site":
            return (place.key,)
        return self.inventory.sites_in(place.kind, place.key)  # type: ignore[arg-type]

    def _all_of(self, nodes: list[Node], place: Place, number: float | None = None) -> Node:
        sites = self._members(place)
        if number is not None and number != len(sites):
            fault = Fault(
                DeclineReason.AMBIGUOUS,
                f'"{self._quote(nodes)}" does not fit the inventory, which has {len(sites)} there: {", ".join(sites)}.',
                "Which of them are meant?",
            )
            return self._node(nodes, (), fault=fault, area=place)
        return self._node(nodes, sites, area=place, is_all=True)

    def _bare(self, nodes: list[Node], place: Place) -> Node:
        sites = self._members(place)
        if place.kind == "country" or len(sites) == 1:
            return self._node(nodes, sites, area=place)
        listed = ", ".join(sites)
        fault = Fault(
            DeclineReason.AMBIGUOUS,
            f'"{self._quote(nodes)}" has several sites: {listed}.',
            f"Which site is meant: {listed}, or all?",
        )
        return self._node(nodes, sites, area=place, is_bare=True, fault=fault)

    def _unknown(self, nodes: list[Node]) -> Node:
        quote = self._quote(nodes)
        known = ", ".join(self.inventory.everywhere)
        fault = Fault(
            DeclineReason.UNKNOWN_SITE,
            f'"{quote}" is no site of the inventory.',
            f'Which site is meant by "{quote}"? There are {known}.',
            quote,
        )
        return self._node(nodes, (), fault=fault)

    def unknown(self, node: Node) -> Node:
        """A word that stands where a place stands, and is none."""
        return self._unknown([node])

    def _node(
        self,
        nodes: list[Node],
        sites: tuple[str, ...],
        *,
        area: Place | None = None,
        is_bare: bool = False,
        is_all: bool = False,
        fault: Fault | None = None,
        fault_unless_area: bool = False,
    ) -> Node:
        """One node for a place. `fault_unless_area`: "all sites" may yet be those of a place named before."""
        quote = self._quote(nodes)
        return joined(nodes, sites=Sites(tuple(sorted(sites)), quote, area, is_bare, is_all, fault))

    def _quote(self, nodes: list[Node]) -> str:
        return self.text[nodes[0].start : nodes[-1].end]


def _area(node: Node) -> Place | None:
    place = node.get("place")
    return place if isinstance(place, Place) and place.kind != "elsewhere" else None


def _single(node: Node) -> str | None:
    sites: Sites | None = node.get("sites")
    return sites.sites[0] if sites and sites.area and sites.area.kind == "site" and len(sites.sites) == 1 else None


def _is_before_value(nodes: list[Node], at: int) -> bool:
    """`Tokyo 1 and 2 to 5 replicas`: what is set stands behind `to`."""
    return at + 1 < len(nodes) and nodes[at].low == "to" and "number" in nodes[at + 1]


def _leaves_out(node: Node, sites: Sites) -> bool:
    """`except`; and `but` after several sites (`the UK sites but london-1`)."""
    return "except" in node or (node.low == "but" and len(sites.sites) > 1)


def _skip(nodes: list[Node], at: int, *senses: str) -> int:
    while at < len(nodes) and nodes[at].is_any(*senses) and "place" not in nodes[at]:
        at += 1
    return at


def _apposition(nodes: list[Node], at: int) -> tuple[int, int] | None:
    """(place of the second name, place after it) where another place follows a comma, a bracket, or `in`."""
    if at >= len(nodes):
        return None
    if "sites" in nodes[at]:
        return at, at + 1
    if nodes[at].is_any("comma", "dash") or nodes[at].low in ("in", "at"):
        place = _skip(nodes, at + 1, "prep", "det")
        return (place, place + 1) if place < len(nodes) and "sites" in nodes[place] else None
    if "open" in nodes[at]:
        place = _skip(nodes, at + 1, "prep", "det")
        if place + 1 < len(nodes) and "sites" in nodes[place] and "close" in nodes[place + 1]:
            return place, place + 2
    return None
