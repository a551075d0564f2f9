"""The resources of a plan, and how much a mistake in it would cost. Estimates for people, not admission control."""

from collections.abc import Iterable

from agents.planning.target_changes import Wish
from agents.planning.templates import Templates
from schemas.bodies import Resources, Risk
from schemas.intent import Action, Condition

_ORDER = (Risk.LOW, Risk.MEDIUM, Risk.HIGH)
_TAKING = (Action.DEPLOY, Action.SCALE)
_FLOOR = (Condition.EQUALS, Condition.AT_LEAST)


def estimate_of(wishes: Iterable[Wish], templates: Templates) -> Resources:
    """CPU and memory that deployments and scalings ask for, over all sites.

    Replicas times the share of one replica: as wished, else as the template says. `increase_by` counts what is
    added; what depends on the number found (`multiply_by`), and what only takes away, counts nothing.
    """
    shares = [_share(wish, templates) for wish in wishes if wish.action in _TAKING]
    return Resources(cpu=round(sum(cpu for cpu, _ in shares), 3), memory=round(sum(memory for _, memory in shares), 3))


def _share(wish: Wish, templates: Templates) -> tuple[float, float]:
    template = templates.object_of(wish.object.type)
    replicas = _replicas(wish)
    return replicas * _wished(wish, "cpu", template.cpu), replicas * _wished(wish, "memory", template.memory)


def _replicas(wish: Wish) -> float:
    wished = [target for target in wish.targets if target.name == "replicas"]
    if not wished:
        return 1
    counted = [float(target.value) for target in wished if target.condition in (*_FLOOR, Condition.INCREASE_BY)]
    return max(counted, default=0)


def _wished(wish: Wish, name: str, share: float) -> float:
    wished = [float(target.value) for target in wish.targets if target.name == name and target.condition in _FLOOR]
    return max(wished, default=share)


def risk_of(wishes: tuple[Wish, ...], wide_sites: int) -> Risk:
    """The highest risk of any wish, by its route; taking capacity away is at least medium, as is deleting.

    A plan over more than `wide_sites` sites is high: a mistake in it is nobody's local problem.
    """
    if len({wish.site for wish in wishes}) > wide_sites:
        return Risk.HIGH
    return max((_risk(wish) for wish in wishes), key=_ORDER.index, default=Risk.LOW)


def _risk(wish: Wish) -> Risk:
    return max(wish.route.risk, Risk.MEDIUM if wish.reduces else Risk.LOW, key=_ORDER.index)
