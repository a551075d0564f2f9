"""Plans carried out through an interface, once: `pending` in the ledger, the effect, `done` in the ledger.

A crash anywhere is resumed from the ledger: a pending step is made so again, from the values recorded. A worker that
wakes up late and finds that a newer intent has become the head restores what that one wants, until the head no longer
moves; so whatever the order of arrivals, the newest wish is in force in the end.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from agents.adapters.git.write_requests import Request
from agents.adapters.ledgered.begin import Begin, Task
from agents.adapters.ledgered.begin_undo import BeginUndo, LookAtDone
from agents.adapters.ledgered.finish import Conclude, Finish, Look, Lost, Seen
from agents.adapters.ledgered.interface import Interface, Piece, Pieces, WishT
from agents.adapters.ledgered.records import Heads, Record, StepEntry
from agents.domain.conclusion import Conclusion
from agents.domain.ports import Carried
from agents.domain.verdicts import Declined, Failed, NothingToUndo, Rejected, Retryable
from schemas.bodies import IntentDeployed, IntentPlanned, Observation, StepResult, Watch
from schemas.envelope import Intent
from schemas.intent import Expectation

_T = TypeVar("_T")
_ATTEMPTS = 10


class LedgerStore(Protocol):
    """Where ledgers are kept: the deployment repository."""

    async def commit(self, request: Request[_T]) -> _T:
        """The answer, once what the request changes is durable. Raises: what it raises, Retryable."""


class LedgeredDeploymentTarget(Generic[WishT]):
    """The `DeploymentTarget` for one interface.

    `may_act` is asked right before every effect; `passed` hears of every boundary between two steps, for tests that
    die there.
    """

    def __init__(
        self,
        interface: Interface[WishT],
        store: LedgerStore,
        may_act: Callable[[], bool] = lambda: True,
        passed: Callable[[str], None] = lambda boundary: None,
    ) -> None:
        self._interface = interface
        self._store = store
        self._may_act = may_act
        self._passed = passed

    async def carry_out(self, intent: Intent, planned: IntentPlanned) -> Carried:
        """See the port."""
        tasks = self._tasks(planned)
        seen = await self._store.commit(Look(self._interface, intent, tuple(task.wish for task in tasks)))
        if seen.record is None:
            seen = await self._begin(intent, planned, tasks, seen.heads)
        return await self._resume(intent, planned.expectations, seen)

    async def undo(self, intent: Intent, original: str) -> Carried:
        """See the port."""
        seen = await self._store.commit(Look(self._interface, intent))
        if seen.record is None:
            seen = await self._begin_undo(intent, original)
        return await self._resume(intent, (), seen)

    async def preview(self, intent: Intent, planned: IntentPlanned) -> tuple[StepResult, ...]:
        """See the port."""
        tasks = self._tasks(planned)
        seen = await self._store.commit(Look(self._interface, intent, tuple(task.wish for task in tasks)))
        if seen.record is not None:
            return tuple(self._report(step, "already_done") for step in seen.record.steps)
        seen = await self._begin(intent, planned, tasks, seen.heads, is_preview=True)
        steps = seen.record.steps if seen.record else ()
        return tuple(self._report(step, "done" if step.outcome == "pending" else step.outcome) for step in steps)

    async def observe(self, watch: Watch) -> Observation:
        """See the port."""
        wish = self._interface.read_wish(watch.step, watch.content["wish"])
        pieces: Pieces = watch.content["pieces"]
        return await self._interface.observe(wish, pieces, max(0.0, time.time() - watch.content["since"]))

    async def conclude(self, intent: Intent, end: Conclusion) -> Conclusion:
        """See the port."""
        return await self._store.commit(Conclude(self._interface, intent, end))

    def _tasks(self, planned: IntentPlanned) -> list[Task[WishT]]:
        steps = [step for step in planned.plan.steps if step.target is self._interface.target]
        if not steps:
            raise Rejected("malformed_plan", f"the plan has no step for {self._interface.target}")
        return [Task(step.name, self._interface.read_wish(step.name, step.content), step.undo) for step in steps]

    async def _begin(
        self,
        intent: Intent,
        planned: IntentPlanned,
        tasks: Sequence[Task[WishT]],
        heads: Sequence[Heads],
        *,
        is_preview: bool = False,
    ) -> Seen:
        for _ in range(_ATTEMPTS):
            found = [await self._interface.read(task.wish) for task in tasks]
            _require_apart(tasks, found)
            known = list(zip(heads, found, strict=True))
            begin = Begin(self._interface, intent, planned.plan.digest, tasks, known, is_preview)
            record = await self._store.commit(begin)
            if record is not None:
                self._passed("begun")
                return Seen(record, {}, ())
            seen = await self._store.commit(Look(self._interface, intent, tuple(task.wish for task in tasks)))
            heads = seen.heads
        raise self._busy()

    async def _begin_undo(self, intent: Intent, original: str) -> Seen:
        for _ in range(_ATTEMPTS):
            steps = await self._store.commit(LookAtDone(self._interface, intent, original))
            if steps is None:
                message = f"intent {original} was never carried out over {self._interface.target}: nothing to undo"
                raise NothingToUndo(message)
            wishes = [self._interface.read_wish(step.step, step.content) for step in steps]
            written = zip(wishes, steps, strict=True)
            found = [await self._interface.read_back(wish, step.after) for wish, step in written]
            record = await self._store.commit(BeginUndo(self._interface, intent, original, steps, found))
            if record is not None:
                self._passed("begun")
                return Seen(record, {}, ())
        raise self._busy()

    async def _resume(self, intent: Intent, expectations: Sequence[Expectation], seen: Seen) -> Carried:
        """Makes the record's pending steps so, and ends them."""
        record = seen.record
        if record is None:
            raise self._busy()
        is_repeated = not record.is_pending
        for at, step in enumerate(record.steps):
            if step.outcome != "pending":
                continue
            lost = seen.lost.get(at, {})
            try:
                await self._write(step, {key: piece for key, piece in step.after.items() if key not in lost})
            except (Declined, Failed) as refusal:
                await self._take_back(intent, record, at, refusal)
            self._passed("written")
        ended, revision = await self._end(intent)
        self._passed("ended")
        if ended.refusal is not None and ended.undone_by is None:
            raise Failed("partly_done", ended.refusal)
        if ended.ended is not None:
            ended.ended.require_deployed()
        outcomes = [
            "already_done" if is_repeated and step.outcome != "superseded" else step.outcome for step in ended.steps
        ]
        deployed = IntentDeployed(
            expectations=tuple(expectations),
            results=tuple(map(self._report, ended.steps, outcomes)),
            revision=revision,
        )
        return Carried(deployed, is_unchanged=ended.is_unchanged, watches=self._watches(ended))

    async def _take_back(self, intent: Intent, record: Record, at: int, refusal: Declined | Failed) -> None:
        """Puts back what a refused step may have done in part, and enters the refusal. Raises: the verdict."""
        step = record.steps[at]
        await self._write(step, {key: _before(step, key) for key in step.after})
        self._passed("taken back")
        done = [each.step for each in record.steps[:at] if each.outcome in ("pending", "done")]
        if not done:
            await self._end(intent, refused=at)
            raise refusal
        message = f"done and not undone: {', '.join(done)}. Then {step.step} was refused: {refusal.message}"
        await self._end(intent, refused=at, refusal=message)
        raise Failed("partly_done", message) from refusal

    async def _end(
        self, intent: Intent, refused: int | None = None, refusal: str | None = None
    ) -> tuple[Record, str | None]:
        """Ends the record's pending steps, once what newer intents want instead of them has been put back."""
        put_back: Lost = {}
        for _ in range(_ATTEMPTS):
            finish = Finish(self._interface, intent, put_back, refused, refusal)
            record, lost, revision = await self._store.commit(finish)
            if not record.is_pending:
                return record, revision
            for at, pieces in lost.items():
                await self._write(record.steps[at], pieces)
                self._passed("put back")
            put_back = lost
        raise self._busy()

    async def _write(self, step: StepEntry, pieces: dict[str, Piece] | Pieces) -> None:
        if not pieces:
            return
        if not self._may_act():
            message = "this worker may no longer act: its session may be over, and another worker carries on"
            raise Retryable(message, dependency="kafka", delay_seconds=1, was_tried=False)
        await self._interface.write(self._interface.read_wish(step.step, step.content), pieces)

    def _watches(self, record: Record) -> tuple[Watch, ...]:
        if record.ended is not None:
            return ()
        steps = [step for step in record.steps if step.outcome in ("done", "unchanged")]
        wishes = [(step, self._interface.read_wish(step.step, step.content)) for step in steps]
        return tuple(
            Watch(
                target=self._interface.target,
                step=step.step,
                content={"wish": step.content, "pieces": step.after, "since": time.time()},
                within_seconds=seconds,
            )
            for step, wish in wishes
            if (seconds := self._interface.watch_seconds(wish)) is not None
        )

    def _report(self, step: StepEntry, outcome: Any) -> StepResult:
        wish = self._interface.read_wish(step.step, step.content)
        return StepResult(
            step=step.step,
            outcome=outcome,
            before={name: held.model_dump() for name, held in self._interface.values(wish, step.before).items()},
            after={name: held.model_dump() for name, held in self._interface.values(wish, step.after).items()},
        )

    def _busy(self) -> Retryable:
        message = f"others keep changing the same object over {self._interface.target}"
        return Retryable(message, dependency=str(self._interface.target), delay_seconds=1)


def _before(step: StepEntry, key: str) -> Piece:
    """What a refused step gives way to: what an intent still pending wanted, else what was there."""
    previous = step.previous.get(key)
    return previous.after if previous is not None and previous.phase == "pending" else step.before[key]


def _require_apart(tasks: Sequence[Task[WishT]], found: Sequence[Pieces]) -> None:
    """Two steps of a plan that set the same would each be undone by the other."""
    keys = [(task.wish.place, key) for task, pieces in zip(tasks, found, strict=True) for key in pieces]
    if len(keys) != len(set(keys)):
        raise Rejected("malformed_plan", "two steps of the plan set the same thing")
