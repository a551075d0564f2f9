"""Several targets as one: what one of them refuses is undone on those before it, the last one first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from agents.domain.ports import DeploymentTarget
from agents.domain.verdicts import Declined, Failed, NothingToUndo, Rejected
from schemas.bodies import StepResult, StepTarget, Watch
from schemas.envelope import Intent

Targets = Mapping[StepTarget, DeploymentTarget]


@dataclass(frozen=True)
class Undone:
    """What was restored, in which revision of the deployment repository, what of it has yet to come into force, and by
    target what was not restored and why."""

    results: tuple[StepResult, ...] = ()
    revision: str | None = None
    watches: tuple[Watch, ...] = ()
    left: tuple[tuple[StepTarget, Declined | Failed | Rejected], ...] = ()

    @property
    def is_nothing(self) -> bool:
        """True where there was nothing to put back."""
        return not self.results and not self.left

    @property
    def summary(self) -> str:
        """For people."""
        steps = ", ".join(result.step.removeprefix("undo ") for result in self.results)
        parts = [f"undone: {steps}"] if steps else []
        parts += [f"not undone on {target}: {verdict.message}" for target, verdict in self.left]
        return ". ".join(parts) or "there was nothing to undo"


async def undo_everywhere(targets: Targets, order: Sequence[StepTarget], rollback: Intent, original: str) -> Undone:
    """Undoes the intent `original` on every target of `order`, the last first. One that refuses does not stop the
    others.

    Raises: Retryable; what was undone by then is not undone twice.
    """
    undone = Undone()
    for target in reversed(order):
        try:
            carried = await targets[target].undo(rollback, original)
        except NothingToUndo:
            continue
        except (Declined, Failed, Rejected) as verdict:
            undone = replace(undone, left=(*undone.left, (target, verdict)))
        else:
            undone = replace(
                undone,
                results=(*undone.results, *carried.deployed.results),
                revision=carried.deployed.revision or undone.revision,
                watches=(*undone.watches, *carried.watches),
            )
    return undone


def failed_with(undone: Undone, refusal: str) -> Failed:
    """The message about a plan that was refused half way."""
    if undone.left:
        return Failed("partly_done", f"{refusal}. {undone.summary}")
    return Failed("undone", f"{refusal}. {undone.summary}")


def names_of(targets: Iterable[StepTarget]) -> str:
    """For people: `A1 and O1`."""
    return " and ".join(dict.fromkeys(str(target).upper() for target in targets))
