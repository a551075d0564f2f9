"""When a pipeline counts as drained, and when it never will be."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.control.control_topic import ControlTopic
from pipeline.flow import FLOW
from pipeline.kafka.lag import PartitionLag
from pipeline.kafka.not_usable import NotPossible
from pipeline.kafka.records import Record
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventReader, EventWriter
from pipeline.operations import drain
from pipeline.operations.drain import DrainWatch, paused_for
from pipeline.operations.status_overview import StatusOverview
from pipeline.telemetry.lag import StageLag, Verdict
from schemas.control import StageOrder
from schemas.envelope import Intent, Order
from schemas.status import IntentStatus, State
from schemas.topics import CONTROL, STATUS

KEYRING = Keyring((b"the key of this test",))
WRITER = EventWriter(KEYRING, "nephoran/parse")


class Pipeline:
    """What a draining sees: `waiting` records before each stage, `committed` offsets, workers in all of `staffed`."""

    def __init__(self, stage: str | None = None) -> None:
        self.now = 0.0
        self.waiting: dict[str, int] = {}
        self.staffed = {each.name for each in FLOW}
        self.committed = 10
        self.overview = StatusOverview(EventReader(KEYRING))
        self.control = ControlTopic(EventReader(KEYRING))
        self._watch = DrainWatch(stage, paused_for(stage), self.overview, self.control, lambda: self.now)

    def look(self, after: float = drain.QUIET_SECONDS) -> drain.Progress:
        self.now += after
        return self._watch.judge([self._lag(each.name, each.reads.name) for each in FLOW])

    def _lag(self, name: str, topic: str) -> StageLag:
        records = self.waiting.get(name, 0)
        partition = PartitionLag(0, self.committed, self.committed + records, records, 0.0)
        return StageLag(name, topic, Verdict.OK, "", records, 0.0, int(name in self.staffed), (partition,))

    def begins(self, state: State, seconds_ago: float) -> None:
        intent = Intent("00000000-0000-5000-8000-000000000001", Order(1, 0, 0), 0, "d" * 64, 1)
        at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
        said = IntentStatus(intent_id=intent.id, state=state, stage="parse", at=at, order="1/0/0")
        sent = WRITER.write(STATUS.name, intent.id, intent, said)
        self.overview.take(Record(STATUS.name, 0, 0, 0, sent.key, sent.value, sent.headers))

    def pauses(self, stage: str) -> None:
        sent = WRITER.control(StageOrder(stage=stage, is_paused=True, by="noc@ops", at=datetime.now(UTC), number=1))
        self.control.take(Record(CONTROL.name, 0, 0, 0, sent.key, sent.value, sent.headers))


def test_what_brings_a_stage_its_work_is_paused() -> None:
    assert {stage: paused_for(stage) for stage in (None, *(each.name for each in FLOW))} == {
        None: ("parse", "approve"),
        "parse": ("parse",),
        "enrich": ("parse",),
        "plan": ("enrich",),
        "approve": ("approve",),
        "deploy": ("plan", "approve"),
        "observe": ("deploy",),
    }


def test_it_is_drained_once_nothing_has_moved_for_a_while() -> None:
    pipeline = Pipeline()
    pipeline.waiting = {"parse": 7}
    assert not pipeline.look(0).is_done
    pipeline.committed += 1
    assert not pipeline.look().is_done
    end = pipeline.look()
    assert end.is_done
    assert end.unread == {"parse": 7}


def test_records_before_a_stage_behind_are_in_flight() -> None:
    pipeline = Pipeline()
    pipeline.waiting = {"deploy": 3, "approve": 2}
    pipeline.look(0)
    assert pipeline.look().behind == {"deploy": 3}
    assert not pipeline.look().is_done


def test_so_is_what_a_paused_stage_has_begun_as_long_as_it_may_be_at_it() -> None:
    pipeline = Pipeline()
    pipeline.begins(State.RECEIVED, seconds_ago=2)
    pipeline.look(0)
    assert (pipeline.look().begun, pipeline.look().is_done) == (1, False)
    pipeline = Pipeline()
    pipeline.begins(State.RECEIVED, seconds_ago=300)
    pipeline.look(0)
    assert (pipeline.look().stranded, pipeline.look().is_done) == (1, True)


def test_what_people_and_the_network_keep_waiting_is_not_in_flight() -> None:
    pipeline = Pipeline()
    pipeline.begins(State.OBSERVING, seconds_ago=2)
    pipeline.look(0)
    assert (pipeline.look().watched, pipeline.look().is_done) == (1, True)
    pipeline = Pipeline("observe")
    pipeline.begins(State.OBSERVING, seconds_ago=2)
    pipeline.look(0)
    assert not pipeline.look().is_done


def test_a_stage_that_somebody_else_has_paused_never_gets_done() -> None:
    pipeline = Pipeline()
    pipeline.pauses("plan")
    assert pipeline.look().behind == {}
    pipeline.waiting = {"plan": 1}
    with pytest.raises(NotPossible, match="plan is paused by noc@ops, and 1 records wait"):
        pipeline.look()


def test_nor_does_one_without_workers() -> None:
    pipeline = Pipeline()
    pipeline.staffed.remove("enrich")
    pipeline.look(drain.ALONE_SECONDS + 1)
    pipeline.waiting = {"enrich": 1}
    pipeline.look(1)
    with pytest.raises(NotPossible, match="no worker runs enrich"):
        pipeline.look(drain.ALONE_SECONDS + 1)
