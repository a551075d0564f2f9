"""IntentObserving → looks at its targets until all of it is in force → IntentDeployed.

Calls nothing deployed that the network does not confirm: what a target gives up on has failed, and is undone where the
rules say so; what takes longer than it may has timed out. The end is in the targets' ledgers before it is published, so
that no redelivery says otherwise. A mistake here reports a network as wished when it is not.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from agents.domain.conclusion import IN_FORCE, Conclusion, conclusion_of
from agents.domain.ports import Clock, DeploymentTarget
from agents.domain.saga import failed_with, undo_everywhere
from agents.domain.verdicts import Failed, Retryable, TimedOut
from schemas.bodies import IntentObserving, Observation, StepTarget, Watch
from schemas.envelope import Intent

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
"""Between two looks, unless the target names another: half a minute more is little of what provisioning takes."""
_T = TypeVar("_T")

Waited = Callable[[StepTarget, float], object]
"""Called with the interface over which an intent was watched longest, and for how many seconds."""


def nobody(target: StepTarget, seconds: float) -> None:
    """Hears nothing."""


@dataclass(frozen=True, slots=True)
class _Look:
    watch: Watch
    seen: Observation

    def __str__(self) -> str:
        return f"{self.watch.step}: {self.seen.message or self.seen.state}"


class Observe:
    """Watches what `targets` were made to do. A target that does not answer is asked until the time is over."""

    def __init__(
        self,
        targets: Mapping[StepTarget, DeploymentTarget],
        clock: Clock,
        *,
        undoes_failed: bool = True,
        waited: Waited = nobody,
    ) -> None:
        self._targets = targets
        self._clock = clock
        self._undoes_failed = undoes_failed
        self._waited = waited

    async def __call__(self, body: IntentObserving, intent: Intent) -> IntentObserving:
        """The same body, with what was seen, once all is in force. Raises: Failed, TimedOut."""
        seen, wished = await self._watch(body)
        end = await self._conclude(body, intent, wished)
        seconds = (self._clock.now() - body.since).total_seconds()
        self._waited(max(body.watches, key=lambda watch: watch.within_seconds).target, seconds)
        if end.state == "failed":
            await self._undo(body, intent, end)
        end.require_deployed()
        remarks = tuple(dict.fromkeys((*body.deployed.remarks, *(str(look) for look in seen))))
        return body.model_copy(update={"deployed": body.deployed.model_copy(update={"remarks": remarks})})

    async def _watch(self, body: IntentObserving) -> tuple[list[_Look], Conclusion]:
        """Looks, with longer and longer pauses, until there is nothing left to wait for."""
        pause = FIRST_PAUSE_SECONDS
        seen: list[_Look] = []
        waiting = body.watches
        while True:
            looks = [_Look(watch, await self._look(watch)) for watch in waiting]
            seen += [look for look in looks if look.seen.state == "in_force"]
            if failed := [look for look in looks if look.seen.state == "failed"]:
                return seen, conclusion_of(Failed("not_in_force", "; ".join(map(str, failed))))
            left = [look for look in looks if look.seen.state == "waiting"]
            if not left:
                return seen, IN_FORCE
            if overdue := [look for look in left if self._seconds_left(body, look.watch) <= 0]:
                return seen, conclusion_of(TimedOut("not_in_time", "; ".join(map(_overdue, overdue))))
            waiting = tuple(look.watch for look in left)
            await self._clock.sleep(max(0.0, min(_asked(left, pause), *(self._seconds_left(body, w) for w in waiting))))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _look(self, watch: Watch) -> Observation:
        target = self._targets.get(watch.target)
        if target is None:
            return Observation(state="waiting", message=f"no {str(watch.target).upper()} interface is connected here")
        try:
            return await target.observe(watch)
        except Retryable as away:
            return Observation(state="waiting", message=away.message, retry_after_seconds=away.delay_seconds or None)

    def _seconds_left(self, body: IntentObserving, watch: Watch) -> float:
        until = body.since + timedelta(seconds=watch.within_seconds)
        return (until - self._clock.now()).total_seconds()

    async def _conclude(self, body: IntentObserving, intent: Intent, end: Conclusion) -> Conclusion:
        """How it has ended according to the ledgers: the first conclusion holds, on every target."""
        for target in body.targets:
            if target in self._targets:
                end = await self._insist(lambda: self._targets[target].conclude(intent, end))  # noqa: B023
        return end

    async def _undo(self, body: IntentObserving, intent: Intent, end: Conclusion) -> None:
        """Raises: Failed with what was undone and what was not."""
        if body.rolls_back or not self._undoes_failed:
            return
        order = [target for target in body.targets if target in self._targets]
        undone = await self._insist(lambda: undo_everywhere(self._targets, order, intent.rollback(), intent.id))
        if not undone.is_nothing:
            raise failed_with(undone, end.message)

    async def _insist(self, work: Callable[[], Awaitable[_T]]) -> _T:
        """A ledger entry is written, however long that takes."""
        while True:
            try:
                return await work()
            except Retryable as away:
                await self._clock.sleep(max(FIRST_PAUSE_SECONDS, away.delay_seconds))


def what_is_awaited(body: IntentObserving) -> str:
    """For people: what, and for how long at most."""
    steps = ", ".join(watch.step for watch in body.watches)
    return f"waits for {steps} to come into force, {max(watch.within_seconds for watch in body.watches):g} s at most"


def _asked(looks: list[_Look], pause: float) -> float:
    """The shortest pause that a target asks for, else the usual one."""
    return min([look.seen.retry_after_seconds for look in looks if look.seen.retry_after_seconds], default=pause)


def _overdue(look: _Look) -> str:
    return f"{look.watch.step} was not in force within {look.watch.within_seconds:g} s: {look.seen.message}"
