"""What a proposed plan would change right now, asked of the deployment targets without any effect."""

import asyncio
import time

from agents.adapters.git.file_changes import FileChange
from agents.adapters.git.git_deployment_target import GitDeploymentTarget
from agents.domain.rules import value_faults
from agents.domain.verdicts import Declined, Failed, Rejected, Retryable
from agents.knowledge.pack import KnowledgePack
from agents.planning.standing import only_for
from pipeline.app import App
from pipeline.runtime.proposals import Proposal
from pipeline.settings import Settings
from schemas.bodies import StepResult, StepTarget
from schemas.envelope import Intent, Order

WITHIN_SECONDS = 15.0


async def differences(settings: Settings, proposal: Proposal) -> tuple[dict[str, StepResult], list[str]]:
    """The results by step name, and why some cannot be told. Nothing is raised: the plan is shown in any case."""
    app = App(settings)
    intent = _as_approved(proposal)
    found: dict[str, StepResult] = {}
    why_not: list[str] = []
    try:
        for target in dict.fromkeys(step.target for step in proposal.planned.plan.steps):
            if target not in app.targets:
                why_not.append(f"no {target.upper()} interface is connected here")
                continue
            try:
                async with asyncio.timeout(WITHIN_SECONDS):
                    results = await app.targets[target].preview(intent, only_for(target, proposal.planned))
                found |= {result.step: result for result in results}
            except (Declined, Failed, Rejected, Retryable) as fault:
                why_not.append(fault.message)
            except TimeoutError:
                why_not.append(f"{target.upper()} did not answer within {WITHIN_SECONDS:g} s")
    finally:
        await app.close()
    return found, why_not


async def file_changes(settings: Settings, proposal: Proposal) -> tuple[FileChange, ...]:
    """What it would change in the files of the packages.

    Raises: Declined, Failed, Rejected where it cannot be carried out as things stand; Retryable.
    """
    pack = KnowledgePack.load(settings.knowledge.folder)
    git = GitDeploymentTarget(
        settings.git, check=lambda object_type, name, value: value_faults(object_type, name, value, pack)
    )
    try:
        return await git.file_changes(_as_approved(proposal), only_for(StepTarget.NEPHIO, proposal.planned))
    finally:
        await git.close()


def _as_approved(proposal: Proposal) -> Intent:
    """An approval gives a new order."""
    return proposal.intent.reordered(Order(int(time.time() * 1_000), 0, 0))
