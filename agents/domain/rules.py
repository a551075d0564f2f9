"""What is allowed: pure rules over expectations, with their figures from the operator's guardrails.

Applied three times: to what a request was read to mean, to what is planned, and to the values that deploy has resolved.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from agents.domain.verdicts import Declined
from agents.knowledge.pack import KnowledgePack, Limit
from schemas.intent import Action, Condition, Expectation, IntentObject, ObjectType, Target
from schemas.reasons import DeclineReason

_PRECEDENCE = {reason: rank for rank, reason in enumerate(DeclineReason)}
_BY_HOW_MUCH = "By how much is it to change?"
_PROTECTED = "Is something else to be deleted?"
_FLOORS = (Condition.EQUALS, Condition.AT_LEAST)
_CEILINGS = (Condition.EQUALS, Condition.AT_MOST)


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule broken, or one thing unclear. `unknown` is a word that nobody knows, and that may be misspelt."""

    reason: DeclineReason
    message: str
    question: str | None = None
    unknown: str = ""


def declined(faults: Iterable[Fault]) -> Declined:
    """One answer for all faults: the reason is the first by precedence, message and question name them all."""
    ordered = sorted(dict.fromkeys(faults), key=lambda fault: _PRECEDENCE[fault.reason])
    message = " ".join(dict.fromkeys(fault.message for fault in ordered))
    questions = dict.fromkeys(fault.question for fault in ordered if fault.question)
    return Declined(ordered[0].reason, message, " ".join(questions) or None)


def require_allowed(expectations: Sequence[Expectation], pack: KnowledgePack) -> None:
    """Raises: Declined with every fault named."""
    if found := faults(expectations, pack):
        raise declined(found)


def faults(expectations: Sequence[Expectation], pack: KnowledgePack) -> list[Fault]:
    """Every rule that the expectations break, alone or together."""
    if too_many := _too_many(expectations, pack):
        return [too_many]
    found = [fault for each in expectations for fault in _of_one(each, pack)]
    return [*found, *_between(expectations, pack)]


def _too_many(expectations: Sequence[Expectation], pack: KnowledgePack) -> Fault | None:
    """One intent is one plan that people can look through, and that fits into a topic."""
    count = sum(max(1, len(each.object.sites)) * max(1, len(each.targets)) for each in expectations)
    most = pack.guardrails.max_changes
    if count <= most:
        return None
    return Fault(
        DeclineReason.POLICY_VIOLATION,
        f"It asks for {count:,} changes (objects, sites and values), more than {most:,} in one intent.",
        "Which part of it comes first? Send the rest as separate intents.",
    )


def approval_reasons(expectations: Sequence[Expectation], pack: KnowledgePack) -> tuple[str, ...]:
    """Why somebody must approve it first; none where the intent may be carried out at once."""
    rules = pack.guardrails
    reasons = [
        f"{each.action} of {each.object.slug} at {', '.join(each.object.sites)} always needs an approval"
        for each in expectations
        if each.action in rules.proposed_actions
    ]
    sites = {site for each in expectations for site in each.object.sites}
    if len(sites) > rules.max_sites:
        reasons.append(f"it reaches {len(sites)} sites, more than {rules.max_sites} in one intent")
    return tuple(reasons)


def value_faults(object_type: str, name: str, value: float | str, pack: KnowledgePack) -> list[Fault]:
    """The rules that a resolved value breaks: what deploy asks of the outcome of `increase_by` and its like."""
    if isinstance(value, str):
        return []
    return [
        Fault(
            limit.reason,
            f"{name} {value:g} of the {object_type} is outside the rule: {limit.rule} ({limit.source}).",
            f"Which {name} within that rule is meant?",
        )
        for limit in pack.guardrails.limits
        if name in limit.targets and not _is_within(value, limit)
    ]


def _is_within(value: float, limit: Limit) -> bool:
    return (
        (limit.least is None or value >= limit.least)
        and (limit.above is None or value > limit.above)
        and (limit.most is None or value <= limit.most)
        and (not limit.one_of or value in limit.one_of)
        and (not limit.is_whole or float(value).is_integer())
    )


def _of_one(expectation: Expectation, pack: KnowledgePack) -> Iterator[Fault]:
    """Protected objects, parameters that the object has not, and values beyond their limits."""
    thing = expectation.object
    if expectation.action is Action.DELETE and thing.type in pack.guardrails.never_deleted:
        yield Fault(DeclineReason.UNSAFE, f"The {thing.type} is protected: the core cannot run without it.", _PROTECTED)
    for target in expectation.targets:
        for owned in pack.guardrails.parameters_of:
            if target.name in owned.targets and thing.type not in owned.objects:
                yield Fault(
                    DeclineReason.UNSUPPORTED,
                    f"{target.name} is no parameter of the {thing.type} ({owned.source}).",
                    f"Which of {', '.join(owned.objects)} is {target.name} to be set for?",
                )
        yield from _of_target(thing.type, target, pack)
    yield from _within_one(expectation.targets)


def _of_target(object_type: ObjectType, target: Target, pack: KnowledgePack) -> list[Fault]:
    if isinstance(target.value, str) or not target.condition.is_relative:
        return value_faults(object_type, target.name, target.value, pack)
    return list(_of_relative(target, target.value, pack))


def _of_relative(target: Target, amount: float, pack: KnowledgePack) -> Iterator[Fault]:
    """What is wrong with a relative amount whatever it is applied to; the outcome itself is deploy's to check."""
    if amount < 0:
        yield Fault(
            DeclineReason.INFEASIBLE, f"{target.name} cannot change by the negative amount {amount:g}.", _BY_HOW_MUCH
        )
    if target.name == "tx_power" and target.condition is Condition.MULTIPLY_BY:
        yield Fault(
            DeclineReason.AMBIGUOUS,
            f"{amount:g} times a power in dBm may mean the power or its logarithm (half the power is 3 dB less).",
            "By how many dB is it to change?",
        )
    if amount == 0 and target.condition is Condition.MULTIPLY_BY:
        yield Fault(DeclineReason.POLICY_VIOLATION, f"{target.name} times 0 leaves nothing.", _BY_HOW_MUCH)
    for limit in pack.guardrails.limits:
        if target.name not in limit.targets or target.condition is Condition.MULTIPLY_BY:
            continue
        if limit.most is not None and amount > limit.most:
            message = f"{target.name} cannot change by {amount:g}: {limit.rule} ({limit.source})."
            yield Fault(limit.reason, message, _BY_HOW_MUCH)
        if limit.is_whole and not float(amount).is_integer():
            yield Fault(
                DeclineReason.INFEASIBLE, f"{target.name} cannot change by {amount:g}: {limit.rule}.", _BY_HOW_MUCH
            )


def _between(expectations: Sequence[Expectation], pack: KnowledgePack) -> Iterator[Fault]:
    """Contradictions among everything asked of the same object at the same site."""
    by_object: dict[tuple[str, IntentObject], list[Expectation]] = defaultdict(list)
    for each in expectations:
        for site in each.object.sites or ("",):
            by_object[site, each.object.model_copy(update={"sites": ()})].append(each)
    for (site, thing), group in by_object.items():
        actions = {each.action for each in group}
        if Action.DELETE in actions and len(actions) > 1:
            yield _contradiction(
                f"The {thing.slug} at {site or 'one site'} is to be deleted along with something else."
            )
        targets = [target for each in group for target in each.targets]
        if len(group) > 1:
            yield from _within_one(targets)
        yield from _out_of_order(targets, pack)


def _within_one(targets: Sequence[Target]) -> Iterator[Fault]:
    for first, second in combinations(targets, 2):
        if first.name == second.name and not _may_stand_together(first, second):
            yield _contradiction(
                f"{first.name} is asked to be {_spoken(first)} and {_spoken(second)} for the same object."
            )


def _may_stand_together(first: Target, second: Target) -> bool:
    if (first.condition, first.value) == (second.condition, second.value):
        return True
    bounds = {first.condition: first.value, second.condition: second.value}
    least, most = bounds.get(Condition.AT_LEAST), bounds.get(Condition.AT_MOST)
    return isinstance(least, float) and isinstance(most, float) and least <= most


def _out_of_order(targets: Sequence[Target], pack: KnowledgePack) -> Iterator[Fault]:
    for order in pack.guardrails.in_order:
        for low in (each for each in targets if each.name == order.low and each.condition in _FLOORS):
            for high in (each for each in targets if each.name == order.high and each.condition in _CEILINGS):
                if isinstance(low.value, float) and isinstance(high.value, float) and low.value > high.value:
                    yield _contradiction(
                        f"{low.name} {low.value:g} is above {high.name} {high.value:g} ({order.source})."
                    )


def _spoken(target: Target) -> str:
    value = target.value if isinstance(target.value, str) else f"{target.value:g}"
    return f"{target.condition} {value}".replace("_", " ")


def _contradiction(message: str) -> Fault:
    return Fault(DeclineReason.CONTRADICTORY, message, "Which of the two is meant?")
