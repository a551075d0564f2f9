"""What a model would have written instead: put to the requester as a question, never carried out.

A request may be clear to a model in ways that nothing here can verify. What it makes of it is asked back in words that
the grammar reads in full: who answers by sending them has asked for it in so many words.
"""

from collections.abc import Iterable, Iterator, Sequence

from agents.understanding.nodes import Node

_LONGEST = 400
_FACTS = (
    "thing",
    "named_object",
    "unobject",
    "sites",
    "bad_place",
    "amount",
    "slug",
    "everything",
    "there",
    "reference",
)
_MEANT = (
    *("verb", "verb_noun", "unverb", "foreign", "unaim", "untarget", "unsupported_target", "bound", "after_bound"),
    *("more", "fewer", "another", "times", "half", "twice", "threefold", "vague", "not", "if", "time", "or", "except"),
    *("correction", "retraction", "total", "respectively", "wh", "question"),
)


def is_about_the_same(request: Sequence[Node], rewording: Sequence[Node]) -> bool:
    """True where the rewording has every place, object, name and amount of the request and no other, and leaves out
    nothing else that is known to mean something: no verb, bound, negation, condition or time."""
    if not rewording or rewording[-1].end > _LONGEST or any("line" in node for node in rewording):
        return False
    facts, meant = set(_told(request, _FACTS)), set(_told(request, _MEANT))
    return facts == set(_told(rewording, _FACTS)) and meant <= set(_told(rewording, _MEANT))


def _told(nodes: Iterable[Node], senses: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        yield from ((sense, _value(sense, node)) for sense in senses if sense in node)


def _value(sense: str, node: Node) -> str:
    """What counts of a sense: an amount by its values, a verb by what it may do, sites by which they are."""
    value = node[sense]
    match sense:
        case "amount":
            return f"{value.kind} {value.parts} {value.relative}" + (value.written if value.kind == "version" else "")
        case "sites":
            return f"{value.sites}"
        case "thing":
            return f"{value.types} {value.names} {value.slice}"
        case "verb" | "verb_noun" | "unverb" | "foreign":
            return f"{sorted({each.kind for each in value})}"
        case _:
            return node.low
