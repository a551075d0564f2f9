"""The options that select dead letters, and the opening of what they select."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.exits import say
from pipeline.cli.options import known_stage, parse_since, require_known
from pipeline.cli.session import begin

if TYPE_CHECKING:
    from pipeline.operations.dead_letter_backlog import Backlog
    from pipeline.operations.dead_letter_list import LetterBox
    from pipeline.operations.dead_letters import LetterFilter


def known_topic(name: str | None) -> str | None:
    from schemas.topics import SOURCES

    return require_known("topic", name, [topic.name for topic in SOURCES])


def known_reason(name: str | None) -> str | None:
    from schemas.reasons import DEAD_LETTER_REASONS

    return require_known("reason", name, sorted(DEAD_LETTER_REASONS))


Topic = Annotated[
    str | None,
    typer.Option(help="Only of this topic (the source's name).", show_default=False, callback=known_topic),
]
Stage = Annotated[str | None, typer.Option(help="Only of this stage.", show_default=False, callback=known_stage)]
Reason = Annotated[str | None, typer.Option(help="Only for this reason.", show_default=False, callback=known_reason)]
IntentName = Annotated[
    str | None, typer.Option("--intent", help="Only of this intent (id or ce_id).", show_default=False)
]
All = Annotated[bool, typer.Option("--all", help="Also those that were replayed or discarded.")]
Until = Annotated[
    datetime | None,
    typer.Option(parser=parse_since, metavar="WHEN", help="Only what is older: as --since.", show_default=False),
]
ErrorText = Annotated[
    str | None, typer.Option("--error", help="Only with this text in message or traceback.", show_default=False)
]
Key = Annotated[str | None, typer.Option(help="Only with this record key.", show_default=False)]
LeastReplays = Annotated[int, typer.Option("--replayed", min=0, help="Only what came back after this many replays.")]
Places = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PLACE|ID]...", help="topic/partition/offset, an intent's id, or the producer's.", show_default=False
    ),
]


def open_backlog(wanted: "LetterFilter", handled_too: bool) -> "Backlog":
    """Raises: NotUsable where no broker answers, or a topic is missing."""
    from pipeline.operations.dead_letter_backlog import Backlog
    from pipeline.operations.read_topics import require_reachable
    from schemas.topics import DEAD_LETTER_ACTIONS, SOURCES

    settings = begin()
    asyncio.run(require_reachable(settings.kafka, [DEAD_LETTER_ACTIONS, *(topic.dead_letters for topic in SOURCES)]))
    return Backlog(settings, wanted, handled_too)


def open_named(wanted: "LetterFilter", *, keeps_values: bool = True) -> "LetterBox":
    """The letters of the filter, each name of which means one place or intent. Raises: NotPossible, NotUsable."""
    from pipeline.operations.dead_letter_list import open_box, require_unambiguous

    settings = begin()
    box = asyncio.run(open_box(settings, wanted, keeps_values=keeps_values))
    tell_foreign(box.foreign)
    asyncio.run(require_unambiguous(settings, box))
    return box


def tell_foreign(count: int) -> None:
    if count:
        say(f"{count:,} record(s) of the dead-letter topics were not written by any stage and are skipped")
