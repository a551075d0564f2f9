"""Dry runs are told, and counted apart from what may be carried out."""

from datetime import UTC, datetime

from pipeline.cli.status_lines import books_line
from pipeline.kafka.records import Record
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventReader, EventWriter
from pipeline.operations.status_overview import StatusOverview
from schemas.envelope import Intent, Order
from schemas.status import IntentStatus, State, count_books, fold
from schemas.topics import STATUS

KEYRING = Keyring((b"the key of this test",))
WRITER = EventWriter(KEYRING, "nephoran/parse")
AT = datetime.now(UTC)


def status(number: int, state: State, dry_run: bool | None = None) -> IntentStatus:
    intent_id = f"00000000-0000-5000-8000-{number:012}"
    return IntentStatus(intent_id=intent_id, state=state, stage="plan", at=AT, order="1/0/0", dry_run=dry_run)


def record(said: IntentStatus) -> Record:
    intent = Intent(said.intent_id, Order(1, 0, 0), 0, "d" * 64, 1, is_dry_run=bool(said.dry_run))
    sent = WRITER.write(STATUS.name, said.intent_id, intent, said)
    return Record(STATUS.name, 0, 0, 0, sent.key, sent.value, sent.headers)


def test_the_books_leave_them_out_and_balance() -> None:
    told = [status(1, State.DECLINED), status(2, State.DECLINED, dry_run=True), status(3, State.RECEIVED, dry_run=True)]
    overview = StatusOverview(EventReader(KEYRING))
    for each in told:
        overview.hand(record(each))
    assert overview.books() == count_books(told)
    assert overview.books()["received"] == overview.books()["declined"] == 1
    assert overview.dry_runs() == 2
    assert books_line(overview.books(), overview.dry_runs()).endswith("; apart from these, 2 dry runs")
    assert "dry" not in books_line(overview.books())


def test_a_status_that_does_not_say_so_makes_no_real_intent_of_one() -> None:
    begun, ended = status(1, State.RECEIVED, dry_run=True), status(1, State.DISCARDED)
    assert fold(fold(None, begun), ended).dry_run
    assert not fold(status(1, State.RECEIVED), ended).dry_run
