"""Short ways to write down what a model says."""

from agents.goals.answer_shape import (
    ClaimedExpectation,
    ClaimedObject,
    ClaimedOrigin,
    ClaimedSlice,
    ClaimedTarget,
    ModelPlan,
)
from schemas.intent import Action, Condition, ObjectType


def said(quote: str, value: float | str | None = None) -> ClaimedOrigin:
    """Words of the request."""
    return _origin("request", quote, value)


def known(document: str, quote: str, value: float | str | None = None) -> ClaimedOrigin:
    """Words of a passage."""
    return _origin(document, quote, value)


def there(place: str, name: str | None = None, value: float | None = None) -> ClaimedOrigin:
    """What stands somewhere."""
    return _origin(place, f"{name} = {value:g}" if name and value is not None else "stands at", value)


def _origin(source: str, quote: str, value: float | str | None) -> ClaimedOrigin:
    figure = float(value) if isinstance(value, int) else value
    return ClaimedOrigin(source=source, quote=quote, value=figure)


def target(
    name: str, condition: str, value: float | str, *origins: ClaimedOrigin, by: str | None = None
) -> ClaimedTarget:
    """One wished value; `by` is its arithmetic."""
    wished = float(value) if isinstance(value, int) else value
    return ClaimedTarget(name=name, condition=Condition(condition), value=wished, origins=origins, arithmetic=by)


def expect(
    action: str,
    kind: str,
    sites: str,
    *rest: ClaimedOrigin | ClaimedTarget,
    name: str | None = None,
    sst: int | None = None,
) -> ClaimedExpectation:
    """An expectation; `rest` are its grounds and its targets."""
    return ClaimedExpectation(
        action=Action(action),
        object=ClaimedObject(
            type=ObjectType(kind),
            name=name,
            sites=tuple(sites.split()),
            slice=ClaimedSlice(sst=sst, sd=None) if sst is not None else None,
        ),
        targets=tuple(each for each in rest if isinstance(each, ClaimedTarget)),
        grounds=tuple(each for each in rest if isinstance(each, ClaimedOrigin)),
    )


def plan(*expectations: ClaimedExpectation, question: str | None = None) -> ModelPlan:
    """All of it."""
    return ModelPlan(expectations=expectations, question=question)
