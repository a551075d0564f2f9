"""The things a request talks about, which `it`, `both` and `there` may point at: only where one reading is left."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.understanding.amounts import Amount
from agents.understanding.nodes import Node
from agents.understanding.places import Sites
from agents.understanding.things import Mention

_ONE = ("this", "that", "it", "its", "that one", "this one", "the same one")
_TWO = ("both", "both of them")
_LOCATING = ("in", "at", "on", "@", "for")
_DOING = ("stating", "verb", "unverb", "be", "have", "modal", "adverb")
_BETWEEN = ("prep", "det", "adjective", "adverb", "open", "site_word")


@dataclass(frozen=True, slots=True)
class Antecedent:
    """Objects that were named together, with their sites. `sentence` counts the sentences of the request."""

    mentions: tuple[Mention, ...]
    sites: tuple[Node, ...]
    nodes: tuple[Node, ...]
    sentence: int = 0
    amounts: tuple[Amount, ...] = ()
    aims: tuple[Node, ...] = ()
    is_location: bool = True
    """False for a place that does something itself: `Osaka complained about the AMF` says not where the AMF is."""


def told_in(nodes: Sequence[Node], sentence: int) -> list[Antecedent]:
    """The objects of a statement, each with the sites right behind it; a place without an object by itself."""
    found: list[Antecedent] = []
    amounts = tuple(node["amount"] for node in nodes if "amount" in node)
    aims = tuple(node for node in nodes if "aim" in node)
    for at, node in enumerate(nodes):
        if "thing" in node:
            sites = _sites_behind(nodes, at)
            found.append(Antecedent((node["thing"],), tuple(sites), (node, *sites), sentence, amounts, aims))
    placed = {id(site) for each in found for site in each.sites}
    for at, node in enumerate(nodes):
        if "sites" in node and id(node) not in placed:
            is_location = _is_location(nodes, at)
            found.append(Antecedent((), (node,), (node,), sentence, is_location=is_location))
    return _with_common_place(found)


def _is_location(nodes: Sequence[Node], at: int) -> bool:
    """`in Osaka`, `Osaka's AMF`, `Osaka:`; a place that a verb follows does something itself."""
    led = next((node for node in reversed(nodes[:at]) if not node.is_any("det", "adjective")), None)
    following = nodes[at + 1] if at + 1 < len(nodes) else None
    if led is not None and "prep" in led:
        return led.low in _LOCATING
    return following is None or not following.is_any(*_DOING)


def _sites_behind(nodes: Sequence[Node], at: int) -> list[Node]:
    sites: list[Node] = []
    for node in nodes[at + 1 :]:
        if "sites" in node:
            sites.append(node)
        elif not (node.is_any(*_BETWEEN) or (sites and node.is_any("and", "comma"))):
            break
    return sites


def _with_common_place(found: list[Antecedent]) -> list[Antecedent]:
    """`UDM and UDR in frankfurt-1`: the place behind the last is that of all that have none."""
    for at in range(len(found) - 2, -1, -1):
        if found[at].mentions and not found[at].sites and found[at + 1].mentions:
            sites = found[at + 1].sites
            found[at] = replace(found[at], sites=sites, nodes=(*found[at].nodes, *sites))
    return found


def pointed_at(pronoun: Node, candidates: Sequence[Antecedent], sentence: int) -> Antecedent | None:
    """What the pronoun means; None where nothing or several things are possible."""
    named = [each for each in candidates if each.mentions]
    near = [each for each in named if each.sentence == sentence]
    for group in (near, named):
        distinct = _distinct(group)
        if distinct:
            return _chosen(pronoun.low, distinct, candidates)
    return None


def _chosen(low: str, distinct: list[Antecedent], candidates: Sequence[Antecedent]) -> Antecedent | None:
    if low in _ONE:
        single = [each for each in distinct if len(each.mentions) == 1 and len(each.mentions[0].names) < 2]
        return _placed(single[0], candidates) if len(distinct) == len(single) == 1 else None
    count = sum(max(len(each.mentions), sum(len(one.names) for one in each.mentions)) for each in distinct)
    is_plural = any(one.is_plural for each in distinct for one in each.mentions)
    if low in _TWO and count != 2 and not (count == 1 and is_plural):
        return None
    if len({_slugs(each) for each in distinct}) > 1 and any(not each.sites for each in distinct):
        return None
    return _together(distinct) if count > 1 or is_plural or low in ("they", "them") else None


def _together(distinct: list[Antecedent]) -> Antecedent | None:
    """Several objects as one; at different sites they cannot be."""
    if len({_slugs(each) for each in distinct}) > 1:
        return None
    nodes = tuple(dict.fromkeys(id(node) for each in distinct for node in each.nodes))
    by_id = {id(node): node for each in distinct for node in each.nodes}
    mentions = tuple(mention for each in distinct for mention in each.mentions)
    return Antecedent(mentions, distinct[0].sites, tuple(by_id[one] for one in nodes), distinct[-1].sentence)


def _placed(one: Antecedent, candidates: Sequence[Antecedent]) -> Antecedent:
    """An object without a place is where the only place is that was named."""
    places = {_slugs(each): each.sites for each in candidates if each.sites}
    if one.sites or len(places) != 1 or not any(each.is_location for each in candidates if each.sites):
        return one
    sites = next(iter(places.values()))
    return replace(one, sites=sites, nodes=(*one.nodes, *sites))


def _distinct(group: Sequence[Antecedent]) -> list[Antecedent]:
    found: dict[tuple[tuple[Mention, ...], tuple[str, ...]], Antecedent] = {}
    for each in group:
        key = (tuple(replace(one, is_plural=False) for one in each.mentions), _slugs(each))
        found[key] = each
    bare = {mentions for mentions, slugs in found if slugs}
    return [each for (mentions, slugs), each in found.items() if slugs or mentions not in bare]


def _slugs(each: Antecedent) -> tuple[str, ...]:
    places: list[Sites] = [node["sites"] for node in each.sites]
    return tuple(sorted({slug for place in places for slug in place.sites}))
