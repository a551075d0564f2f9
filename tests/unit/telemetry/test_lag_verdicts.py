"""What is said of a stage that is behind."""

from pipeline.flow import FLOW
from pipeline.kafka.lag import GroupLag, PartitionLag
from pipeline.telemetry.lag import LagWatch, Verdict

GROUP = "nephoran-plan"


class Looks:
    """Looks at one partition of one stage, seconds apart."""

    def __init__(self) -> None:
        self._now = 0.0
        self._watch = LagWatch(FLOW, lambda: self._now)

    def look(
        self, committed: int | None, records: int, seconds: float, *, members: int = 1, after_seconds: float = 0.0
    ) -> Verdict:
        self._now += after_seconds
        partition = PartitionLag(0, committed, (committed or 0) + records, records, seconds)
        (stage,) = self._watch.judge({GROUP: GroupLag(members, (partition,))})
        return stage.verdict


def test_a_stage_with_nothing_to_do_is_ok_with_or_without_a_worker() -> None:
    assert Looks().look(5, 0, 0.0) is Verdict.OK
    assert Looks().look(None, 0, 0.0, members=0) is Verdict.OK


def test_something_to_do_and_no_worker_is_stopped_however_little_it_is() -> None:
    assert Looks().look(5, 1, 0.1, members=0) is Verdict.STOPPED


def test_a_backlog_that_is_worked_off_is_a_warning_however_old() -> None:
    looks = Looks()

    assert looks.look(100, 9_000, 600.0) is Verdict.WARNING
    assert looks.look(150, 8_950, 580.0, after_seconds=3) is Verdict.WARNING


def test_an_old_event_and_nothing_committed_since_the_last_look_is_stalled() -> None:
    looks = Looks()
    looks.look(100, 10, 40.0)

    assert looks.look(100, 10, 43.0, after_seconds=3) is Verdict.STALLED
    assert looks.look(101, 9, 20.0, after_seconds=3) is Verdict.WARNING


def test_a_young_event_that_is_being_retried_is_not_stalled() -> None:
    looks = Looks()
    looks.look(100, 10, 2.0)

    assert looks.look(100, 10, 9.0, after_seconds=7) is Verdict.OK


def test_offsets_that_moved_back_are_a_rewind_for_a_minute() -> None:
    looks = Looks()
    looks.look(100, 0, 0.0)

    assert looks.look(40, 60, 500.0, after_seconds=10) is Verdict.REWIND
    assert looks.look(100, 0, 0.0, after_seconds=10) is Verdict.REWIND
    assert looks.look(100, 0, 0.0, after_seconds=60) is Verdict.OK


def test_one_late_partition_is_enough() -> None:
    late, fine = PartitionLag(0, 5, 6, 1, 11.0), PartitionLag(1, 9, 9, 0, 0.0)

    (stage,) = LagWatch(FLOW).judge({GROUP: GroupLag(1, (late, fine))})

    assert (stage.verdict, stage.seconds, stage.why) == (Verdict.WARNING, 11.0, "late, but moving, on partition 0")
