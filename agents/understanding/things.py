"""Words about network objects → one node an object phrase: its type, its name, its slice, or what is wrong with it."""

import re
from dataclasses import dataclass, replace

from agents.domain.rules import Fault
from agents.understanding.lexicon import Thing
from agents.understanding.nodes import Node, joined
from schemas.intent import ObjectType, SliceId
from schemas.reasons import DeclineReason

_NAME = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
_HEX = re.compile(r"(?:0x)?([0-9a-f]{6})")
_RAN = (ObjectType.CELL, ObjectType.DU, ObjectType.RU, ObjectType.GNB)
_APPS = (ObjectType.XAPP, ObjectType.RAPP)
_BREAKS = ("stop", "comma", "and", "line", "semicolon")
_BELONGS = ("of", "for", "in", "on", "serving", "dedicated to", "belonging to", "that serves", "which serves", "inside")

_ARROWS = ("->", "=>", "→")


@dataclass(frozen=True, slots=True)
class Mention:
    """An object as a request names it. Several `names` stand for several objects of the type."""

    types: tuple[ObjectType, ...]
    names: tuple[str, ...] = ()
    slice: SliceId | None = None
    is_plural: bool = False
    is_by_figure: bool = False
    is_identity: bool = False
    fault: Fault | None = None

    @property
    def is_slice(self) -> bool:
        """True for a slice itself."""
        return self.types == (ObjectType.SLICE,)

    @property
    def is_unknown_slice(self) -> bool:
        """True for a slice of which nothing is said (`Slice:`)."""
        return self.is_slice and self.slice is None and not self.names


def read_things(nodes: list[Node], text: str) -> list[Node]:
    """The nodes with every object phrase in one node, as `thing`."""
    reader = _ThingReader(text)
    return _with_slices(reader.each(nodes))


@dataclass(slots=True)
class _ThingReader:
    text: str

    def each(self, nodes: list[Node]) -> list[Node]:
        result: list[Node] = []
        at = 0
        while at < len(nodes):
            mention, after = self._thing(nodes, at)
            if mention is None:
                result.append(nodes[at])
                at += 1
            else:
                mention, after = self._with_aside(_one_of_a_list(mention, result), nodes, after)
                result.append(joined(nodes[at:after], thing=mention))
                at = after
        return result

    def _with_aside(self, mention: Mention, nodes: list[Node], at: int) -> tuple[Mention, int]:
        """`AMF (Access and Mobility Management Function)`, `UPF (URLLC)`: the same again, or its slice."""
        if at >= len(nodes) or "open" not in nodes[at]:
            return mention, at
        aside, after = self._thing(nodes, at + 1) if at + 1 < len(nodes) else (None, at)
        if aside is None or after >= len(nodes) or "close" not in nodes[after] or aside.names:
            return mention, at
        if aside.types == mention.types and aside.slice is None and not mention.is_slice:
            return mention, after + 1
        if aside.is_slice and aside.slice is not None and mention.slice is None and not mention.is_slice:
            return replace(mention, slice=aside.slice), after + 1
        return mention, at

    def _thing(self, nodes: list[Node], at: int) -> tuple[Mention | None, int]:
        node = nodes[at]
        following = nodes[at + 1] if at + 1 < len(nodes) else None
        if "named_object" in node:
            kind, name = node["named_object"]
            if following is not None and (thing := following.get("object")) and thing.types == (kind,):
                return self._suffixed(Mention((kind,), (name,)), nodes, at + 2)
            return self._suffixed(Mention((kind,), (name,)), nodes, at + 1)
        if "slug" in node and following is not None and "object" in following and _may_precede(node, following):
            thing = following["object"]
            return self._suffixed(Mention(thing.types, (node["slug"],), is_plural=thing.is_plural), nodes, at + 2)
        if "object" in node and "time" not in node:
            return self._suffixed(_of_object(node["object"], node.low), nodes, at + 1)
        if "service" in node:
            return self._of_service(nodes, at)
        if node.is_any("slice_id_value", "slice_id", "sst"):
            mention, after = self._suffixed(Mention((ObjectType.SLICE,), is_identity=True), nodes, at)
            return (mention, after) if mention.slice or mention.fault else (None, at)
        return None, at

    def _of_service(self, nodes: list[Node], at: int) -> tuple[Mention, int]:
        """`eMBB slice`, `URLLC network slice`, `eMBB UPF`, or a service by itself, which is its slice."""
        sst = SliceId(sst=nodes[at]["service"])
        after = at + 1
        if after < len(nodes) and nodes[after].low in ("type", "service", "traffic", "class"):
            after += 1
        if after < len(nodes) and "object" in nodes[after]:
            mention = _of_object(nodes[after]["object"], nodes[after].low)
            return self._suffixed(replace(mention, slice=sst), nodes, after + 1)
        return self._suffixed(Mention((ObjectType.SLICE,), slice=sst, is_identity=True), nodes, at + 1)

    def _suffixed(self, mention: Mention, nodes: list[Node], after: int) -> tuple[Mention, int]:
        while True:
            found = self._named(mention, nodes, after) or self._identified(mention, nodes, after)
            if found is None:
                return mention, after
            mention, after = found

    def _named(self, mention: Mention, nodes: list[Node], at: int) -> tuple[Mention, int] | None:
        if at >= len(nodes) or mention.names:
            return None
        node = nodes[at]
        if "named" in node:
            return self._after_named(mention, nodes, _skip(nodes, at + 1, "colon", "bound"))
        if "comma" in node and at + 1 < len(nodes) and "named" in nodes[at + 1] and nodes[at + 1].low != "name":
            return self._after_named(mention, nodes, at + 2)
        if "open" in node and at + 2 < len(nodes) and "close" in nodes[at + 2] and "named_object" in nodes[at + 1]:
            return self._with_name(mention, nodes[at + 1]["named_object"][1]), at + 3
        if "quote" in node and at + 2 < len(nodes) and "quote" in nodes[at + 2] and _NAME.fullmatch(nodes[at + 1].low):
            return self._with_name(mention, nodes[at + 1].low), at + 3
        if "named_object" in node and node["named_object"][0] in mention.types:
            return self._with_name(mention, node["named_object"][1]), at + 1
        if "slug" in node and not mention.is_plural and "sites" not in node and _is_name(node["slug"]):
            return self._with_name(mention, node["slug"]), at + 1
        if len(node.low) == 1 and self.text[node.start].isalpha() and self.text[node.start].isupper():
            return self._with_name(mention, f"{mention.types[0]}-{node.low}"), at + 1
        if mention.types[0] in _APPS and not mention.is_plural and self._is_app_name(nodes, at):
            return self._with_name(mention, node.low), at + 1
        is_sign = node.is_any("number_sign", "colon", "hash") or node.low == "="
        figure = at + 1 if is_sign and at + 1 < len(nodes) else at
        if (_is_spoken(nodes, figure)) and mention.types[0] in _RAN and not self._is_amount(mention, nodes, figure):
            name = f"{mention.types[0]}-{int(nodes[figure]['number'])}"
            return self._with_name(mention, name), figure + 1
        if ("colon" in node or node.low == "=") and not (_is_plain_figure(nodes, figure) and mention.types[0] in _RAN):
            return None
        if mention.is_plural and node.is_any("slug", "named_object"):
            return self._several_names(mention, nodes, node.low, at + 1)
        if mention.is_plural or mention.types[0] in _RAN:
            several = self._figures(mention, nodes, figure)
            if several is not None or mention.is_plural:
                return several
        if _is_plain_figure(nodes, figure) and not mention.is_slice and not self._is_amount(mention, nodes, figure):
            named = self._with_name(mention, f"{mention.types[0]}-{nodes[figure]['written']}")
            return replace(named, is_by_figure=figure == at and mention.types[0] not in _RAN), figure + 1
        return None

    def _is_app_name(self, nodes: list[Node], at: int) -> bool:
        """`xApp kpimon`: an unknown word right behind the type."""
        following = nodes[at + 1] if at + 1 < len(nodes) else None
        is_word = (
            nodes[at].senses.keys() <= {"unknown", "capital"} and nodes[at].low.isalpha() and len(nodes[at].low) > 2
        )
        return is_word and (
            following is None or following.is_any("prep", "line", "stop", "comma", "and", "close", "sites")
        )

    def _after_named(self, mention: Mention, nodes: list[Node], at: int) -> tuple[Mention, int] | None:
        is_quoted = at < len(nodes) and "quote" in nodes[at]
        at += is_quoted
        if at >= len(nodes) or nodes[at].is_any("sites", "comma", "colon", "stop", "line", "prep"):
            return None
        low = nodes[at].low.replace("_", "-")
        if not _NAME.fullmatch(low):
            return None
        after = at + 1
        after += is_quoted and after < len(nodes) and "quote" in nodes[after]
        if mention.is_plural:
            return self._several_names(mention, nodes, low, after)
        return self._with_name(mention, low), after

    def _several_names(self, mention: Mention, nodes: list[Node], first: str, after: int) -> tuple[Mention, int]:
        """`the xApps named ts-core and qp-driver`."""
        names, place = [first], _skip(nodes, after, "comma", "and")
        while place > after and place < len(nodes) and nodes[place].is_any("slug", "named_object"):
            names.append(nodes[place].low.replace("_", "-"))
            after = place + 1
            place = _skip(nodes, after, "comma", "and")
        return replace(mention, names=tuple(names), is_plural=False), after

    def _figures(self, mention: Mention, nodes: list[Node], at: int) -> tuple[Mention, int] | None:
        """`cells 3 and 4`: several objects of one type, by their figures."""
        names: list[str] = []
        after = at
        while _is_plain_figure(nodes, at) and not self._is_amount(mention, nodes, at):
            names.append(f"{mention.types[0]}-{nodes[at]['written']}")
            after = at + 1
            at = _skip(nodes, after, "comma")
            at = _skip(nodes, at, "and")
            if at == after:
                break
        if len(names) < 2:
            return None
        return replace(mention, names=tuple(names), is_plural=False), after

    def _is_amount(self, mention: Mention, nodes: list[Node], at: int) -> bool:
        following = nodes[at + 1] if at + 1 < len(nodes) else None
        is_core = mention.types[0] not in _RAN
        if following is None or following.low in _ARROWS:
            return is_core
        if (
            is_core
            and "number_sign" not in nodes[at - 1]
            and following.is_any("stop", "comma", "and", "line", "semicolon")
        ):
            return True
        return following.is_any(
            "unit", "count", "more", "times", "fewer", "percent_of", "object", "target", "after_bound"
        ) or (self._is_range(nodes, at + 1) and mention.types[0] not in _RAN)

    def _is_range(self, nodes: list[Node], at: int) -> bool:
        is_joined = "to_range" in nodes[at] and nodes[at].low != "and"
        return is_joined and at + 1 < len(nodes) and "number" in nodes[at + 1]

    def _with_name(self, mention: Mention, name: str) -> Mention:
        return replace(mention, names=(name.replace("_", "-"),))

    def _identified(self, mention: Mention, nodes: list[Node], at: int) -> tuple[Mention, int] | None:
        """The slice that an object is, or belongs to: `1-010203`, `S-NSSAI 3-0000a1`, `sst 1 sd 010203`, `(eMBB)`."""
        place = _skip(nodes, at, "open", "comma") if mention.is_slice else at
        place = place + 1 if place < len(nodes) and nodes[place].low in ("with", "of type", "type", "of") else place
        place = _skip(nodes, place, "det")
        place = _skip(nodes, place, "slice_id")
        is_marked = place > at and "slice_id" in nodes[place - 1]
        place = _skip(nodes, place, "colon", "bound", "open") if is_marked else place
        if place >= len(nodes):
            return None
        found = self._slice_at(nodes, place, is_marked=is_marked)
        if found is None and mention.slice is not None and mention.slice.sd is None and "sd" in nodes[place]:
            identity, after = self._with_sd(nodes, mention.slice.sst, place)
            found = (identity, after) if identity.sd is not None else None
        if found is None and "service" in nodes[place] and mention.is_slice and (place > at or mention.slice is None):
            after = place + 1
            if after < len(nodes) and "object" in nodes[after]:
                return None
            found = SliceId(sst=nodes[place]["service"]), after
        if found is None:
            return None
        identity, after = found
        if "open" in nodes[at] and after < len(nodes) and "close" in nodes[after]:
            after += 1
        return self._of_slice(mention, identity, self.text[nodes[at].start : nodes[after - 1].end]), after

    def _slice_at(self, nodes: list[Node], at: int, *, is_marked: bool) -> tuple[SliceId, int] | None:
        if "slice_id_value" in nodes[at]:
            sst, sd = nodes[at]["slice_id_value"]
            return (SliceId(sst=sst, sd=sd), at + 1) if sst <= 255 else None
        if "sst" in nodes[at]:
            figure = _skip(nodes, at + 1, "colon", "bound")
            if not _is_plain_figure(nodes, figure) or nodes[figure]["number"] > 255:
                return None
            sst = int(nodes[figure]["number"])
            return self._with_sd(nodes, sst, figure + 1)
        if is_marked and _is_plain_figure(nodes, at) and nodes[at]["number"] <= 255:
            return self._with_sd(nodes, int(nodes[at]["number"]), at + 1)
        return None

    def _with_sd(self, nodes: list[Node], sst: int, after: int) -> tuple[SliceId, int]:
        place = _skip(nodes, after, "comma", "semicolon", "and", "slash")
        if place < len(nodes) and "sd" in nodes[place]:
            value = _skip(nodes, place + 1, "colon", "bound")
            if value < len(nodes):
                written = nodes[value].get("written") or nodes[value].low
                if match := _HEX.fullmatch(written.lower()):
                    return SliceId(sst=sst, sd=match[1]), value + 1
        return SliceId(sst=sst), after

    def _of_slice(self, mention: Mention, identity: SliceId, quote: str) -> Mention:
        if mention.slice is None or mention.slice == identity:
            return replace(mention, slice=identity)
        if mention.slice.sst != identity.sst:
            fault = Fault(
                DeclineReason.CONTRADICTORY,
                f'"{quote}" is of slice service type {identity.sst}, and the request says {mention.slice.sst} as well.',
                "Which slice is meant?",
            )
            return replace(mention, fault=fault)
        return replace(mention, slice=identity if identity.sd else mention.slice)


def _is_name(slug: str) -> bool:
    """`upf-old`, `ts2`; not `8c`, `x3`, `10g`, which may be amounts."""
    return slug[0].isalpha() and not re.fullmatch(r"x[0-9]+", slug)


def _one_of_a_list(mention: Mention, before: list[Node]) -> Mention:
    """`eMBB and URLLC slices`: the plural is that of the list."""
    is_listed = len(before) > 1 and before[-1].is_any("and", "comma", "slash") and "thing" in before[-2]
    is_identified = mention.is_slice and mention.slice is not None and mention.is_plural
    return (
        replace(mention, is_plural=False) if is_listed and is_identified and before[-2]["thing"].is_slice else mention
    )


def _with_slices(nodes: list[Node]) -> list[Node]:
    """`the UPF of slice 1-010203`, `the URLLC slice's UPF`: an object that belongs to a slice, in one node."""
    result: list[Node] = []
    for node in nodes:
        result.append(node)
        while len(result) > 2 and (one := _belonging(result)):
            result = one
    return result


def _belonging(nodes: list[Node]) -> list[Node] | None:
    last: Mention | None = nodes[-1].get("thing")
    place = len(nodes) - 2
    while place > 0 and "det" in nodes[place]:
        place -= 1
    first: Mention | None = nodes[place - 1].get("thing") if place > 0 else None
    if last is None or first is None:
        return None
    if last.is_slice and not first.is_slice and nodes[place].low in _BELONGS and first.slice is None:
        merged = _merged(first, last)
    elif first.is_slice and not last.is_slice and "owner" in nodes[place] and last.slice is None:
        merged = _merged(last, first)
    else:
        return None
    return [*nodes[: place - 1], joined(nodes[place - 1 :], thing=merged)] if merged else None


def _merged(thing: Mention, of: Mention) -> Mention | None:
    if of.slice is None or of.names:
        return None
    return replace(thing, slice=of.slice, fault=thing.fault or of.fault)


def _of_object(thing: Thing, low: str) -> Mention:
    fault = None
    if len(thing.types) > 1:
        kinds = " or ".join(thing.types)
        fault = Fault(DeclineReason.AMBIGUOUS, f'"{low}" may be a {kinds}.', f"Which is meant by {low}: {kinds}?")
    return Mention(thing.types, is_plural=thing.is_plural, fault=fault)


def united(first: Mention, second: Mention) -> Mention | None:
    """A slice and its identity, said apart (`Slice: URLLC`, `Service: V2X`); None where they are two slices."""
    if first.types == second.types and not first.is_slice and bool(first.names) != bool(second.names):
        return first if first.names else second
    if not (first.is_slice and second.is_slice and (first.is_identity or second.is_identity)):
        return None
    if first.names and second.names:
        return None
    one, other = first.slice, second.slice
    if one is not None and other is not None and one.sst != other.sst:
        return None
    identity = next((each for each in (one, other) if each is not None and each.sd), one or other)
    return replace(first, slice=identity, names=first.names or second.names, fault=first.fault or second.fault)


def _may_precede(node: Node, following: Node) -> bool:
    """A name before its object: of an app whatever it is, else only what cannot be an adjective."""
    parts = node["slug"].split("-")
    if not _is_name(node["slug"]):
        return False
    is_app = following["object"].types[0] in _APPS
    is_a_name = any(part.isdigit() or len(part) == 1 for part in parts) and "compound" not in node
    return len(parts) > 1 and not following["object"].is_plural and (is_app or is_a_name)


def _is_spoken(nodes: list[Node], at: int) -> bool:
    """`cell twenty two`."""
    return at < len(nodes) and "word" in nodes[at] and float(nodes[at].get("number") or 0).is_integer()


def _is_plain_figure(nodes: list[Node], at: int) -> bool:
    return at < len(nodes) and (nodes[at].get("written") or "").isdigit()


def _skip(nodes: list[Node], at: int, *senses: str) -> int:
    while at < len(nodes) and nodes[at].is_any(*senses):
        at += 1
    return at
