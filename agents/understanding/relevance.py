"""Is a request about the network at all?"""

from agents.domain.rules import Fault
from agents.understanding.nodes import Node
from agents.understanding.sharing import Asked
from schemas.reasons import DeclineReason

_EVERYDAY_AIMS = ("version", "tx_power", "memory", "priority_level", "availability", "cpu")
_NETWORK_VERBS = (
    "deploy",
    "scale",
    "upgrade",
    "configure",
    "delete",
    "roll_out",
    "remove",
    "set",
    "raise",
    "lower",
    "add",
    "multiply",
    "run",
)
_NETWORK_KINDS = (
    "replicas",
    "max_sessions",
    "max_subscribers",
    "max_ues",
    "rate",
    "power",
    "gain",
    "frequency",
    "cores",
)


def not_about_the_network(nodes: list[Node], asked: list[Asked]) -> Fault | None:
    """The fault of a text with nothing of the network in it."""
    if any(node.is_any("thing", "everything", "slice_id") for node in nodes):
        return None
    if any(_is_of_the_network(node) for node in nodes):
        return None
    has_site = any("sites" in node and any(letter.isdigit() for letter in node.low) for node in nodes)
    is_foreign = any("foreign" in node and "verb" not in node for node in nodes)
    if has_site and not is_foreign:
        return None
    has_object = any("unobject" in node for node in nodes)
    has_verb = any(each.doing.is_any(*_NETWORK_VERBS) for each in asked) or any("unverb" in node for node in nodes)
    is_foreign = any("foreign" in node and "verb" not in node and "unverb" not in node for node in nodes) and not any(
        each.doing.is_any(*_NETWORK_VERBS) for each in asked
    )
    has_unknown = any("unknown" in node for node in nodes)
    if (
        not is_foreign
        and has_verb
        and (has_object or not has_unknown)
        and any(node.is_any("unobject", "sites", "amount", "aim", "verb") for node in nodes)
    ):
        return None
    return Fault(
        DeclineReason.NOT_A_NETWORK_INTENT,
        "Nothing in the request is about network functions, slices or clusters.",
        "Which network function, slice or cluster is to be deployed, scaled, upgraded, configured, kept or deleted?",
    )


def _is_of_the_network(node: Node) -> bool:
    amount, aim = node.get("amount"), node.get("aim")
    return (
        (amount is not None and amount.kind in _NETWORK_KINDS)
        or (aim is not None and aim.name not in _EVERYDAY_AIMS)
        or ("unaim" in node and node.low.startswith("prb"))
    )
