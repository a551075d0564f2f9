"""What `nephoran.control` says holds by its numbers and signatures, whatever else is put there."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

import pytest

from pipeline.control.control_topic import ControlTopic
from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.records import Outgoing, Record
from pipeline.kafka.signatures import SIGNATURE, Keyring
from pipeline.kafka.signed_events import EventReader, EventWriter
from schemas.control import StageOrder
from schemas.topics import CONTROL

OLD, NEW = b"the key of yesterday", b"the key of tomorrow"
WRITER = EventWriter(Keyring((NEW,)), "nephoran/command-line")
offsets: Iterator[int] = count()


def arrived(sent: Outgoing) -> Record:
    return Record(CONTROL.name, 0, next(offsets), 0, sent.key, sent.value, sent.headers)


def order(number: int, *, is_paused: bool, writer: EventWriter = WRITER) -> Record:
    body = StageOrder(stage="parse", is_paused=is_paused, by="noc@ops", at=datetime.now(UTC), number=number)
    return arrived(writer.control(body))


def test_an_old_order_that_is_put_back_orders_nothing_and_the_genuine_one_is_known() -> None:
    overwritten: list[tuple[Record, Record | None]] = []
    control = ControlTopic(EventReader(Keyring((NEW,))), on_foreign=lambda *both: overwritten.append(both))
    resumed, paused = order(1, is_paused=False), order(2, is_paused=True)
    for record in (resumed, paused, resumed._replace(offset=99)):
        control.take(record)
    assert [each.stage for each in control.paused()] == ["parse"]
    assert overwritten == [(resumed._replace(offset=99), paused)]
    control.take(paused._replace(offset=100))  # put back
    assert len(overwritten) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"key": b"stage/plan"},
        {"key": None},
        {"value": None},
        {"headers": ()},
        {"headers": ((SIGNATURE, "é".encode()),)},
        {"headers": (("\udcff", None), (SIGNATURE, b"0" * 64))},
    ],
)
def test_what_nobody_with_the_key_wrote_changes_nothing(change: dict[str, object]) -> None:
    control = ControlTopic(EventReader(Keyring((NEW,))))
    control.take(order(1, is_paused=True))
    control.take(order(2, is_paused=False)._replace(**change))
    assert len(control.paused()) == 1


def test_the_next_number_is_higher_than_any_even_where_a_clock_was_ahead() -> None:
    control = ControlTopic(EventReader(Keyring((NEW,))))
    control.take(order(1 << 52, is_paused=True))
    assert control.next_number("stage/parse") == (1 << 52) + 1


def test_an_order_of_a_dropped_key_is_no_noise_and_keeps_a_worker_from_starting() -> None:
    control = ControlTopic(EventReader(Keyring((NEW,))))
    control.take(order(1, is_paused=True, writer=EventWriter(Keyring((OLD,)), "nephoran/command-line")))
    with pytest.raises(NotUsable, match="not known here"):
        control.claims.require_judged()
    control.take(order(2, is_paused=True))
    control.claims.require_judged()


def test_noise_keeps_nobody_from_starting() -> None:
    control = ControlTopic(EventReader(Keyring((NEW,))))
    for signature in ("é".encode(), b"", b"\xff" * 64, None):
        control.take(order(1, is_paused=True)._replace(headers=((SIGNATURE, signature),)))
    control.claims.require_judged()


def test_what_an_older_key_signed_is_signed_anew_and_says_the_same() -> None:
    both = Keyring((NEW, OLD))
    control = ControlTopic(EventReader(both))
    control.take(order(1, is_paused=True, writer=EventWriter(Keyring((OLD,)), "nephoran/command-line")))
    (older,) = control.claims.signed_with_older_keys()
    renewed = arrived(EventWriter(both, "nephoran/worker").renewed(CONTROL.name, older))
    control.take(renewed)
    assert control.claims.signed_with_older_keys() == []
    alone = ControlTopic(EventReader(Keyring((NEW,))))
    alone.take(renewed)
    alone.claims.require_judged()
    assert len(alone.paused()) == 1
