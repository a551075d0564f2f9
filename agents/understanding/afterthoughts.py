"""What is told behind an order: does it change nothing, or take the order back, add to it, or leave it open?

Before an order people explain; behind it they also correct. So what is told there must be known to be harmless: what
was, what one sees of the network, or what has nothing to do with it.
"""

from itertools import pairwise, zip_longest

from agents.understanding.clauses import Clause
from agents.understanding.inflection import PAST
from agents.understanding.nodes import Node
from agents.understanding.segments import Kind
from agents.understanding.telling import finite_verb
from agents.understanding.verb_forms import verb_forms

_POINTING = ("this", "that", "these", "those", "that's")
_EXPLAINING = ("event", "trouble", "reason", "purpose", "urgency", "courtesy", "reference", "ticket", "record_label")
_NUMBERED = ("reference", "ticket", "phone", "event", "number_sign", "now", "past")
_DEMANDED = ("required", "needed", "necessary", "mandatory", "advisable")
_BEEN = ("was", "were", "had", "been")
_ABOUT_NETWORK = ("thing", "sites", "aim", "object_pronoun", "site_word", "everything")
_LEAVING_OPEN = ("can", "may", "might", "could")


def afterthoughts(clauses: list[Clause], *, is_behind_order: bool) -> list[Clause]:
    """The statements that may be more than told."""
    found: list[Clause] = []
    subject: list[Node] = []
    for clause, following in zip_longest(clauses, clauses[1:]):
        is_behind_order |= clause.kind is Kind.REQUEST
        if clause.kind is not Kind.STATEMENT or not (is_behind_order or is_fate(clause)):
            continue
        nodes, subject = [*subject, *clause.nodes], []
        if finite_verb(nodes) is None and clause is not clauses[-1]:
            subject = nodes
        elif afterthought(nodes, is_explained=following is not None and following.kind is Kind.REASON) is not None:
            found.append(clause)
    return found


def is_fate(clause: Clause) -> bool:
    """`the SMF can go`, `the SMF is redundant`: before an order, too, more than told."""
    is_left_open = clause.has("undecided", "modal") or any(node.low in _LEAVING_OPEN for node in clause.nodes)
    return is_left_open and clause.has("thing", "sites")


def afterthought(nodes: list[Node], *, is_explained: bool = False) -> Node | None:
    """The word by which a statement behind an order may be more than told; None where it is harmless.

    `is_explained`: a reason follows (`this is` … `for the marathon`).
    """
    undecided = next((node for node in nodes if "undecided" in node), None)
    back = next((one for one, other in pairwise(nodes) if (one.low, other.low) == ("back", "to")), None)
    demanded = next((other for one, other in pairwise(nodes) if "be" in one and other.low in _DEMANDED), None)
    if demanded is not None and any(node.is_any(*_EXPLAINING) for node in nodes):
        demanded = None
    if (doubtful := undecided or back or demanded) is not None:
        return doubtful
    if nodes[0].low.split()[0] in _POINTING and not is_explained and not _is_explained(nodes):
        return nodes[0]
    if _is_past(nodes):
        did = next((node for node in nodes if node.low in ("did", "done")), None)
        return did if any("object_pronoun" in node for node in nodes) else None
    amount = next((node for node in nodes if "amount" in node), None)
    is_known = amount is None or is_explained or any(_is_numbered(node) for node in nodes) or _is_reading(nodes)
    if amount is not None and not is_known and not _is_measure(amount, nodes):
        return amount
    about = next((node for node in nodes if node.is_any(*_ABOUT_NETWORK) or node.low in ("one", "ones")), None)
    is_measured = (any(node.low == "now" for node in nodes) and amount is not None) or _is_reading(nodes)
    return None if about is None or is_measured or any(_is_state(node) for node in nodes) else about


def _is_measure(amount: Node, nodes: list[Node]) -> bool:
    """`the probe shows 12 ms`, `it runs 3 replicas`; but neither `3 will do` nor `the contract demands 5 replicas`."""
    if amount["amount"].kind in ("bare", "replicas", "things", "version"):
        return amount["amount"].kind != "bare" and any(node.low in ("has", "have", "runs", "run") for node in nodes)
    return any(_is_state(node) for node in nodes)


def _is_reading(nodes: list[Node]) -> bool:
    """`the load is at 90 %`: what an instrument shows."""
    percents = any("amount" in node and node["amount"].kind == "percent" for node in nodes)
    return percents and any("be" in one and other.low == "at" for one, other in pairwise(nodes))


def _is_numbered(node: Node) -> bool:
    """`the cost centre is 4711`, `it has 2 now`: the figure is that of something else."""
    return node.is_any(*_NUMBERED) or node.low == "now" or ("record_label" in node and "prep" not in node)


def _is_explained(nodes: list[Node]) -> bool:
    """`this is for the marathon`, `that was agreed`; but neither `that was a joke` nor `this is what he said`."""
    if any(node.is_any(*_EXPLAINING) for node in nodes):
        return True
    rest = [node for node in nodes[1:] if not node.is_any("be", "have")]
    return bool(rest) and not rest[0].is_any("det", "wh", "glue", "unknown")


def _is_past(nodes: list[Node]) -> bool:
    if any("past" in node for node in nodes):
        return True
    return any(node.low in _BEEN or PAST in (node.get("stating") or verb_forms(node)) for node in nodes[1:])


def _is_state(node: Node) -> bool:
    """`struggles`, `is overloaded`, `runs 2.3.1 now`: how something is."""
    return node.is_any("state_word", "symptom", "trouble", "now")
