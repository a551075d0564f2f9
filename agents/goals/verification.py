"""A model's plan for a goal → expectations with their grounds, or why it is not accepted.

Nothing of the model is trusted: inventory, rules, quotes, figures, units, arithmetic, sites and objects are looked up
again, what the request names has to be in the plan, and what takes away has to be asked for in the request itself. What
holds is still only a proposal. A mistake here shows somebody a plan that looks better founded than it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.domain.rules import require_allowed, value_faults
from agents.domain.verdicts import Declined
from agents.goals.answer_shape import ClaimedExpectation, ClaimedTarget, ModelPlan
from agents.goals.faults import Fault, NotBelieved
from agents.goals.objects import (
    chosen_sites,
    is_named,
    left_out,
    object_of,
    require_existence,
    require_meant,
    require_sites,
)
from agents.goals.origins import Figured, OriginCheck, is_equal
from agents.goals.sources import Case
from agents.goals.values import Around, require_grounded
from agents.knowledge.pack import KnowledgePack
from agents.planning.plain_numbers import plain
from agents.planning.plan_checks import require_plannable
from agents.planning.templates import Templates
from agents.understanding.mentions import MentionReader, Mentions, Span
from schemas.bodies import Ground, HeldValue, Origin, StepTarget
from schemas.intent import TARGET_UNITS, Action, Condition, Expectation, IntentObject, Target

_MOST_EXPECTATIONS = 8
"""More than anybody reviews before approving."""
_MOST_ORIGINS = 8
_TAKING = (Condition.DECREASE_BY, Condition.MULTIPLY_BY, Condition.AT_MOST, Condition.EQUALS)
_CAPPED = ("latency", "jitter", "packet_loss")


@dataclass(frozen=True, slots=True)
class Believed:
    """A plan that holds. `not_acted_on` are words of the request that nothing rests on, `times` those of a time."""

    expectations: tuple[Expectation, ...]
    grounds: tuple[Ground, ...]
    not_acted_on: tuple[str, ...]
    times: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """One expectation with what it rests on."""

    expectation: Expectation
    grounds: tuple[Ground, ...]
    figures: tuple[Figured, ...]


class Verification:
    """Checks plans against the sources that they were made from."""

    def __init__(self, pack: KnowledgePack, templates: Templates, mentions: MentionReader) -> None:
        self._pack = pack
        self._templates = templates
        self._mentions = mentions
        self._origins = OriginCheck(mentions)

    def believed(self, case: Case, plan: ModelPlan) -> Believed:
        """The plan as far as it holds, which is in full. Raises: NotBelieved."""
        if not plan.expectations:
            raise NotBelieved(Fault.NO_PLAN)
        if len(plan.expectations) > _MOST_EXPECTATIONS:
            raise NotBelieved(Fault.TOO_MUCH, f"{len(plan.expectations)} expectations")
        request = self._mentions.read(case.request)
        parts = [self._part(case, request, number, claim) for number, claim in enumerate(plan.expectations)]
        expectations = tuple(part.expectation for part in parts)
        quoted = _quoted(case.request, parts)
        _require_complete(request, parts, quoted)
        self._require_allowed(case, expectations)
        return Believed(
            expectations,
            tuple(ground for part in parts for ground in part.grounds),
            tuple(dict.fromkeys(request.of(word) for word in request.words if not _is_in(word, quoted))),
            tuple(request.of(time) for time in request.times),
        )

    def _part(self, case: Case, request: Mentions, number: int, claim: ClaimedExpectation) -> _Part:
        if len(claim.grounds) > _MOST_ORIGINS or any(len(each.origins) > _MOST_ORIGINS for each in claim.targets):
            raise NotBelieved(Fault.TOO_MUCH, "origins")
        origins = tuple(self._origins.words(case, each) for each in claim.grounds)
        if not any(each.kind == "request" for each in origins):
            raise NotBelieved(Fault.NO_GROUND, f"{claim.action} {claim.object.type}")
        thing = object_of(claim.object)
        grounds = self._origins.named_in(case, origins)
        require_meant(thing, request, grounds, case)
        require_sites(thing, request, grounds, self._pack.inventory)
        require_existence(claim, thing, case)
        values = [self._value(case, request, thing, number, target, claim.action) for target in claim.targets]
        figures = tuple(figure for found, _ in values for figure in found)
        _require_asked_to_take(claim, thing, case, request, figures)
        of_object = Ground(expectation=number, origins=origins, inferences=tuple(_inferred(claim, thing, request)))
        quotes = [each.quote for each in origins if each.kind == "request"]
        return _Part(
            Expectation(
                action=claim.action,
                object=thing,
                targets=tuple(map(_target_of, claim.targets)),
                evidence=tuple(dict.fromkeys(quotes)),
            ),
            (of_object, *(ground for _, ground in values)),
            figures,
        )

    def _value(
        self,
        case: Case,
        request: Mentions,
        thing: IntentObject,
        number: int,
        claim: ClaimedTarget,
        action: Action,
    ) -> tuple[tuple[Figured, ...], Ground]:
        found = tuple(self._origins.figure(case, each) for each in claim.origins)
        is_new = action is Action.DEPLOY and case.states is not None
        for site in thing.sites:
            held = _held(case, site, thing, claim.name)
            require_grounded(claim, found, Around(held, is_new, bool(request.adding), bool(request.removing)))
        origins = tuple(each.origin for each in found)
        inferences = (f"works out {claim.name} as {_spelt(claim, origins)}",) if claim.arithmetic else ()
        ground = Ground(
            expectation=number, target=claim.name, origins=origins, arithmetic=claim.arithmetic, inferences=inferences
        )
        return found, ground

    def _require_allowed(self, case: Case, expectations: Sequence[Expectation]) -> None:
        """Raises: NotBelieved where the rules forbid the plan, or what it comes to on what is there."""
        try:
            require_plannable(expectations, self._templates, self._pack.inventory.sites)
            require_allowed(expectations, self._pack)
        except Declined as declined:
            raise NotBelieved(Fault.AGAINST_THE_RULES, declined.message) from declined
        for each in expectations:
            for site in each.object.sites:
                for target in each.targets:
                    held = _held(case, site, each.object, target.name)
                    if self._has_no_base(case, site, each, target, held):
                        raise NotBelieved(Fault.NOT_THERE, f"{target.name} of {each.object.slug} at {site}")
                    value = _coming_to(target, held)
                    if broken := value_faults(each.object.type, target.name, value, self._pack):
                        raise NotBelieved(Fault.AGAINST_THE_RULES, broken[0].message)

    def _has_no_base(
        self, case: Case, site: str, expectation: Expectation, target: Target, held: HeldValue | None
    ) -> bool:
        """True where a relative value would count from nothing: deploy declines it. What is kept elsewhere than in
        packages is not known here."""
        if not target.condition.is_relative or case.state_of(site, expectation.object.slug) is None:
            return False
        route = self._templates.class_of(expectation.object.type).route_of(expectation.action, target.name)
        is_packaged = route is not None and route.to is StepTarget.NEPHIO
        return is_packaged and (held is None or held.value is None)


def _target_of(claim: ClaimedTarget) -> Target:
    return Target(name=claim.name, condition=claim.condition, value=claim.value, unit=TARGET_UNITS[claim.name])


def _held(case: Case, site: str, thing: IntentObject, name: str) -> HeldValue | None:
    state = case.state_of(site, thing.slug)
    return state.values.get(name) if state else None


def _coming_to(target: Target, held: HeldValue | None) -> float | str:
    """What a relative wish makes of what is there, as far as it is known; an absolute one is what it says."""
    now = held.value if held else None
    if isinstance(target.value, str) or isinstance(now, str) or now is None:
        return "" if target.condition.is_relative else target.value
    match target.condition:
        case Condition.INCREASE_BY:
            return now + target.value
        case Condition.DECREASE_BY:
            return now - target.value
        case Condition.MULTIPLY_BY:
            return now * target.value
        case _:
            return target.value


def _require_asked_to_take(
    claim: ClaimedExpectation, thing: IntentObject, case: Case, request: Mentions, figures: Sequence[Figured]
) -> None:
    """Passes what takes away only where the request says so itself: no passage and no model may think of it.

    Raises: NotBelieved.
    """
    is_asked = bool(request.removing)
    if claim.action is Action.DELETE and not is_asked:
        raise NotBelieved(Fault.TAKES_AWAY, f"delete {thing.slug}")
    has_own_figure = any(each.origin.kind == "request" for each in figures)
    for target in claim.targets:
        takes = any(_takes(target, _held(case, site, thing, target.name)) for site in thing.sites)
        if takes and not is_asked and not has_own_figure:
            raise NotBelieved(Fault.TAKES_AWAY, f"{target.name} {plain(target.value)}")


def _takes(target: ClaimedTarget, held: HeldValue | None) -> bool:
    if target.name in _CAPPED or target.condition not in _TAKING or isinstance(target.value, str):
        return False
    if target.condition is Condition.DECREASE_BY:
        return True
    if target.condition is Condition.MULTIPLY_BY:
        return target.value < 1
    now = held.value if held else None
    return target.condition is Condition.AT_MOST if not isinstance(now, float) else target.value < now


def _quoted(text: str, parts: Sequence[_Part]) -> list[Span]:
    """Where the request's words are that something rests on."""
    quotes = {
        origin.quote for part in parts for ground in part.grounds for origin in ground.origins if not origin.place
    }
    return [Span(at, at + len(quote)) for quote in quotes for at in _places_of(text, quote)]


def _places_of(text: str, quote: str) -> Iterator[int]:
    at = text.find(quote)
    while at >= 0:
        yield at
        at = text.find(quote, at + 1)


def _is_in(span: Span, quoted: Sequence[Span]) -> bool:
    return any(span.is_in(each) for each in quoted)


def _require_complete(request: Mentions, parts: Sequence[_Part], quoted: Sequence[Span]) -> None:
    """Everything that the request names or asks for is in the plan. Raises: NotBelieved."""
    missing = [*left_out(request, [part.expectation.object for part in parts])]
    used = [each for part in parts for each in part.figures if each.origin.kind == "request"]
    for figure in request.figures:
        is_used = any(is_equal(each.value, value) for each in used for value in figure.values)
        is_in_a_time = any(figure.is_in(time) for time in request.times)
        if figure.is_counted and not is_used and not is_in_a_time:
            missing.append(request.of(figure))
    missing += [request.of(word) for word in request.asking if not _is_in(word, quoted)]
    missing += [request.of(each) for each in request.figures if not each.is_counted and not _is_in(each, quoted)]
    if missing:
        raise NotBelieved(Fault.LEFT_OUT, ", ".join(f"“{each}”" for each in dict.fromkeys(missing)))


def _inferred(claim: ClaimedExpectation, thing: IntentObject, request: Mentions) -> Iterator[str]:
    """What the request does not say literally."""
    yield f"assumes that the request asks to {claim.action} the {thing.slug}"
    if not is_named(thing, request):
        yield f"chooses the {thing.slug}, which the request does not name"
    if sites := chosen_sites(thing, request):
        yield f"chooses {', '.join(sites)}, which the request leaves open"


def _spelt(claim: ClaimedTarget, origins: Sequence[Origin]) -> str:
    figures = ", ".join(f"{chr(ord('a') + at)} = {plain(each.value or 0)}" for at, each in enumerate(origins))
    return f"{claim.arithmetic} = {plain(claim.value)} with {figures}"
