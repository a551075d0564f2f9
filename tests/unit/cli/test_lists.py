"""What commands list for a person: what must be copied is whole, and no line is wider than the terminal."""

from datetime import UTC, datetime

import pytest

from pipeline.cli.dead_letter_views import print_letters, print_whole
from pipeline.cli.printing import console
from pipeline.cli.status_lines import books_line, pause_line, table_of
from pipeline.kafka.records import Record
from pipeline.operations.dead_letters import DeadLetter
from schemas.bodies import DeadLetterAction
from schemas.control import StageOrder
from schemas.status import IntentStatus, State, count_books

NOW = datetime(2026, 11, 24, 3, 15, 42, tzinfo=UTC)
INTENT = "14ca18c3-5841-5d90-8715-91e548c41d77"
ESCAPE = "\x1b[2J"


@pytest.fixture(params=[60, 80, 120])
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("COLUMNS", str(request.param))
    return int(request.param)


def status(state: State, reason: str | None = None) -> IntentStatus:
    text = f"Scale the {ESCAPE} AMF in tokyo-1 to 5 replicas, for the users there are many tonight,\nplease. " * 3
    return IntentStatus(
        intent_id=INTENT, state=state, stage="parse", at=NOW, order="1/2/3", digest="00", text=text, reason=reason
    )


def letter(reason: str, value: bytes = b"\xff\xfeScale the AMF") -> DeadLetter:
    original = Record("intents.received", 11, 123_456, 1_700_000_000_000, None, value, (("ce_id", None),))
    return DeadLetter(
        original=original,
        own_place="intents.received.dlq/5/0",
        at=NOW,
        stage="parse",
        reason=reason,
        message=f"intents.received/11/123456 is not {ESCAPE} UTF-8 text: invalid start byte in position 0 of 15 bytes",
        attempts=1,
        intent_id=INTENT,
        generation=1,
        producer_id=f"orders#{ESCAPE}",
        replay_count=1,
        exception="UnicodeDecodeError",
        stacktrace="Traceback (most recent call last): in the code",
        size_bytes=len(value),
    )


def lines(capsys: pytest.CaptureFixture[str], width: int) -> list[str]:
    told = capsys.readouterr().out
    assert ESCAPE not in told
    assert max(map(len, told.splitlines())) <= width
    return told.splitlines()


def test_a_list_of_intents_keeps_ids_and_states_whole(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    console().print(table_of([status(State.DEAD_LETTERED, "retries_exhausted"), status(State.DEPLOYED)]))
    shown = [line.strip() for line in lines(capsys, width)]
    assert sum(INTENT in line for line in shown) == 2
    assert sum("dead_lettered" in line for line in shown) == 1
    assert sum(line.endswith("deployed") for line in shown) == 1


def test_the_books_are_read_as_the_sum_they_are(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    console().print(books_line(count_books([status(State.DEAD_LETTERED), status(State.PROPOSED)])))
    told = " ".join(lines(capsys, width))
    assert told.startswith("2 received: 0 in progress, 1 waiting,")
    assert "1 dead lettered" in told


def test_a_paused_stage_is_named_with_who_why_and_the_way_back() -> None:
    order = StageOrder(stage="deploy", is_paused=True, why=f"{ESCAPE}new disks", by="noc@ops", at=NOW)
    told = pause_line(order)
    assert "by noc@ops" in told
    assert "new disks" in told
    assert "nephoran resume deploy" in told
    assert ESCAPE not in told


def test_a_list_of_dead_letters_keeps_places_reasons_and_ids_whole(
    width: int, capsys: pytest.CaptureFixture[str]
) -> None:
    found = letter("not_utf8")
    action = DeadLetterAction(action="discarded", job="7", by="noc@ops", at=NOW, reason="a test")
    print_letters({found.place: action}, [found], as_json=False)
    shown = lines(capsys, width)
    for whole in (found.place, "not_utf8 in parse", "discarded at", *([INTENT] if width > 60 else [])):
        assert any(whole in line for line in shown), whole


@pytest.mark.parametrize("reason", ["not_utf8", "id_reused", "retries_exhausted", "internal_error", "one_of_tomorrow"])
def test_a_dead_letter_says_what_to_do_next_and_shows_code_only_where_code_is_at_fault(
    reason: str, width: int, capsys: pytest.CaptureFixture[str]
) -> None:
    print_whole({}, [letter(reason)], as_json=False)
    told = lines(capsys, width)
    assert f"nephoran dead-letters replay {letter(reason).place}" in " ".join(line.strip() for line in told)
    assert any("Traceback" in line for line in told) == (reason == "internal_error")


@pytest.mark.parametrize("value", [b"a" * 1_000_000, b"\xff" * 1_000_000])
def test_of_a_huge_value_the_beginning_is_shown_and_the_rest_counted(
    value: bytes, width: int, capsys: pytest.CaptureFixture[str]
) -> None:
    print_whole({}, [letter("too_large", value)], as_json=False)
    told = lines(capsys, width)
    assert len(told) < 200
    assert any("bytes more" in line for line in told)
