"""What can be made into a plan: everything has a way, a place there is, a name of its own and one fate.

Understanding ensures most of this. It is checked again here because anybody may have written to the topic.
"""

import re
from collections.abc import Container, Iterator, Sequence

from agents.domain.rules import Fault, declined
from agents.planning.templates import Templates
from schemas.intent import TARGET_UNITS, Action, Condition, Expectation, IntentObject, Target
from schemas.reasons import DeclineReason

_SLUG = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?")
"""What may be the name of a folder and of a Kubernetes object alike (RFC 1123)."""


def require_plannable(expectations: Sequence[Expectation], templates: Templates, sites: Container[str]) -> None:
    """Raises: Declined with every fault named. `sites` are those of the inventory."""
    found = [fault for each in expectations for fault in _of_one(each, templates, sites)]
    found += [*_of_names(expectations), *_of_fates(expectations)]
    if not expectations:
        found.append(Fault(DeclineReason.MISSING_TARGET, "Nothing is asked for.", "What is to be done, and where?"))
    if found:
        raise declined(found)


def _of_one(expectation: Expectation, templates: Templates, sites: Container[str]) -> Iterator[Fault]:
    thing = expectation.object
    yield from _of_place(expectation, sites)
    if not _SLUG.fullmatch(thing.slug) or ".." in thing.slug:
        yield Fault(
            DeclineReason.UNSUPPORTED,
            f"{thing.slug!r} cannot be the name of a deployed object.",
            "Which name of lower-case letters, digits and hyphens, at most 63 characters, is meant?",
        )
    template = templates.class_of(thing.type)
    for target in expectation.targets:
        yield from _of_value(target)
    names: list[str | None] = [target.name for target in expectation.targets]
    for name in names or [None]:
        if template.route_of(expectation.action, name) is None:
            yield _no_way(expectation, name)


def _of_place(expectation: Expectation, sites: Container[str]) -> Iterator[Fault]:
    thing = expectation.object
    if not thing.sites:
        yield Fault(
            DeclineReason.MISSING_TARGET,
            f"No site is given for the {thing.type}.",
            f"At which site is it meant to {expectation.action} the {thing.type}?",
        )
    for site in thing.sites:
        if site not in sites:
            yield Fault(DeclineReason.UNKNOWN_SITE, f"There is no site {site}.", f"Which site is meant by {site}?")


def _of_value(target: Target) -> Iterator[Fault]:
    """A version is a text and set as it is; everything else is a number in the unit of its name."""
    is_version = target.name == "version"
    if is_version != isinstance(target.value, str) or (is_version and target.condition != Condition.EQUALS):
        kind = "one version to be set" if is_version else "a number"
        yield Fault(
            DeclineReason.UNSUPPORTED,
            f"{target.name} {target.condition} {target.value!r} is not {kind}.",
            f"Which value of {target.name} is meant?",
        )
    unit = TARGET_UNITS.get(target.name, target.unit)
    if target.unit != unit:
        yield Fault(
            DeclineReason.UNSUPPORTED,
            f"{target.name} is given in {target.unit or 'no unit'}, but only {unit or 'no unit'} is understood.",
            f"How much is it in {unit or 'a plain number'}?",
        )


def _no_way(expectation: Expectation, target: str | None) -> Fault:
    thing = f"the {expectation.object.type}"
    if target is None:
        return Fault(
            DeclineReason.MISSING_VALUE,
            f"It does not say what to {expectation.action} of {thing}.",
            f"Which value of {thing} is meant?",
        )
    return Fault(
        DeclineReason.UNSUPPORTED,
        f"There is no way to {expectation.action} {target} of {thing}.",
        f"What else about {thing} is meant?",
    )


def _of_names(expectations: Sequence[Expectation]) -> Iterator[Fault]:
    """One name at one site stands for one kind of object."""
    known: dict[tuple[str, str], IntentObject] = {}
    for thing in (expectation.object for expectation in expectations):
        for site in thing.sites:
            if known.setdefault((site, thing.slug), thing).type != thing.type:
                yield two_things(site, known[site, thing.slug], thing)


def _of_fates(expectations: Sequence[Expectation]) -> Iterator[Fault]:
    """What is deleted is not also changed."""
    deleted = {place for each in expectations if each.action == Action.DELETE for place in _places(each)}
    kept = {place for each in expectations if each.action != Action.DELETE for place in _places(each)}
    for site, slug in sorted(deleted & kept):
        yield Fault(
            DeclineReason.CONTRADICTORY,
            f"{slug} at {site} is to be deleted and changed in the same request.",
            f"Is {slug} at {site} to be deleted, or to be kept?",
        )


def _places(expectation: Expectation) -> Iterator[tuple[str, str]]:
    for site in expectation.object.sites:
        yield site, expectation.object.slug


def two_things(site: str, first: IntentObject, second: IntentObject) -> Fault:
    """One name, two different objects."""
    return Fault(
        DeclineReason.CONTRADICTORY,
        f"{first.slug} at {site} is both {_spoken(first)} and {_spoken(second)} in the same request.",
        f"Which of the two is {first.slug} at {site}?",
    )


def _spoken(thing: IntentObject) -> str:
    return f"a {thing.type} of slice {thing.slice}" if thing.slice else f"a {thing.type}"
