"""What a proposal depends on: what its objects hold, and who changed them last. An approval counts while that holds."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from agents.domain.ports import DeploymentTarget, Drafts
from agents.domain.verdicts import Declined, Failed, OnHold, Rejected, Retryable
from schemas.bodies import DraftBranch, Head, IntentPlanned, StepResult, StepTarget
from schemas.envelope import Intent, Order
from schemas.reasons import DeclineReason

LATEST = Order(1 << 52, 0, 0)
"""An approval gives a plan a new order, so no intent there is now can overtake it."""
GRACE_SECONDS = 3.0
"""How long to wait for a missing object: a request to create it may be a moment ahead of the one to change it."""


class Standing:
    """Asks the connected targets, without any effect on the network. `targets` and `drafts` are made when they are
    first asked."""

    def __init__(
        self,
        targets: Callable[[], Mapping[StepTarget, DeploymentTarget]],
        drafts: Callable[[], Drafts | None] = lambda: None,
    ) -> None:
        self._targets = targets
        self._drafts = drafts

    async def on_what(self, intent: Intent, planned: IntentPlanned) -> IntentPlanned:
        """The plan with what it depends on, and a draft to look at where that can be had.

        Raises: Declined where it cannot be carried out; Retryable.
        """
        try:
            heads = await self.heads(intent, planned)
        except Declined as declined:
            if declined.reason is not DeclineReason.INFEASIBLE:
                raise
            await asyncio.sleep(GRACE_SECONDS)
            heads = await self.heads(intent, planned)
        return planned.model_copy(update={"stands_on": heads, "draft": await self._draft(intent, planned)})

    async def _draft(self, intent: Intent, planned: IntentPlanned) -> DraftBranch | None:
        """None where it cannot be had: a proposal counts without it."""
        drafts, packages = self._drafts(), only_for(StepTarget.NEPHIO, planned)
        if drafts is None or not packages.plan.steps:
            return None
        with suppress(Retryable, Failed, Rejected, OnHold):
            return await drafts.draft(intent.reordered(LATEST), packages)
        return None

    async def withdraw(self, intent: Intent, draft: DraftBranch | None) -> None:
        """Removes the draft of what is over; one that cannot be removed stays, for nothing depends on it."""
        if draft is not None and (drafts := self._drafts()) is not None:
            with suppress(Retryable, Failed, OnHold):
                await drafts.withdraw(intent, draft)

    async def heads(self, intent: Intent, planned: IntentPlanned) -> tuple[Head, ...]:
        """What its objects hold now. Raises: Declined where it cannot be carried out; Retryable."""
        targets, found = self._targets(), list[Head]()
        for target in dict.fromkeys(step.target for step in planned.plan.steps):
            if target in targets:
                results = await targets[target].preview(intent.reordered(LATEST), only_for(target, planned))
                if not any(
                    result.outcome == "already_done" for result in results
                ):  # then it stands on nothing any more
                    found += map(_head_of, results)
        return tuple(found)

    async def moved(self, intent: Intent, planned: IntentPlanned) -> str | None:
        """What has changed since the proposal, in words; None where nothing has. Raises: Declined, Retryable."""
        return what_moved(intent, planned.stands_on, await self.heads(intent, planned))


def only_for(target: StepTarget, body: IntentPlanned) -> IntentPlanned:
    """The part of the plan for one target."""
    steps = tuple(step for step in body.plan.steps if step.target is target)
    return body.model_copy(update={"plan": body.plan.model_copy(update={"steps": steps})})


def what_moved(intent: Intent, then: Sequence[Head], now: Sequence[Head]) -> str | None:
    """Compares the basis of the proposal with what is there. What this intent has done itself does not count."""
    before = {head.step: head for head in then}
    moved = [
        f"{head.step} by intent {head.intent}" if head.intent else f"{head.step} by hand"
        for head in now
        if head.step in before and head != before[head.step] and head.intent != intent.id
    ]
    return "changed since it was proposed: " + ", ".join(moved) if moved else None


def _head_of(result: StepResult) -> Head:
    return Head(step=result.step, intent=result.head, held=_told(result.before))


def _told(held: Any) -> Any:
    """What of it survives a journey as JSON, which leaves out what is None."""
    if isinstance(held, dict):
        return {name: _told(value) for name, value in held.items() if value is not None}
    return [_told(value) for value in held] if isinstance(held, list | tuple) else held
