"""Dead letters on a full screen of 80 × 24: found as one types, shown, and replayed only once somebody agrees."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot

from pipeline.cli.letter_browser import LetterBrowser
from pipeline.kafka.dead_letters import REPLAY_UNCHANGED
from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.records import Record
from pipeline.operations.dead_letter_actions import Outcome
from pipeline.operations.dead_letters import DeadLetter
from pipeline.operations.republish import Repair

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 24, 3, 15, 42, tzinfo=UTC)
ESCAPE = "\x1b[2J"


def letter(number: int, reason: str = "not_utf8", value: bytes = b"\xffScale it", **fields: object) -> DeadLetter:
    made = DeadLetter(
        original=Record("intents.received", number % 3, 100 + number, 1_700_000_000_000, None, value),
        own_place=f"intents.received.dlq/{number % 3}/{number}",
        at=NOW,
        stage="parse",
        reason=reason,
        message=f"it is {ESCAPE} not [red]UTF-8[/red] number {number}",
        attempts=1,
        intent_id=f"14ca18c3-5841-5d90-8715-91e548c4{number:04}",
        generation=0,
        producer_id=f"orders#change-{number}",
        replay_count=0,
        exception=None,
        stacktrace=None,
        size_bytes=len(value),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


@dataclass
class ScriptedDesk:
    """Letters without a Kafka: what is replayed is gone."""

    letters: list[DeadLetter]
    refused: str = ""
    is_away: bool = False
    replayed: list[tuple[str, Repair]] = field(default_factory=list)

    def newest(self) -> list[DeadLetter]:
        if self.is_away:
            raise NotUsable("no broker answers at localhost:1: `nephoran kafka` starts one")
        return self.letters

    def whole(self, letter: DeadLetter) -> DeadLetter:
        return letter

    def preview(self, letters: Sequence[DeadLetter]) -> Iterator[Outcome]:
        for each in letters:
            if self.refused:
                yield Outcome(each, "refused", self.refused)
            else:
                yield Outcome(each, "would_replay", "the same bytes came back" if each.is_loop else "")

    def replay(self, letters: Sequence[DeadLetter], repair: Repair = Repair()) -> Iterator[Outcome]:
        for each in letters:
            self.replayed.append((each.place, repair))
            yield Outcome(each, "replayed", "", each.intent_id, 1)
        self.letters = [each for each in self.letters if each.place not in {place for place, _ in self.replayed}]


@asynccontextmanager
async def browsing(desk: ScriptedDesk) -> AsyncIterator[Pilot[None]]:
    async with LetterBrowser(desk).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        yield pilot


async def settled(pilot: Pilot[None]) -> None:
    """Once Kafka has answered, and the screen shows it and stays."""
    browser = pilot.app
    assert isinstance(browser, LetterBrowser)
    same, before = 0, ""
    while same < 3:
        await pilot.pause()
        shown = screen_of(browser)
        same = same + 1 if shown == before and not browser.is_asking and "asking Kafka" not in shown else 0
        before = shown


async def press(pilot: Pilot[None], *keys: str) -> str:
    await pilot.press(*keys)
    await settled(pilot)
    return screen_of(pilot.app)


def screen_of(app: App[None]) -> str:
    """What stands on the screen, line by line."""
    strips = app.screen._compositor.render_strips()
    text = "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)
    assert ESCAPE not in text
    assert len(text.splitlines()) <= 24
    assert max(map(len, text.splitlines())) <= 80
    return text


async def test_the_list_says_what_each_is_what_to_do_next_and_which_keys_there_are() -> None:
    async with browsing(ScriptedDesk([letter(1), letter(2, "wrong_types")])) as pilot:
        shown = screen_of(pilot.app)
    assert "2 of 2 dead letters" in shown
    for part in ("intents.received/1/101", "wrong_types", "[red]UTF-8[/red] number 1", "--text"):
        assert part in shown
    for key in ("/ filter", "space mark", "r replay", "e edit", "u reload", "q quit"):
        assert key in shown


async def test_the_list_gets_shorter_as_one_types() -> None:
    async with browsing(ScriptedDesk([letter(number) for number in range(200)])) as pilot:
        shown = await press(pilot, "slash", *"CHANGE-17")
        assert "11 of 200 dead letters" in shown
        shown = await press(pilot, "9")
        assert "1 of 200 dead letters" in shown
        shown = await press(pilot, *" nothing")
        assert "none is so: change the filter" in shown


async def test_enter_shows_a_letter_whole_and_escape_goes_back() -> None:
    registered = letter(1, value=b"\x00\x00\x00\x00\x2a{}")
    async with browsing(ScriptedDesk([registered])) as pilot:
        shown = await press(pilot, "enter")
        assert "a schema registry's serializer" in shown
        assert "schema 42" in " ".join(shown.split())
        assert "orders#change-1" in shown
        assert "1 of 1 dead letters" in await press(pilot, "escape")


async def test_nothing_is_replayed_before_somebody_says_yes() -> None:
    desk = ScriptedDesk([letter(1), letter(2)])
    async with browsing(desk) as pilot:
        assert "Replay 1 dead letter?" in await press(pilot, "r")
        await press(pilot, "enter")
        assert "Replay 1 dead letter?" in screen_of(pilot.app), "Enter is no answer"
        await press(pilot, "n")
        assert desk.replayed == []
        await press(pilot, "r")
        assert "replayed intents.received/1/101" in await press(pilot, "y")
        assert desk.replayed == [("intents.received/1/101", Repair())]
        assert "1 of 1 dead letters" in await press(pilot, "escape")


async def test_what_is_marked_is_replayed_and_nothing_else() -> None:
    desk = ScriptedDesk([letter(number) for number in range(5)])
    async with browsing(desk) as pilot:
        shown = await press(pilot, "down", "space", "space")
        assert "5 of 5 dead letters, 2 marked" in shown
        assert "Replay 2 dead letters?" in await press(pilot, "r")
        await press(pilot, "y")
    assert [place for place, _ in desk.replayed] == ["intents.received/1/101", "intents.received/2/102"]


async def test_all_that_the_filter_shows_can_be_marked_and_unmarked() -> None:
    desk = ScriptedDesk([letter(0), letter(1, "wrong_types"), letter(2, "wrong_types")])
    async with browsing(desk) as pilot:
        await press(pilot, "slash", *"wrong_types", "enter")
        assert "2 of 3 dead letters, 2 marked" in await press(pilot, "a")
        assert "marked" not in await press(pilot, "a")


async def test_loops_and_what_cannot_be_replayed_are_said_before_the_answer() -> None:
    back = letter(1)
    back = replace(back, original=back.original._replace(headers=((REPLAY_UNCHANGED, b"true"),)), replay_count=2)
    async with browsing(ScriptedDesk([back])) as pilot:
        assert "same bytes" in screen_of(pilot.app)
        assert "is the cause mended?" in " ".join((await press(pilot, "r")).split())
    async with browsing(ScriptedDesk([back], refused="it is in quarantine")) as pilot:
        assert "it is in quarantine" in await press(pilot, "r")


async def test_a_letter_is_edited_and_replayed_as_its_difference_was_agreed_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "editor"
    program.write_text("#!/bin/sh\nprintf 'Scale the AMF' > \"$1\"\n")
    program.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(program))
    desk = ScriptedDesk([letter(1)])
    browser = LetterBrowser(desk)
    monkeypatch.setattr(browser, "suspend", lambda: _nothing())
    async with browser.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        shown = await press(pilot, "e")
        assert "-\\xffScale it" in shown
        assert "+Scale the AMF" in shown
        await press(pilot, "y")
    assert desk.replayed == [("intents.received/1/101", Repair(b"Scale the AMF"))]


def _nothing() -> object:
    from contextlib import nullcontext

    return nullcontext()


async def test_a_kafka_that_is_away_is_told_and_may_come_back() -> None:
    desk = ScriptedDesk([letter(1)], is_away=True)
    async with browsing(desk) as pilot:
        shown = screen_of(pilot.app)
        assert "no broker answers" in shown
        assert "no dead letters" not in shown, "nobody knows"
        desk.is_away = False
        assert "1 of 1 dead letters" in await press(pilot, "u")


async def test_where_there_are_none_it_says_so() -> None:
    async with browsing(ScriptedDesk([])) as pilot:
        assert "no dead letters" in screen_of(pilot.app)
        await press(pilot, "r", "e", "enter", "space", "a")
