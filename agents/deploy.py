"""IntentPlanned → asks the deployment targets of its steps → IntentDeployed.

Refuses, before any effect, plans that nobody approved or that were changed on the way, and plans with a step for an
interface that is not connected. A mistake here carries out what nobody wanted, or half of what somebody wanted.
"""

from collections.abc import Callable, Mapping

from agents.domain.dry_run import require_for_real
from agents.domain.ports import Carried, DeploymentTarget
from agents.domain.verdicts import Declined, Failed, Rejected
from schemas.bodies import IntentDeployed, IntentPlanned, StepTarget
from schemas.envelope import Intent
from schemas.reasons import DeclineReason

RequireApproved = Callable[[IntentPlanned], None]
"""Passes what may be carried out: the plan's digest, guardrails and approval. Raises: Declined or Rejected."""


class Deploy:
    """Carries out plans on `targets`, the connected interfaces."""

    def __init__(self, targets: Mapping[StepTarget, DeploymentTarget], require_approved: RequireApproved) -> None:
        self._targets = targets
        self._require_approved = require_approved

    async def __call__(self, body: IntentPlanned, intent: Intent) -> Carried:
        """What was done. Raises: what the guardrails and the targets raise, Declined `unsupported`."""
        require_for_real(intent, body)
        self._require_approved(body)
        require_connected(body, self._targets)
        done: list[Carried] = []
        for target in dict.fromkeys(step.target for step in body.plan.steps):
            try:
                done.append(await self._targets[target].carry_out(intent, only_for(target, body)))
            except (Declined, Failed, Rejected) as verdict:
                if any(not carried.is_unchanged for carried in done):
                    raise _partly(done, target, verdict) from verdict
                raise
        return merge(body, done)


def require_connected(body: IntentPlanned, targets: Mapping[StepTarget, DeploymentTarget]) -> None:
    """Raises: Declined `unsupported`, naming every step whose interface is not connected."""
    missing = [step for step in body.plan.steps if step.target not in targets]
    if not missing:
        return
    steps = ", ".join(f"{step.name} ({step.target})" for step in missing)
    interfaces = " and ".join(dict.fromkeys(str(step.target).upper() for step in missing))
    raise Declined(
        DeclineReason.UNSUPPORTED,
        f"no {interfaces} interface is connected here, and these steps need it: {steps}. Nothing was done.",
        f"Should the rest be carried out without {interfaces}? Then send it as an intent of its own.",
    )


def only_for(target: StepTarget, body: IntentPlanned) -> IntentPlanned:
    """The part of the plan for one target."""
    steps = tuple(step for step in body.plan.steps if step.target is target)
    return body.model_copy(update={"plan": body.plan.model_copy(update={"steps": steps})})


def merge(body: IntentPlanned, done: list[Carried]) -> Carried:
    """One fact for the whole plan; the revision is the deployment repository's."""
    return Carried(
        IntentDeployed(
            expectations=body.expectations,
            results=tuple(result for carried in done for result in carried.deployed.results),
            revision=next((carried.deployed.revision for carried in done if carried.deployed.revision), None),
        ),
        is_unchanged=all(carried.is_unchanged for carried in done),
    )


def _partly(done: list[Carried], target: StepTarget, verdict: Declined | Failed | Rejected) -> Failed:
    steps = ", ".join(result.step for carried in done for result in carried.deployed.results)
    return Failed("partly_done", f"done and not undone: {steps}. Then {target} refused: {verdict.message}")
