"""Words of a clause by which it gives no order now: what was done, what somebody would do, what is called off."""

from itertools import pairwise

from agents.understanding.inflection import BASE, PARTICIPLE, PAST
from agents.understanding.nodes import Node
from agents.understanding.verb_forms import verb_forms

_SPEAKERS = ("i", "we")
_PERSONS = (*_SPEAKERS, "you", "he", "she", "they")
_CONDITIONALS = ("would", "could", "might", "may", "can", "will")
_NO_ACTION = ("lead", "courtesy", "have", "link", "glue")
_FILLING = ("be", "modal", "courtesy", "glue", "lead", "do", "link", "adverb", "comma")
_VOID = ("wait", "rejected", "denied", "refused", "cancelled", "canceled", "withdrawn", "postponed", "void", "draft")
"""What is said of a request that is none any more, or not yet."""
_REQUESTS = {"request", "order", "plan", "idea", "proposal", "wish"}
_FIGURES = {"number", "value", "figure", "count", "amount", "target"}


def imagined(nodes: list[Node]) -> Node | None:
    """The verb of `we have scaled`, `you should have scaled`, `I would scale`; `should have 5 by now`."""
    for before, node in pairwise(nodes):
        if (before.low, node.low) == ("by", "now"):
            return node
    words = [node for node in nodes if "adverb" not in node]
    for at in range(1, len(words)):
        earlier = words[at - 2] if at > 1 else None
        if "verb" in words[at] and (_is_done(words[at], words[at - 1], earlier) or _is_thinkable(words, at)):
            return words[at]
    return None


def _is_done(verb: Node, before: Node, earlier: Node | None) -> bool:
    """`we have scaled`, `should have scaled`, but neither `please have … scaled` nor `would like to have … scaled`."""
    if not verb_forms(verb) & {PAST, PARTICIPLE}:
        return False
    if before.low in ("we've", "i've", "they've", "you've"):
        return True
    is_told = earlier is not None and (earlier.low in (*_PERSONS, "could") or "modal" in earlier)
    return before.low in ("have", "has", "had") and is_told


def _is_thinkable(words: list[Node], at: int) -> bool:
    return (
        at == 2
        and words[0].low in _SPEAKERS
        and words[1].low in _CONDITIONALS
        and BASE in verb_forms(words[2])
        and not words[2].is_any(*_NO_ACTION)
    )


def scheduled(nodes: list[Node]) -> Node | None:
    """The time of `Tomorrow is fine.`, `Begin at 22:00.`: a sentence about nothing but when."""
    times = [node for node in nodes if node.is_any("time", "moment")]
    others = [node for node in nodes if not node.is_any("time", "moment", *_FILLING, "prep", "det")]
    is_beginning = BASE in (nodes[0].get("stating") or ()) and others == nodes[:1]
    is_subject = bool(times) and times[0] is nodes[0] and (not others or others == nodes[2:])
    return times[0] if times and (is_beginning or is_subject) and not any("event" in node for node in others) else None


def taken_back(nodes: list[Node], *, is_note: bool = False) -> bool:
    """`status: rejected`, `that was the request last week`, `the right number is 5`: no order any more, or another.

    A note says it in fewer words: `on hold`, `only for …`, `do it tonight`.
    """
    if any(node.low in _VOID for node in nodes):
        return True
    if is_note:
        return _is_changing(nodes)
    lows = {node.low for node in nodes}
    is_pointing = nodes[0].low in ("that", "this", "it") and bool(lows & _REQUESTS) and any("past" in n for n in nodes)
    is_figure = bool(lows & _FIGURES) and any("amount" in node and node["amount"].kind == "bare" for node in nodes)
    return is_pointing or is_figure


def _is_changing(nodes: list[Node]) -> bool:
    if any(node.is_any("retraction", "correction") for node in nodes):
        return True
    if nodes[0].low.split()[0] in ("only", "not") or "not" in nodes[0]:
        return True
    is_timed = any(node.is_any("time", "moment") for node in nodes)
    return is_timed and any(node.is_any("object_pronoun", "demonstrative") for node in nodes)
