"""What is wrong with a word that no order uses and no licence covers; nothing, where it is harmless by itself."""

from agents.domain.rules import Fault
from agents.understanding.nodes import Node
from schemas.reasons import DeclineReason

_FAULTS: tuple[tuple[str, DeclineReason, str, str], ...] = (
    (
        "retraction",
        DeclineReason.UNSUPPORTED,
        'By "{}" the request seems to be taken back, or not to be meant.',
        "What is to be done? Please ask for that alone.",
    ),
    (
        "correction",
        DeclineReason.AMBIGUOUS,
        '"{}" seems to correct what was said.',
        "What is meant in the end? Please write the corrected request alone.",
    ),
    (
        "veto",
        DeclineReason.UNSUPPORTED,
        '"{}" leaves open whether it is to be done.',
        "Is it to be done now, and for real? Then please ask for that alone.",
    ),
    (
        "unreal",
        DeclineReason.UNSUPPORTED,
        '"{}" leaves open whether it is meant.',
        "Is it to be done now, and for real? Then please ask for that alone.",
    ),
    (
        "undecided",
        DeclineReason.AMBIGUOUS,
        '"{}" leaves open whether it is to be done.',
        "Is it to be done, and exactly so? Then please ask for that alone.",
    ),
    (
        "not",
        DeclineReason.UNSUPPORTED,
        '"{}" says what is not to be done, which cannot be carried out.',
        "What is to be done instead?",
    ),
    (
        "if",
        DeclineReason.UNSUPPORTED,
        'A condition ("{}") is not supported: a request is carried out at once, or not at all.',
        "Is it to be done now, whatever the condition?",
    ),
    (
        "time",
        DeclineReason.UNSUPPORTED,
        'A time ("{}") is not supported yet: a request is carried out at once.',
        "Is it to be done now? Then please leave the time out.",
    ),
    ("will", DeclineReason.UNSUPPORTED, '"{}" tells of the future.', "What is to be done now?"),
    (
        "total",
        DeclineReason.UNSUPPORTED,
        'A total ("{}") over several is not supported: a number is for each.',
        "How many are meant for each?",
    ),
    ("or", DeclineReason.AMBIGUOUS, '"{}" leaves a choice.', "Which of them is meant?"),
    (
        "except",
        DeclineReason.UNSUPPORTED,
        '"{}" leaves something out, in a way that is not understood.',
        "What exactly is to be done, and where?",
    ),
    ("same", DeclineReason.AMBIGUOUS, 'It is not clear what "{}" refers to.', "Which value or object is meant?"),
    ("wh", DeclineReason.UNSUPPORTED, '"{}" asks a question, which is not answered here.', "What is to be done?"),
    ("question", DeclineReason.UNSUPPORTED, "A question is not answered here.", "What is to be done?"),
    ("modal", DeclineReason.AMBIGUOUS, '"{}" may be a wish, and it is not clear of what.', "What is to be done?"),
    ("vague", DeclineReason.MISSING_VALUE, '"{}" is no exact value.', "How much exactly is meant?"),
    ("more", DeclineReason.MISSING_VALUE, '"{}" is no exact value.', "How much exactly is meant?"),
    ("hearsay", DeclineReason.AMBIGUOUS, '"{}" reports what somebody said.', "What is to be done now?"),
    ("wish", DeclineReason.AMBIGUOUS, '"{}" may be a further wish.', "What exactly is to be done?"),
    ("but", DeclineReason.AMBIGUOUS, 'It is not clear what "{}" takes back.', "What exactly is to be done?"),
)
_NETWORK = ("thing", "sites", "amount", "aim", "everything", "number")
_DURATIONS = ("minute", "min", "hour", "hr", "day", "week", "month", "year")


def fault_of(
    node: Node, tags: frozenset[str], text: str, *, is_inside: bool, is_first: bool, is_added: bool
) -> Fault | None:
    """The fault of a word with these tags, that stands inside an order or not, first in its clause or not, and behind
    `and` or not."""
    quote = text[node.start : node.end]
    if "amount" in node and node["amount"].kind == "ambiguous" and node.low.split()[-1].rstrip("s") in _DURATIONS:
        tags = tags | {"time"}
    is_order = is_first and bool(tags & {"unverb.base", "foreign.base"})
    is_done = is_inside and bool(tags & {"unverb", "foreign"})
    if (is_order or is_done) and "v.base" not in tags:
        return Fault(
            DeclineReason.UNSUPPORTED,
            f'"{quote}" is not done here.',
            "Only deploying, scaling, upgrading, configuring, ensuring and deleting are: which of them is meant?",
        )
    for tag, reason, message, question in _FAULTS:
        if tag in tags:
            return Fault(reason, message.format(quote), question)
    if "unsupported_target" in tags:
        return Fault(
            DeclineReason.UNSUPPORTED, f'"{quote}" is no value that can be set or kept here.', "Which value is meant?"
        )
    if is_inside and "unaim" in tags:
        names = " or ".join(node["unaim"])
        return Fault(
            DeclineReason.AMBIGUOUS, f'"{quote}" may be several things.', f'Which is meant by "{quote}": {names}?'
        )
    if not tags.isdisjoint(_NETWORK):
        return Fault(
            DeclineReason.AMBIGUOUS,
            f'It is not clear what is to be done with "{quote}".',
            f'What is "{quote}" meant for?',
        )
    if is_inside and tags & _TOLD and "v.base" not in tags:
        message = f'It is not clear whether "{quote}" is told or asked for.'
        return Fault(DeclineReason.AMBIGUOUS, message, "Is it to be done? Then please say so.")
    if tags & {"v.participle", "v.base"} and "aim" not in tags and tags.isdisjoint(_AS_A_NOUN):
        return Fault(DeclineReason.AMBIGUOUS, f'"{quote}" may be a further wish.', f'What is meant by "{quote}"?')
    if (is_first and tags & {"v.base", "unverb.base", "foreign.base"}) or (is_inside and tags & _VERBS):
        return Fault(DeclineReason.AMBIGUOUS, f'"{quote}" may be a further wish.', f'What is meant by "{quote}"?')
    if tags & {"angle"} or node.low in ("x", "✓", "✔"):
        return Fault(DeclineReason.AMBIGUOUS, f'"{quote}" may mark what is quoted or done.', "What is to be done now?")
    if (is_inside or is_added) and "unobject" in tags:
        return Fault(
            DeclineReason.UNSUPPORTED,
            f'"{quote}" is nothing that is handled here.',
            "Which network function, slice or cluster is meant?",
        )
    return None


_AS_A_NOUN = frozenset({"heading_word", "noun", "event", "cause", "link", "fact.past", "particle"})
_TOLD = frozenset({"v.third", "v.participle", "v.past", "v.gerund"})
_VERBS = frozenset({"v.base", "v.third", "v.participle", "v.past", "v.gerund", "verb_noun"})


def unread(quote: str, tags: frozenset[str], before: str) -> Fault:
    """The fault of words inside an order, the first of them with these tags."""
    if before in ("in", "at", "@") and tags & {"cap", "slug", "capital"}:
        return Fault(
            DeclineReason.UNKNOWN_SITE,
            f'"{quote}" is no site of the inventory.',
            f'Which site is meant by "{quote}"?',
            quote,
        )
    return Fault(
        DeclineReason.AMBIGUOUS,
        f'"{quote}" is not understood here.',
        f'What is meant by "{quote}"? Please say it in other words.',
        quote,
    )
