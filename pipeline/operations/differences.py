"""What a proposed plan would change just now, asked of the deployment targets without any effect."""

import asyncio
import time

from agents.domain.verdicts import Declined, Failed, Rejected, Retryable
from agents.planning.standing import only_for
from pipeline.app import App
from pipeline.runtime.proposals import Proposal
from pipeline.settings import Settings
from schemas.bodies import StepResult
from schemas.envelope import Order

WITHIN_SECONDS = 15.0


async def differences(settings: Settings, proposal: Proposal) -> tuple[dict[str, StepResult], list[str]]:
    """The results by step name, and why some cannot be told. Nothing is raised: the plan is shown in any case."""
    app = App(settings)
    intent = proposal.intent.reordered(Order(int(time.time() * 1_000), 0, 0))  # an approval gives a new order
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
