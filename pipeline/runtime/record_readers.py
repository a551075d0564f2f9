"""How a stage reads the records of its topic: requests from anybody, events from stages, decisions from operators."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from agents.approve import Decided, RollbackAsked
from agents.domain.verdicts import Rejected
from pipeline.kafka.claims import Claims, OnForeign, nobody
from pipeline.kafka.received_requests import anonymous_request, identify_request, read_request
from pipeline.kafka.records import Record, named_header
from pipeline.kafka.settings import KafkaSettings
from pipeline.kafka.signed_events import EventReader
from pipeline.kafka.stage import AlreadySettled
from pipeline.kafka.topic_views import TopicView
from pipeline.runtime.decisions import Decisions, First
from pipeline.runtime.expiry import Expiry
from pipeline.runtime.overdue import Overdue
from pipeline.runtime.proposals import Proposal, Proposals
from pipeline.runtime.received_ids import ReceivedIds, look_back_ms
from pipeline.runtime.watched import SharedCatchUp, Watched
from pipeline.telemetry.metrics import Metrics
from schemas.bodies import Decision, IntentObserving, IntentPlanned, Rollback, RollbackPlanned, Verdict
from schemas.body import Body
from schemas.envelope import Intent, Order
from schemas.topics import DECISIONS, PROPOSED, STATUS, Topic


@dataclass(frozen=True, slots=True)
class ReaderContext:
    """What a worker offers its record readers.

    `follow` starts a view of a topic and keeps it until the worker ends, `follow_from_behind` without waiting until it
    has caught up. So does `follow_claims`, for compacted topics, which refuses records that it cannot verify.
    `on_foreign` restores what was overwritten. `expiry` starts watching proposals.
    """

    events: EventReader
    kafka: KafkaSettings
    metrics: Metrics
    follow: Callable[[TopicView], Awaitable[TopicView]]
    follow_from_behind: Callable[[TopicView], Awaitable[TopicView]]
    follow_claims: Callable[[TopicView, Claims], Awaitable[TopicView]]
    on_foreign: OnForeign = nobody
    expiry: Callable[[Proposals], Expiry] | None = None
    overdue_seconds: float = 900.0


async def read_requests(context: ReaderContext, topic: Topic) -> "RequestReader":
    """A reader that knows every identity received so far."""
    received = ReceivedIds(context.events, context.metrics.unverified.labels(STATUS.name).inc)
    overdue = Overdue(context.overdue_seconds)
    context.metrics.overdue.set_function(overdue.count)

    def take(record: Record) -> None:
        received.take(record)
        overdue.take(record)

    view = await context.follow_from_behind(TopicView(STATUS.name, context.kafka, take, look_back_ms(), in_bulk=True))
    received.read_with(view.catch_up())
    return RequestReader(context.events, received)


async def read_events(context: ReaderContext, topic: Topic) -> "StageEventReader":
    """A reader of what the stage before wrote."""
    if topic.body is None:
        raise TypeError(f"the topic {topic.name} has no body that a stage could read")
    return StageEventReader(context.events, topic.name, topic.body)


async def read_plans(context: ReaderContext, topic: Topic) -> "PlanReader":
    """A reader of what deploy carries out."""
    return PlanReader(context.events, topic.name, IntentPlanned)


async def read_decisions(context: ReaderContext, topic: Topic) -> "DecisionReader":
    """A reader that joins each decision with its proposal."""
    decisions = Decisions(context.events)
    decided = await context.follow(TopicView(DECISIONS.name, context.kafka, decisions.take))
    proposals = Proposals(context.events, decisions.is_decided, context.on_foreign)
    proposed = TopicView(PROPOSED.name, context.kafka, proposals.take)
    await context.follow_claims(proposed, proposals.claims)
    expiry = context.expiry(proposals) if context.expiry else None
    context.metrics.proposals.set_function(lambda: len(proposals))

    async def catch_up() -> None:
        with context.metrics.db_seconds.labels("state", "catch_up").time():
            await proposed.catch_up()  # a proposal was written before its decision: so is it read
            await decided.catch_up()

    waited = context.metrics.waiting_seconds.labels("approval").observe
    has_expired = expiry.has_expired if expiry else lambda proposal, at_ms: False
    return DecisionReader(context.events, topic.name, proposals, decisions, catch_up, waited, has_expired)


async def read_watches(context: ReaderContext, topic: Topic) -> "WatchReader":
    """A reader that knows which watches are over."""
    watched = Watched(context.events)
    view = await context.follow(TopicView(topic.name, context.kafka, watched.take))
    context.metrics.observations.set_function(lambda: len(watched))
    return WatchReader(context.events, topic.name, watched, SharedCatchUp(view.catch_up))


class RequestReader:
    """Requests of `intents.received`. One whose identity was seen with the same bytes is a duplicate."""

    def __init__(self, reader: EventReader, received: ReceivedIds) -> None:
        self._reader = reader
        self._received = received

    def anonymous(self, record: Record) -> Intent | None:
        """A request that cannot be identified still gets an answer."""
        return anonymous_request(record)

    async def identify(self, record: Record) -> Intent:
        """Raises: Rejected `bad_headers`, `unverified`, `id_reused`; AlreadySettled for a duplicate."""
        intent = identify_request(record, self._reader)
        await self._received.until_read(intent)
        first = self._received.first(intent)
        if first is None or first.order == str(intent.order):
            return intent
        if first.digest == intent.digest:
            raise AlreadySettled("duplicate", f"intent {intent.id} was received before, at {first.order}")
        raise Rejected(
            "id_reused",
            f"{record.place} has the id of intent {intent.id} ({intent.producer_id}), received at {first.order}, and "
            "other bytes. Give every new intent a ce_id of its own and publish it again.",
        )

    def read(self, record: Record, intent: Intent) -> tuple[object, Intent]:
        """The request, and the intent with its priority and whether it is meant."""
        request = read_request(record)
        return request, replace(intent, priority=request.priority, is_dry_run=request.dry_run)


class StageEventReader:
    """Events that another stage wrote."""

    def __init__(self, reader: EventReader, topic: str, kind: type[Body]) -> None:
        self._reader = reader
        self._topic = topic
        self._kind = kind

    def anonymous(self, record: Record) -> Intent | None:
        """An event without a valid signature names nobody to answer."""
        return None

    async def identify(self, record: Record) -> Intent:
        """Raises: Rejected `bad_headers`, `unverified`."""
        return self._reader.lineage(self._topic, record)

    def read(self, record: Record, intent: Intent) -> tuple[object, Intent]:
        """Raises: UnknownVersion, Rejected `wrong_types`."""
        return self._reader.body(record, self._kind), intent


class PlanReader(StageEventReader):
    """Plans to carry out, and intents to roll back."""

    def read(self, record: Record, intent: Intent) -> tuple[object, Intent]:
        """Raises: UnknownVersion, Rejected `wrong_types`."""
        kind = RollbackPlanned if self._reader.is_a(record, RollbackPlanned) else IntentPlanned
        return self._reader.body(record, kind), intent


class WatchReader(StageEventReader):
    """Watches. The whole topic is read again with each assignment: only watches that still hold are passed on."""

    def __init__(self, reader: EventReader, topic: str, watched: Watched, catch_up: SharedCatchUp) -> None:
        super().__init__(reader, topic, IntentObserving)
        self._watched = watched
        self._catch_up = catch_up

    async def identify(self, record: Record) -> Intent:
        """Raises: AlreadySettled for a tombstone, for what is over or replaced, and for what no stage wrote."""
        if record.value is None:
            raise AlreadySettled("over", "a watch that has ended")
        await self._catch_up()
        try:
            intent = await super().identify(record)
        except Rejected as rejected:  # logged when first read; a dead letter at each assignment would be too many
            raise AlreadySettled("unverified", rejected.message) from rejected
        if not self._watched.holds(intent.id, record):
            raise AlreadySettled("over", f"the watch over intent {intent.id} has ended, or a newer one holds")
        return intent


class DecisionReader:
    """Decisions of people, joined with the proposals they decide, and rollbacks. The first decision by offset wins.

    `on_decision` hears how many seconds each proposal had waited.
    """

    def __init__(
        self,
        reader: EventReader,
        topic: str,
        proposals: Proposals,
        decisions: Decisions,
        catch_up: Callable[[], Awaitable[None]],
        on_decision: Callable[[float], object],
        has_expired: Callable[[Proposal, int], bool] = lambda proposal, at_ms: False,
    ) -> None:
        self._reader = reader
        self._topic = topic
        self._proposals = proposals
        self._decisions = decisions
        self._catch_up = catch_up
        self._on_decision = on_decision
        self._has_expired = has_expired

    def anonymous(self, record: Record) -> Intent | None:
        """A decision that cannot be read leaves its proposal waiting."""
        return None

    async def identify(self, record: Record) -> Intent:
        """The intent of the proposal, in the order that the decision gives it. Raises: Rejected, AlreadySettled."""
        decided = self._reader.lineage(self._topic, record)
        place = Order(record.ordered_ms, record.partition, record.offset)
        if self._reader.is_a(record, Rollback):
            generation = self._reader.body(record, Rollback).generation
            return replace(decided.rollback(), order=place, received_ms=record.ordered_ms, generation=generation)
        await self._catch_up()
        first = self._decisions.first(decided) or First(place, named_header(record, "ce_id"))
        if first.event_id != named_header(record, "ce_id"):
            raise AlreadySettled("already_decided", f"intent {decided.id} was decided on before, at {first.order}")
        return self._proposal_of(decided).intent.reordered(first.order)

    def _proposal_of(self, decided: Intent) -> Proposal:
        """What this decision was made on. Raises: AlreadySettled where that has been decided, or proposed again."""
        proposal = self._proposals.get(decided.id)
        if proposal is None or (proposal.intent.generation, proposal.intent.order) != (
            decided.generation,
            decided.order,
        ):
            raise AlreadySettled("already_decided", f"this proposal of intent {decided.id} waits for no decision")
        return proposal

    def read(self, record: Record, intent: Intent) -> tuple[object, Intent]:
        """The decision with the plan it decides, or the intent to roll back."""
        if self._reader.is_a(record, Rollback):
            original = self._reader.lineage(self._topic, record).named()
            return RollbackAsked(original, self._reader.body(record, Rollback)), intent
        decision = self._reader.body(record, Decision)
        proposal = self._proposal_of(self._reader.lineage(self._topic, record))
        if decision.verdict is Verdict.APPROVE and self._has_expired(proposal, record.timestamp_ms):
            decision = decision.model_copy(update={"verdict": Verdict.EXPIRE})
        self._on_decision(max(0.0, (record.timestamp_ms - proposal.proposed_ms) / 1_000))
        return Decided(proposal=proposal.planned, decision=decision), intent
