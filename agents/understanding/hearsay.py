"""Words that name what would be an order, and give none: thanks for it, a state it is in, what somebody else said."""

from itertools import pairwise

from agents.understanding.inflection import GERUND
from agents.understanding.nodes import Node
from agents.understanding.segments import CONTENT, Kind, Segment
from agents.understanding.verb_forms import verb_forms

_THANKS = ("thank", "thanks", "sorry", "apologies", "apologise", "apologize", "grateful", "kudos", "congratulations")
_WHOLE = {"deploy", "roll_out", "delete", "remove", "upgrade", "move_version"}
"""Kinds of verbs that are orders without a value. `fixing cell 3` is none."""
_WELL = ("ok", "okay", "fine", "good", "confirmed", "done", "healthy", "green")
_SPEECH = (
    *("said", "says", "wrote", "writes", "asked", "asks", "told", "tells", "suggested", "suggests", "recommended"),
    *(
        "recommends",
        "demanded",
        "demands",
        "quote",
        "replied",
        "announced",
        "proposed",
        "proposes",
        "answered",
        "reads",
    ),
)


_NO_ORDER = (
    *("staging", "training", "wip", "rfc", "old", "closed", "resolved", "exercise", "info", "drill", "joke"),
    *("option", "alternative", "variant", "proposal", "idea", "ideas", "example", "draft", "discussed", "discuss"),
    *(
        "ask",
        "tell",
        "let",
        "wait",
        "see",
        "emergency",
        "worst",
        "bad",
        "last",
        "lab",
        "mail",
        "email",
        "text",
        "log",
        "logs",
        "shows",
        "says",
        "manual",
    ),
    *("runbook", "wiki", "approval", "discussion", "information", "for your information", "fyi", "i guess", "i think"),
    *("considered", "question", "did", "yesterday", "done", "rejected", "cancelled", "canceled", "template"),
)
"""Headings under which nobody orders anything: what was done, what is only thought of."""
_ANYBODY = ("anyone", "anybody", "whoever", "everyone", "everybody", "nobody", "those", "somebody", "someone")


def thanked_for(nodes: list[Node]) -> Node | None:
    """The verb of `thank you for scaling the AMF to 5 replicas`: was it done, or is it asked for?"""
    if not any(word in _THANKS for word in nodes[0].low.split()):
        return None
    for before, node in pairwise(nodes):
        if before.low.split()[-1] == "for" and "verb" in node and GERUND in verb_forms(node):
            says_what = any("amount" in each for each in nodes) or {sense.kind for sense in node["verb"]} & _WHOLE
            return node if says_what else None
    return None


def state_of(nodes: list[Node]) -> Node | None:
    """The word of `AMF tokyo-1 running 5 replicas`, `AMF tokyo-1 5 replicas ok`, by which it may be how things are."""
    if not nodes[0].is_any("thing", "sites", "det") or not any("thing" in node for node in nodes):
        return None
    if len(nodes) > 1 and nodes[-1].low in _WELL and any("amount" in node for node in nodes):
        return nodes[-1]
    running = next((node for node in nodes if "verb" in node and GERUND in verb_forms(node)), None)
    return running if running is not None and "run" in {sense.kind for sense in running["verb"]} else None


def anybody(nodes: list[Node]) -> Node | None:
    """The subject of `anyone who wants to scale the UPF must call me`."""
    is_general = len(nodes) > 1 and nodes[0].low.split()[0] in _ANYBODY and nodes[1].low.split()[0] in ("who", "that")
    return nodes[0] if is_general else None


def not_ordered(nodes: list[Node]) -> Node | None:
    """The word of a heading, a tag or a subject (`[LAB]`, `Option A:`) under which nobody orders anything."""
    return next((node for node in nodes if node.low in _NO_ORDER or "undecided" in node), None)


def doubt_hearsay(segments: list[Segment]) -> None:
    """`The vendor said: delete the AMF`, `Option A: …`: whose order is it, if any? What follows is asked about."""
    doubtful: Node | None = None
    for at, segment in enumerate(segments):
        if doubtful is not None and segment.kind in (Kind.REQUEST, Kind.FRAGMENT):
            segment.kind, segment.doubt = Kind.STATEMENT, doubtful
            continue
        following = segments[at + 1].joint if at + 1 < len(segments) else ""
        last = segment.nodes[-1]
        if last.low in _SPEECH and len(segment.nodes) > 1 and segment.kind is not Kind.REQUEST:
            doubtful = last
        elif following in (":", "new_line") and not segment.has(*CONTENT):
            doubtful = not_ordered(segment.nodes)
