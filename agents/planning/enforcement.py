"""What the site's providers carry out: nothing is written that nobody reads."""

from collections.abc import Iterator, Sequence

from agents.domain.rules import Fault, declined
from agents.knowledge.pack import KnowledgePack
from agents.planning.templates import Templates
from schemas.bodies import StepTarget
from schemas.intent import Expectation
from schemas.reasons import DeclineReason


def require_enforced(expectations: Sequence[Expectation], templates: Templates, pack: KnowledgePack) -> None:
    """Raises: Declined `unsupported`, naming what is missing where, and why."""
    found = [
        fault
        for each in expectations
        for site in each.object.sites
        for name in _packaged(each, templates)
        for fault in _at(site, each, name, pack)
    ]
    if found:
        raise declined(found)


def _packaged(expectation: Expectation, templates: Templates) -> Iterator[str | None]:
    """The targets that travel in a package; None for the object as a whole."""
    template = templates.class_of(expectation.object.type)
    names: list[str | None] = [target.name for target in expectation.targets]
    for name in names or [None]:
        route = template.route_of(expectation.action, name)
        if route is not None and route.to is StepTarget.NEPHIO:
            yield name


def _at(site: str, expectation: Expectation, target: str | None, pack: KnowledgePack) -> Iterator[Fault]:
    kind, action = expectation.object.type, expectation.action
    providers = pack.providers_at(site)
    if not providers:
        return
    found = pack.enforced_at(site, kind)
    names = " or ".join(provider.about for provider in providers)
    if found is None:
        yield Fault(
            DeclineReason.UNSUPPORTED,
            f"Nothing at {site} carries out what is asked of a {kind}; its providers are {names}.",
            f"Which site that can run a {kind} is meant?",
        )
        return
    provider, enforced = found
    if enforced.covers(action, target):
        return
    what = f"{action} the {kind}" if target is None else f"{action} {target} of the {kind}"
    why = provider.why_not(kind, action, target)
    yield Fault(
        DeclineReason.UNSUPPORTED,
        f"{provider.about} at {site} does not {what}{f': {why}' if why else ''}.",
        f"What it carries out there is {_told(enforced.targets, enforced.by)}. Do you mean any of that?",
    )


def _told(targets: tuple[str, ...] | None, by: str) -> str:
    return f"{', '.join(targets)} ({by})" if targets else by
