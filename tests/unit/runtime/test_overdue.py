"""Intents in progress for too long are counted, whatever order their statuses arrive in."""

import time

from pipeline.kafka.records import Record
from pipeline.runtime.overdue import Overdue


def status(intent: str, state: str, *, age_seconds: float = 1_000, generation: int = 0) -> Record:
    value = f'{{"intent_id": "{intent}", "state": "{state}", "generation": {generation}}}'.encode()
    return Record("intents.status", 0, 0, round((time.time() - age_seconds) * 1_000), intent.encode(), value)


def overdue_after(*records: Record) -> int:
    overdue = Overdue(after_seconds=900)
    for record in records:
        overdue.take(record)
    return overdue.count()


def test_one_that_has_no_answer_is_overdue_and_one_that_waits_or_is_young_is_not() -> None:
    assert overdue_after(status("a", "received"), status("b", "planned")) == 2
    assert overdue_after(status("a", "received", age_seconds=800)) == 0
    assert overdue_after(status("a", "received"), status("a", "proposed")) == 0
    assert overdue_after(status("a", "received"), status("a", "deployed")) == 0


def test_the_clock_runs_from_the_first_status_of_a_generation() -> None:
    assert overdue_after(status("a", "received"), status("a", "planned", age_seconds=1)) == 1
    replayed = status("a", "received", age_seconds=1, generation=1)
    assert overdue_after(status("a", "received"), status("a", "dead_lettered"), replayed) == 0


def test_a_status_that_comes_late_does_not_bring_back_what_is_done() -> None:
    assert overdue_after(status("a", "received"), status("a", "deployed"), status("a", "planned")) == 0


def test_what_is_no_status_counts_for_nothing() -> None:
    assert (
        overdue_after(Record("intents.status", 0, 0, 0, None, b"{"), Record("intents.status", 0, 0, 0, b"k", None)) == 0
    )
