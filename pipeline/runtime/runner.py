"""What every stage gets: decoding, retries, and results acknowledged before the source's offset may be committed."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import structlog
from opentelemetry import trace

from agents.domain.verdicts import Declined, Failed, Fatal, Rejected, Retryable, TimedOut
from pipeline.control.retry import with_retries
from pipeline.control.stage_control import StageControl
from pipeline.kafka.acknowledgement import Acknowledged, Refused, all_of, in_turn, in_turn_or_else, or_else
from pipeline.kafka.dead_letters import Cause, Kept, dead_letter
from pipeline.kafka.records import UNREAD, Outgoing, Record, has_readable_names
from pipeline.kafka.signed_events import EventWriter, UnknownVersion
from pipeline.kafka.stage import Agent, AlreadySettled, Emission, RecordReader, Stage
from pipeline.telemetry.logs import event_in_hand
from pipeline.telemetry.metrics import Metrics
from pipeline.telemetry.stage_meter import StageMeter
from pipeline.telemetry.tracing import mark_failed, processing, sending, trace_headers
from schemas.bodies import IntentDeployed, Priority
from schemas.body import Body
from schemas.envelope import Intent
from schemas.status import ANSWERS, IntentStatus, State
from schemas.topics import STATUS

log = structlog.get_logger()
TEXT_IN_STATUS_CHARACTERS = 200
LONGEST_ANSWER_CHARACTERS = 16_000
"""Of a message or question: a status that outgrows its topic would stop the worker, again after every start."""
PAUSE_LOG_SECONDS = 60.0

Publish = Callable[[Sequence[Outgoing]], Acknowledged]
"""Sends records; what it returns ends once the broker has every one."""


class _FirstAnswer(NamedTuple):
    """What the metrics count of an intent: the figures that its status tells."""

    state: State
    priority: Priority
    seconds: float


class _Telling(NamedTuple):
    """A status, and its intent."""

    intent: Intent
    status: IntentStatus


@dataclass(slots=True)
class _Passage:
    """One record on its way through the stage. `answer` is the intent's first answer, where this is it;
    `ended_otherwise` the outcome and reason if the broker did not accept the result."""

    record: Record
    began: float = field(default_factory=time.perf_counter)
    first_failed_at: datetime | None = None
    attempts: int = 1
    intent: Intent | None = None
    answer: _FirstAnswer | None = None
    ended_otherwise: tuple[str, str] | None = None
    pending: list[Acknowledged] = field(default_factory=list)

    @property
    def named(self) -> Intent:
        """The intent of an event that has an outcome, which only an identified one can have."""
        if self.intent is None:
            raise Fatal(f"{self.record.place} was judged before it was identified")
        return self.intent


class StageRunner:
    """Carries records through one stage. What `process` returns ends when the offset may be committed, never before."""

    def __init__(
        self,
        stage: Stage[Any],
        agent: Agent,
        reader: RecordReader,
        writer: EventWriter,
        publish: Publish,
        metrics: Metrics,
        controls: StageControl | None = None,
    ) -> None:
        self.stage = stage
        self.controls = controls or StageControl()
        self._agent = agent
        self._reader = reader
        self._writer = writer
        self._publish = publish
        self._meter = StageMeter(metrics, stage.name)

    async def process(self, record: Record) -> Acknowledged:
        """Do the work on a record; what is returned ends once everything that follows from it is acknowledged.

        Both raise only what must stop the worker: Fatal, or a broker that accepts nothing.
        """
        await self.controls.pause.until_over()
        passage = _Passage(record)
        if not self.stage.waits:
            self._meter.begun(max(0.0, time.time() - record.timestamp_ms / 1_000))
        event_in_hand(stage=self.stage.name)
        with processing(self.stage, record) as span:
            outcome, reason = await self._judge(passage)
            if outcome in ("failed", "timed_out", "dead_lettered"):
                mark_failed(span, reason)
            acknowledged = all_of(passage.pending)
            acknowledged.add_done_callback(lambda done: self._end(done, passage, outcome, reason))
        return acknowledged

    def _end(self, acknowledged: Acknowledged, passage: _Passage, outcome: str, reason: str) -> None:
        """All is acknowledged, or the worker is about to stop."""
        if acknowledged.cancelled() or acknowledged.exception():
            return
        outcome, reason = passage.ended_otherwise or (outcome, reason)
        seconds = time.perf_counter() - passage.began
        self._meter.ended(outcome, reason, None if self.stage.waits else seconds)
        if outcome != "dead_lettered":
            self.controls.brake.went_well()
        if passage.answer:
            self._meter.answered(*passage.answer)
        say = log.info if outcome in ANSWERS else log.debug
        say("event handled", record=passage.record.place, outcome=outcome, reason=reason, seconds=round(seconds, 4))

    async def _judge(self, passage: _Passage) -> tuple[str, str]:
        """The outcome and its reason, once everything that follows from it is on its way."""
        try:
            emission = await with_retries(
                lambda: self._attempt(passage),
                self.stage.retry_seconds,
                lambda error: self._count_retry(passage, error),
                self.controls.holds,
            )
        except AlreadySettled as settled:
            log.info("nothing left to do", record=passage.record.place, why=str(settled))
            return settled.outcome, ""
        except Declined as declined:
            await self._decline(passage, declined)
            return "declined", str(declined.reason)
        except Failed as failed:
            state = State.TIMED_OUT if isinstance(failed, TimedOut) else State.FAILED
            await self._fail(passage, state, failed)
            return str(state), failed.reason
        except Rejected as rejected:
            self._reject(passage, rejected)
            if self.stage.clears is self.stage.reads and passage.intent is not None:
                await self._clear(passage)
            return "dead_lettered", rejected.reason
        await self._emit(passage, emission)
        return str(emission.state), ""

    async def _attempt(self, passage: _Passage) -> Emission:
        require_readable(passage.record)
        passage.intent = intent = await self._reader.identify(passage.record)
        event_in_hand(stage=self.stage.name, intent_id=intent.id)
        trace.get_current_span().set_attribute("nephoran.intent.id", intent.id)
        try:
            body, intent = self._reader.read(passage.record, intent)
        except UnknownVersion as unknown:
            await self._pause(str(unknown))
            raise
        passage.intent = intent
        if self.stage.begins and not passage.pending:
            status = self._status(intent, self.stage.begins, text=getattr(body, "intent", None))
            passage.pending.append(self._tell(status))
        return self.stage.route(intent, await self._agent(body, intent))

    async def _pause(self, why: str) -> None:
        """Hold the record for a newer worker: nothing is wrong with it, so it is neither committed nor
        dead-lettered."""
        self.controls.pause.begin("version", why)
        while True:
            log.error("stage paused: start a worker of the newer version, then stop this one", why=why)
            await asyncio.sleep(PAUSE_LOG_SECONDS)

    def _count_retry(self, passage: _Passage, error: BaseException) -> None:
        passage.attempts += 1
        passage.first_failed_at = passage.first_failed_at or datetime.now(UTC)
        dependency = error.dependency if isinstance(error, Retryable) else "internal_error"
        self._meter.retried(dependency)
        log.warning("trying again", record=passage.record.place, attempt=passage.attempts, why=str(error))

    async def _emit(self, passage: _Passage, emission: Emission) -> None:
        intent = passage.named
        status = self._answer(
            passage,
            intent,
            emission.state,
            text=emission.text,
            message=emission.message,
            plan_digest=emission.plan_digest,
            revision=emission.body.revision if isinstance(emission.body, IntentDeployed) else None,
        )
        statuses = [status, *self._flags(intent, emission)]
        with sending(emission.topic.name) as until:
            sent = self._send(intent, emission, emission.body)
            until(sent)
        passage.pending.append(
            in_turn_or_else(
                sent,
                lambda: all_of([self._tell(each) for each in statuses]),
                lambda refused: self._refused(passage, refused),
            )
        )
        await self._clear(passage, unless=emission.topic.name)
        if emission.state == State.DEPLOYED:
            self._meter.carried_out(is_failed=False)

    def _send(self, intent: Intent, emission: Emission, body: Body) -> Acknowledged:
        """The result. If the broker refuses the whole of it, a summary says what was carried out."""
        result = self._writer.write(emission.topic.name, emission.key, intent, body, trace_headers())
        sent = self._publish([result])
        if isinstance(body, IntentDeployed) and body.results:
            shorter = body.model_copy(update={"results": (), "expectations": ()})
            return or_else(sent, lambda refused: self._send(intent, emission, shorter))
        return sent

    def _refused(self, passage: _Passage, refused: Refused) -> Acknowledged:
        """The result does not fit into its topic: the record goes to the dead letters instead."""
        passage.answer = None
        passage.ended_otherwise = ("dead_lettered", "result_too_large")
        return self._bury(passage, Rejected("result_too_large", str(refused)))

    def _flags(self, intent: Intent, emission: Emission) -> list[_Telling]:
        """The status of the intent that was rolled back."""
        if emission.rolled_back is None:
            return []
        message = f"rolled back by intent {intent.id}"
        return [self._status(emission.rolled_back, State.ROLLED_BACK, message=message)]

    async def _decline(self, passage: _Passage, declined: Declined) -> None:
        answer = {"reason": str(declined.reason), "message": declined.message, "question": declined.question}
        passage.pending.append(self._tell(self._answer(passage, passage.named, State.DECLINED, **answer)))
        await self._clear(passage)

    async def _fail(self, passage: _Passage, state: State, failed: Failed) -> None:
        answer = {"reason": failed.reason, "message": failed.message}
        status = self._answer(passage, passage.named, state, **answer)
        passage.pending.append(self._tell(status))
        await self._clear(passage)
        self._meter.carried_out(is_failed=True)
        self._meter.owed(failed.reason)

    def _reject(self, passage: _Passage, rejected: Rejected) -> None:
        passage.pending.append(self._bury(passage, rejected))

    def _bury(self, passage: _Passage, rejected: Rejected) -> Acknowledged:
        """The record to the dead letters, then a status for its requester."""
        intent = passage.intent or self._reader.anonymous(passage.record)
        cause = Cause(
            stage=self.stage.name,
            group=self.stage.group,
            reason=rejected.reason,
            message=rejected.message,
            attempts=passage.attempts,
            first_failed_at=passage.first_failed_at or datetime.now(UTC),
            error=rejected.__cause__,
        )
        sent = self._send_letter(passage.record, cause, intent, Kept.ALL)
        if intent is not None and rejected.reason != "id_reused":  # its answer is that of the intent that came first
            answer = {"reason": rejected.reason, "message": rejected.message}
            status = self._answer(passage, intent, State.DEAD_LETTERED, **answer)
            sent = in_turn(sent, lambda: self._tell(status))
            self._meter.owed(rejected.reason)
        self._meter.dead_lettered(rejected.reason)
        self.controls.brake.dead_lettered(rejected.reason, rejected.__cause__)
        log.error("dead-lettered", record=passage.record.place, reason=rejected.reason, why=rejected.message)
        return sent

    def _send_letter(self, record: Record, cause: Cause, intent: Intent | None, kept: Kept) -> Acknowledged:
        sent = self._publish([dead_letter(record, cause, intent, self._writer, kept)])
        if kept is Kept.NOTHING:
            return or_else(sent, lambda refused: self._gave_up(record.place, refused))
        return or_else(sent, lambda refused: self._send_letter(record, cause, intent, Kept(kept - 1)))

    def _gave_up(self, what: str, refused: Refused) -> Acknowledged:
        """Nothing smaller is left. The stage carries on: this record is reported only in the log."""
        log.error("not published: the broker accepts not even the smallest form of it", what=what, why=str(refused))
        return all_of([])

    async def _clear(self, passage: _Passage, unless: str | None = None) -> None:
        """Tombstone what the stage clears, once the outcome is acknowledged."""
        if self.stage.clears and self.stage.clears.name != unless:
            await all_of(passage.pending)
            if passage.ended_otherwise:
                return
            tombstone = self._writer.tombstone(self.stage.clears.name, passage.named)
            passage.pending.append(self._publish([tombstone]))

    def _answer(self, passage: _Passage, intent: Intent, state: State, **details: str | None) -> _Telling:
        """The status of a result. The first answer is counted once it is acknowledged, with its latency."""
        seconds = None
        if self._is_first_answer(intent, state):
            seconds = max(0.0, time.time() - intent.received_ms / 1_000)
            passage.answer = _FirstAnswer(state, intent.priority, seconds)
        return self._status(intent, state, seconds, **details)

    def _status(
        self, intent: Intent, state: State, latency_seconds: float | None = None, **details: str | None
    ) -> _Telling:
        text = details.pop("text", None)
        status = IntentStatus(
            intent_id=intent.id,
            state=state,
            generation=intent.generation,
            stage=self.stage.name,
            at=datetime.now(UTC),
            producer_id=intent.producer_id,
            order=str(intent.order),
            digest=intent.digest,
            text=text[:TEXT_IN_STATUS_CHARACTERS] if text else None,
            latency_seconds=latency_seconds,
            dry_run=intent.is_dry_run or None,
            **{name: answer and answer[:LONGEST_ANSWER_CHARACTERS] for name, answer in details.items()},
        )
        return _Telling(intent, status)

    def _tell(self, telling: _Telling) -> Acknowledged:
        """A status; if it is refused, without its words."""
        intent, status = telling
        record = self._writer.write(STATUS.name, intent.id, intent, status, trace_headers())
        return or_else(self._publish([record]), lambda refused: self._tell_less(telling, refused))

    def _tell_less(self, telling: _Telling, refused: Refused) -> Acknowledged:
        intent, status = telling
        wordless = status.model_copy(update={"text": None, "message": None, "question": None})
        if status == wordless:
            return self._gave_up(f"{status.state} of {intent.id}", refused)
        return self._tell(_Telling(intent, wordless))

    def _is_first_answer(self, intent: Intent, state: State) -> bool:
        """False for dry runs, for what people have handled since (approvals, replays of dead letters), and for what was
        answered when the waiting began."""
        is_new = intent.generation == 0 and intent.order.append_ms == intent.received_ms
        is_of_people = self.stage.name == "approve" or self.stage.waits
        return state in ANSWERS and is_new and not intent.is_dry_run and not is_of_people


def require_readable(record: Record) -> None:
    """Raises: Rejected where the record as fetched cannot be read at all."""
    if size := record.header(UNREAD):
        told = size.decode(errors="replace")[:20]
        raise Rejected("too_large", f"{record.place} unpacks to at least {told} bytes, and is left where it is")
    if not has_readable_names(record):
        raise Rejected("bad_headers", f"a header of {record.place} has a name that is not UTF-8")
