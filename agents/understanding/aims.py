"""Words about what is wished of an object → one node an aim: `latency`, `downlink throughput`, `number of sessions`."""

from dataclasses import dataclass

from agents.understanding.amounts import Bound
from agents.understanding.inflection import BASE
from agents.understanding.nodes import Node, joined


@dataclass(frozen=True, slots=True)
class Aim:
    """The name of a target. `throughput` has no direction yet; `bound` is a bound before the name."""

    name: str
    bound: Bound | None = None
    is_direction: bool = False


_SAVING = ("save", "saves", "saving", "saved")
_PRB_ENDS = {"at_least": "prb_ratio_min", "at_most": "prb_ratio_max"}


def read_aims(nodes: list[Node]) -> list[Node]:
    """The nodes with every name of a target in one node, as `aim`, or `unaim` where it may be several."""
    result: list[Node] = []
    at = 0
    while at < len(nodes):
        if (both := _both_ends(nodes, at)) is not None:
            ends, at = both
            result += ends
            continue
        node, after = _aim(nodes, at)
        result.append(node)
        at = after
    return result


def _both_ends(nodes: list[Node], at: int) -> tuple[list[Node], int] | None:
    """`the min and max PRB ratio`: two aims, whose values follow in the same order."""
    name = _PRB_ENDS.get(nodes[at].get("bound") or "")
    if name is None or at + 2 >= len(nodes) or "and" not in nodes[at + 1]:
        return None
    first, both, last = nodes[at : at + 3]
    other, after = (last.get("target"), at + 3)
    if "bound" in last and after < len(nodes) and _PRB_ENDS.get(last["bound"]) in (nodes[after].get("untarget") or ()):
        last, other, after = joined(nodes[at + 2 : at + 4]), _PRB_ENDS[last["bound"]], after + 1
    if other not in _PRB_ENDS.values() or other == name:
        return None
    ends = [
        Node(first.low, first.start, first.end, {"aim": Aim(name)}),
        both,
        Node(last.low, last.start, last.end, {"aim": Aim(other), "in_order": True}),
    ]
    return ends, after


def _aim(nodes: list[Node], at: int) -> tuple[Node, int]:
    node = nodes[at]
    if node.is_any("amount", "thing", "sites"):
        return node, at + 1
    if node.low in ("down", "up") and at and (amount := nodes[at - 1].get("amount")) and amount.kind == "rate":
        name = "dl_throughput" if node.low == "down" else "ul_throughput"
        return Node(node.low, node.start, node.end, {"aim": Aim(name, is_direction=True)}), at + 1
    if "bound" in node and at + 1 < len(nodes):
        place = at + 1
        while place < len(nodes) and "counted" in nodes[place] and "count" not in nodes[place]:
            place += 1
        inner, after = _plain(nodes, place) if place < len(nodes) else (None, at)
        if (
            inner is None
            and place < len(nodes)
            and _PRB_ENDS.get(node["bound"]) in (nodes[place].get("untarget") or ())
        ):
            return joined(nodes[at : place + 1], aim=Aim(_PRB_ENDS[node["bound"]])), place + 1
        if (
            inner is not None
            and node["bound"] in ("at_least", "at_most")
            and node.low.startswith(("m", "a m", "the m"))
        ):
            return joined(nodes[at:after], aim=Aim(inner.name, node["bound"])), after
        if inner is not None and node.low == "up to":
            return Node(node.low, node.start, node.end, {"prep": True}), at + 1
        return node, at + 1
    inner, after = (None, at) if _is_verb(nodes, at) else _plain(nodes, at)
    if inner is not None:
        return joined(nodes[at:after], aim=inner), after
    if "counted" in node and at + 1 < len(nodes):
        place = at + 1
        while place < len(nodes) and nodes[place].is_any("det", "counted", "adjective") and "count" not in nodes[place]:
            place += 1
        if place < len(nodes) and "count" in nodes[place]:
            bound: Bound | None = "at_most" if node.low.startswith("max") else None
            return joined(nodes[at : place + 1], aim=Aim(nodes[place]["count"], bound)), place + 1
        if place < len(nodes) and "thing" in nodes[place]:
            following = nodes[place + 1] if place + 1 < len(nodes) else None
            if following is None or "count" not in following:
                return Node(node.low, node.start, node.end, {"aim": Aim("replicas")}), at + 1
            return Node(node.low, node.start, node.end, {"placed": True}), at + 1
        return node, at + 1
    if node.low == "energy" and any(
        each.low in ("save", "saves", "saving", "saved") for each in nodes[max(0, at - 6) : at]
    ):
        return Node(node.low, node.start, node.end, {"aim": Aim("energy_saving")}), at + 1
    if "untarget" in node and _is_named_by_amount(nodes, at):
        return Node(node.low, node.start, node.end, {"placed": True}), at + 1
    if "untarget" in node:
        return Node(node.low, node.start, node.end, {**node.senses, "unaim": node["untarget"]}), at + 1
    return node, at + 1


def _is_verb(nodes: list[Node], at: int) -> bool:
    """`Build a cluster`: an order, and no name of a target."""
    following = nodes[at + 1] if at + 1 < len(nodes) else None
    is_base = any(sense.form == BASE for sense in nodes[at].get("verb") or ())
    is_inside = at > 0 and nodes[at - 1].is_any("det", "prep", "its", "thing", "sites", "adjective")
    return is_base and not is_inside and following is not None and following.is_any("det", "thing", "all", "its")


def _is_named_by_amount(nodes: list[Node], at: int) -> bool:
    """`capacity of 60,000 subscribers`, `2 Gbps of capacity`: the amount says which it is."""
    names = nodes[at]["untarget"]
    near = [each for each in (*nodes[max(0, at - 2) : at], *nodes[at + 1 : at + 4]) if "amount" in each]
    return any(
        each["amount"].kind in names or (each["amount"].kind == "rate" and "dl_throughput" in names) for each in near
    )


def _plain(nodes: list[Node], at: int) -> tuple[Aim | None, int]:
    node = nodes[at]
    if "direction" in node:
        direction = f"{node['direction']}_throughput"
        place = at + 1
        if place < len(nodes) and nodes[place].get("target") == "throughput":
            return Aim(direction), place + 1
        return Aim(direction, is_direction=True), at + 1
    if "target" in node:
        name = node["target"]
        place = at + 1
        if name == "throughput":
            while place < len(nodes) and (nodes[place].is_any("prep", "det") and place < at + 3):
                place += 1
            if place < len(nodes) and "direction" in nodes[place] and (place > at + 1 or place == at + 1):
                return Aim(f"{nodes[place]['direction']}_throughput"), place + 1
        return Aim(name), at + 1
    if "count" in node:
        return Aim(node["count"]), at + 1
    if "unit" in node and node["unit"].kind == "cores" and len(node.low) > 3:
        return Aim("cpu"), at + 1
    return None, at
