"""A clause that is asked, part by part → expectations with their evidence."""

import re

from agents.domain.rules import Fault
from agents.understanding.doing import Doing
from agents.understanding.meaning import Meaning, meaning_of
from agents.understanding.nodes import Node
from agents.understanding.places import Sites
from agents.understanding.sharing import Asked, Part, slugs_of
from agents.understanding.things import Mention
from schemas.intent import Action, Expectation, IntentObject
from schemas.reasons import DeclineReason

_WHERE = Fault(
    DeclineReason.MISSING_TARGET, "No object is named.", "Which network function, slice or cluster is meant?"
)


_NSSAI = re.compile(r"[0-9]{1,3}-[0-9a-z]+")


def expectations_of(
    asked: Asked, text: str, found: list[Expectation], faults: list[Fault], assumptions: list[str]
) -> None:
    """Adds what the clause asks for, and what is wrong with it."""
    if not asked.parts:
        if asked.order.verbs and not asked.order.faults and not asked.order.items and not asked.is_repeated:
            faults.append(_WHERE)
        return
    for at, part in enumerate(asked.parts):
        if part.row.everything is not None:
            faults.append(_of_everything(asked, part))
            continue
        if not part.mentions:
            if not part.is_unclear:
                faults.append(_WHERE)
            continue
        if asked.order.all_things is not None and asked.doing.is_any("delete", "remove"):
            faults.append(_all_of(part.mentions[0]))
            continue
        faults += _site_faults(part)
        evidence = _evidence(asked, part, text, is_first=at == 0)
        for mention in part.mentions:
            _of_mention(asked, part, mention, evidence, found, faults, assumptions)


def merged(expectations: list[Expectation]) -> list[Expectation]:
    """One expectation for each action on each object at the same sites."""
    result: dict[tuple[Action, IntentObject], Expectation] = {}
    for each in expectations:
        key = (each.action, each.object)
        held = result.get(key)
        if held is not None:
            targets = tuple(dict.fromkeys((*held.targets, *each.targets)))
            evidence = tuple(dict.fromkeys((*held.evidence, *each.evidence)))
            each = held.model_copy(update={"targets": targets, "evidence": evidence})
        result[key] = each
    return list(result.values())


def _of_mention(
    asked: Asked,
    part: Part,
    mention: Mention,
    evidence: tuple[str, ...],
    found: list[Expectation],
    faults: list[Fault],
    assumptions: list[str],
) -> None:
    if mention.fault is not None:
        faults.append(mention.fault)
        return
    open_aim = part.open_aim.node["aim"].name if part.open_aim else None
    meaning = meaning_of(asked.doing, mention, part.wishes, is_new=part.is_new, open_aim=open_aim)
    meaning.faults += [*_leftovers(part), *_turned_round(part, asked.doing)]
    faults += meaning.faults
    assumptions += meaning.assumptions
    if (
        mention.is_by_figure
        and not any(wish.amount.kind != "bare" for wish in part.wishes)
        and Action.SCALE in meaning.targets
    ):
        faults.append(
            Fault(
                DeclineReason.AMBIGUOUS,
                f'"{mention.names[0]}" may be a name or a number of replicas.',
                f'Is "{mention.names[0]}" the name of the {mention.types[0]}?',
            )
        )
    if mention.is_slice and (wrong := next((name for name in mention.names if _NSSAI.fullmatch(name)), None)):
        faults.append(
            Fault(
                DeclineReason.AMBIGUOUS,
                f'"{wrong}" is neither a name nor an S-NSSAI, whose slice differentiator has six hexadecimal digits.',
                "Which slice is meant?",
            )
        )
    for name in mention.names or (None,):
        found += _expectations(meaning, mention, name, part, evidence)


def _expectations(
    meaning: Meaning, mention: Mention, name: str | None, part: Part, evidence: tuple[str, ...]
) -> list[Expectation]:
    sites = slugs_of(part.sites)
    thing = IntentObject(type=mention.types[0], name=name, sites=sites, slice=mention.slice)
    return [
        Expectation(action=action, object=thing, targets=tuple(dict.fromkeys(targets)), evidence=evidence)
        for action, targets in meaning.targets.items()
    ]


def _leftovers(part: Part) -> list[Fault]:
    """`from 3` without a `to`."""
    if part.row.origin and not part.wishes:
        low = part.row.origin[0].node.low
        return [
            Fault(DeclineReason.MISSING_VALUE, f'It is said from what ("{low}"), and not to what.', "To which value?")
        ]
    return []


def _turned_round(part: Part, doing: Doing) -> list[Fault]:
    """`scale down from 3 to 5`, `double … from 3 to 5`: the verb says one thing, the figures another."""
    if not part.row.origin or not part.wishes:
        return []
    before, after = part.row.origin[0].amount, part.wishes[0].amount
    if part.wishes[0].prep == "by":
        return []
    is_turned = (doing.direction == "more" and after.value <= before.value) or (
        doing.direction == "fewer" and after.value >= before.value
    )
    is_multiplied = doing.is_any("multiply") and before.value * doing.factor != after.value
    if "version" in (before.kind, after.kind) or not (is_turned or is_multiplied):
        return []
    message = f'"{doing.base}" does not go with from {before.value:g} to {after.value:g}.'
    return [Fault(DeclineReason.CONTRADICTORY, message, "Which value is meant in the end?")]


def _site_faults(part: Part) -> list[Fault]:
    places: list[Sites] = [node["sites"] for node in part.sites]
    found = [place.fault for place in places if place.fault is not None]
    if not places and not part.is_unclear:
        thing = part.mentions[0].types[0]
        found.append(
            Fault(
                DeclineReason.MISSING_TARGET,
                f"No site is given for the {thing}.",
                f"At which site is the {thing} meant?",
            )
        )
    return found


def _of_everything(asked: Asked, part: Part) -> Fault:
    low = part.row.everything.node.low if part.row.everything else ""
    if asked.doing.is_any("delete", "remove"):
        return Fault(DeclineReason.UNSAFE, f'Deleting "{low}" is never done.', "Which single object is to be deleted?")
    return Fault(
        DeclineReason.AMBIGUOUS,
        f'"{low}" does not say which objects are meant.',
        "Which network functions, slices or clusters are meant?",
    )


def _all_of(mention: Mention) -> Fault:
    thing = mention.types[0]
    return Fault(
        DeclineReason.UNSAFE,
        f"Deleting every {thing} without naming it is never done.",
        f"Which {thing} is to be deleted?",
    )


def _evidence(asked: Asked, part: Part, text: str, *, is_first: bool) -> tuple[str, ...]:
    """Quotes of the request: the part with its verb where they stand together, then what it borrows."""
    nodes = [item.node for item in part.row.items]
    verb = asked.doing.node
    spans: list[tuple[int, int]] = []
    if nodes:
        start, end = min(node.start for node in nodes), max(node.end for node in nodes)
        if verb is not None and is_first:
            start, end = min(start, verb.start), max(end, verb.end)
        elif verb is not None:
            spans.append((verb.start, verb.end))
        spans.insert(0, (start, end))
    spans += [(node.start, node.end) for node in part.borrowed if not _is_in(node, spans)]
    return tuple(dict.fromkeys(text[start:end] for start, end in spans))


def _is_in(node: Node, spans: list[tuple[int, int]]) -> bool:
    return any(start <= node.start and node.end <= end for start, end in spans)
