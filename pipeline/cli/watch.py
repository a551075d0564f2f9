"""`nephoran watch`: what is going on, live."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import AsJson, Since
from pipeline.cli.printing import console, print_json

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from pipeline.control.control_topic import ControlTopic
    from pipeline.kafka.records import Record
    from pipeline.kafka.topic_views import TopicView
    from pipeline.operations.status_overview import StatusOverview
    from pipeline.settings import Settings

DEFAULT_MINUTES = 60
REFRESHES_PER_SECOND = 4
LINES_OF_AN_INTENT = 2
LINES_AROUND = 8
"""Title, books, a pause and the table's head, each with room to fold once."""


def watch(
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, help="How many intents the table shows.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Watch intents as they move, until Ctrl-C.

    Starts an hour back, or at --since. With --json every change of state is one line.
    """
    from pipeline.cli.session import begin

    settings = begin()
    begins = since or datetime.now(UTC) - timedelta(minutes=DEFAULT_MINUTES)
    with suppress(KeyboardInterrupt):
        asyncio.run(_stream(settings, begins) if as_json else _show(settings, begins, limit))


async def _stream(settings: "Settings", since: datetime) -> None:
    from pipeline.cli.status_lines import status_fields
    from pipeline.kafka.signed_events import EventReader
    from pipeline.operations.status_overview import StatusOverview

    board = StatusOverview(EventReader.of(settings.signing))

    def tell(record: "Record") -> None:
        if change := board.take(record):
            print_json(status_fields(change), is_one_of_many=True)

    async with _following(settings, since, tell) as views:
        await asyncio.gather(*(view.reading for view in views))


async def _show(settings: "Settings", since: datetime, limit: int) -> None:
    from rich.live import Live

    from pipeline.kafka.signed_events import EventReader
    from pipeline.operations.control import following_control
    from pipeline.operations.status_overview import StatusOverview

    board, out = StatusOverview(EventReader.of(settings.signing)), console()
    async with following_control(settings) as control, _following(settings, since, board.hand):
        with Live(
            console=out,
            refresh_per_second=REFRESHES_PER_SECOND,
            get_renderable=lambda: _picture(board, control, since, min(limit, _intents_that_fit(out))),
        ):
            await asyncio.Event().wait()


def _following(
    settings: "Settings", since: datetime, on_record: "Callable[[Record], None]"
) -> "AbstractAsyncContextManager[list[TopicView]]":
    from pipeline.operations.read_topics import following
    from pipeline.operations.statuses import milliseconds
    from schemas.topics import STATUS

    return following(settings.kafka, {STATUS: on_record}, milliseconds(since))


def _intents_that_fit(out: "Console") -> int:
    return max(1, (out.height - LINES_AROUND) // LINES_OF_AN_INTENT)


def _picture(board: "StatusOverview", control: "ControlTopic", since: datetime, limit: int) -> "RenderableType":
    from rich.console import Group

    from pipeline.cli.status_lines import books_line, pause_line, table_of

    title = f"intents that moved since {since.astimezone():%Y-%m-%d %H:%M:%S} (Ctrl-C ends)"
    pauses = [pause_line(order) for order in control.paused()]
    return Group(title, books_line(board.books(), board.dry_runs()), *pauses, table_of(board.recent(limit)))
