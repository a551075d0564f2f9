"""The first decision on a proposal is the one that counts, whatever is redelivered, put back or proposed anew."""

import asyncio
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.approve import Decided
from pipeline.kafka.records import Outgoing, Record
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventReader, EventWriter
from pipeline.kafka.stage import AlreadySettled
from pipeline.runtime.decisions import Decisions
from pipeline.runtime.expiry import ApprovalSettings, Expiry
from pipeline.runtime.proposals import Proposals
from pipeline.runtime.record_readers import DecisionReader
from schemas.bodies import Decision, IntentPlanned, Plan, Risk, Verdict
from schemas.envelope import Intent, Order
from schemas.topics import DECISIONS, PROPOSED

KEYRING = Keyring((b"the key of this test",))
READER, WRITER = EventReader(KEYRING), EventWriter(KEYRING, "nephoran/test")
INTENT = Intent("7b0f6a52-6f1b-5a86-a0bb-0c5f3c1f1d11", Order(1_000, 0, 0), 0, "d" * 64, 1_000)
NOW_MS = round(datetime.now(UTC).timestamp() * 1_000)


def planned(digest: str) -> IntentPlanned:
    plan = Plan(steps=(), risk=Risk.LOW, resources={}, knowledge_digest="k", digest=digest)
    return IntentPlanned(text="a wish", expectations=(), plan=plan)


class World:
    """Two logs, and whoever reads them from the beginning."""

    def __init__(self) -> None:
        self.proposed: list[Record] = []
        self.decided: list[Record] = []

    def append(self, log: list[Record], sent: Outgoing) -> None:
        log.append(Record(sent.topic, 0, len(log), NOW_MS + len(log), sent.key, sent.value, sent.headers))

    def propose(self, digest: str) -> None:
        self.append(self.proposed, WRITER.write(PROPOSED.name, INTENT.id, INTENT, planned(digest)))

    def decide(self, verdict: Verdict, digest: str) -> None:
        said = Decision(verdict=verdict, plan_digest=digest, decided_by="hanna", decided_at=datetime.now(UTC))
        self.append(self.decided, WRITER.write(DECISIONS.name, INTENT.id, INTENT, said))

    def put_back(self, log: list[Record], number: int) -> None:
        if log:
            old = log[number % len(log)]
            self.append(log, Outgoing(old.topic, old.key, old.value, old.headers))

    def acted_on(self, seen: int) -> list[tuple[str, Verdict, Order]]:
        """What a worker makes of the first so many decisions, where it starts with everything there is by then."""
        decisions = Decisions(READER)
        proposals = Proposals(READER, decisions.is_decided)
        for record in self.proposed:
            proposals.take(record)
        for record in self.decided:
            decisions.take(record)

        async def catch_up() -> None: ...

        reader = DecisionReader(READER, DECISIONS.name, proposals, decisions, catch_up, lambda seconds: None)
        found = []
        for record in self.decided[:seen]:
            try:
                intent = asyncio.run(reader.identify(record))
                body, intent = reader.read(record, intent)
            except AlreadySettled:
                continue
            assert isinstance(body, Decided)
            found.append((record.headers[1][1] or b"", body.decision.verdict, intent.order))
        return [(event_id.decode(), verdict, order) for event_id, verdict, order in found]


moves = st.lists(
    st.one_of(
        st.tuples(st.just("propose"), st.sampled_from(["a", "b"])),
        st.tuples(st.just("decide"), st.tuples(st.sampled_from([Verdict.APPROVE, Verdict.DECLINE]), st.just("a"))),
        st.tuples(st.just("put back a proposal"), st.integers(0, 9)),
        st.tuples(st.just("put back a decision"), st.integers(0, 9)),
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, max_examples=150)
@given(moves)
def test_one_decision_counts_and_the_same_at_every_restart(moves: list[tuple[str, object]]) -> None:
    world = World()
    world.propose("a")
    verdicts: set[tuple[str, Verdict, Order]] = set()
    for move, how in moves:
        match move, how:
            case "propose", str(digest):
                world.propose(digest)
            case "decide", (Verdict() as verdict, str(digest)):
                world.decide(verdict, digest)
            case "put back a proposal", int(number):
                world.put_back(world.proposed, number)
            case "put back a decision", int(number):
                world.put_back(world.decided, number)
        verdicts.update(world.acted_on(len(world.decided)))
    assert len(verdicts) <= 1
    if world.decided:
        ((_, verdict, order),) = verdicts
        first = world.decided[0]
        assert order == Order(first.timestamp_ms, first.partition, first.offset)
        assert verdict == READER.body(first, Decision).verdict


def test_the_first_in_the_log_stays_the_first_though_the_clock_of_the_broker_goes_back() -> None:
    world, decisions = World(), Decisions(READER)
    world.propose("a")
    world.decide(Verdict.DECLINE, "a")
    world.decide(Verdict.APPROVE, "a")
    decisions.take(world.decided[0])
    decisions.take(world.decided[1]._replace(timestamp_ms=NOW_MS - 60_000))
    first = decisions.first(INTENT)
    assert first is not None
    assert first.order.offset == 0


def test_what_is_decided_waits_no_more_though_it_is_proposed_anew() -> None:
    world, decisions = World(), Decisions(READER)
    proposals = Proposals(READER, decisions.is_decided)
    world.propose("a")
    proposals.take(world.proposed[0])
    assert len(proposals) == 1
    world.decide(Verdict.DECLINE, "a")
    decisions.take(world.decided[0])
    world.propose("b")
    proposals.take(world.proposed[1])
    assert proposals.all() == []


def test_a_proposal_of_last_week_expires_and_cannot_be_made_young_by_putting_it_back() -> None:
    world, proposals = World(), Proposals(READER)
    world.propose("a")
    later = world.proposed[0]._replace(timestamp_ms=NOW_MS + 8 * 86_400_000, offset=7)
    proposals.take(later)

    async def publish(records: list[Outgoing]) -> None: ...

    expiry = Expiry(proposals, WRITER, publish, ApprovalSettings())
    (proposal,) = proposals.all()
    assert not expiry.has_expired(proposal, NOW_MS + 6 * 86_400_000)
    assert expiry.has_expired(proposal, later.timestamp_ms)
