"""What a model's plan rests on, in words: next to each step for the approver, and on the demo's screen."""

from collections.abc import Iterator, Sequence

from agents.planning.plain_numbers import plain
from schemas.bodies import Ground, Origin, Step
from schemas.intent import Expectation

INFERRED = "the model alone"
_WHERE = {"request": "the request", "passage": "the passage {}", "state": "the present state at {}", "approver": "{}"}


def lines_beside(step: Step, expectations: Sequence[Expectation], grounds: Sequence[Ground]) -> Iterator[str]:
    """The grounds of a step, a line each, what the model alone says last."""
    mine = [ground for ground in grounds if _is_of(step, expectations[ground.expectation], ground)]
    for ground in mine:
        about = f"{ground.target}: " if ground.target else ""
        told = ", and ".join(map(_told, ground.origins))
        yield f"{'corrected' if _is_corrected(ground) else 'rests on'} {about}{told}"
    for ground in mine:
        yield from (f"{INFERRED} {inference}" for inference in ground.inferences)


def _is_of(step: Step, expectation: Expectation, ground: Ground) -> bool:
    content, thing = step.content, expectation.object
    is_there = content["site"] in thing.sites and content["object"]["slug"] == thing.slug
    names = {target["name"] for target in content["targets"]}
    return is_there and content["action"] == expectation.action and (ground.target is None or ground.target in names)


def _is_corrected(ground: Ground) -> bool:
    return any(origin.kind == "approver" for origin in ground.origins)


def _told(origin: Origin) -> str:
    value = f" = {plain(origin.value)}" if origin.value is not None else ""
    quote = " ".join(origin.quote.split())
    return f"“{quote}”{value} ({_WHERE[origin.kind].format(origin.place)})"
