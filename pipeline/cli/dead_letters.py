"""`nephoran dead-letters`: the night shift's tools."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from pipeline.cli.dead_letter_selection import (
    All,
    ErrorText,
    IntentName,
    Key,
    LeastReplays,
    Places,
    Reason,
    Stage,
    Topic,
    Until,
    known_reason,
    open_backlog,
    open_named,
    tell_foreign,
)
from pipeline.cli.exits import say
from pipeline.cli.options import AsJson, Since
from pipeline.cli.replay import replay
from pipeline.cli.session import begin

app = typer.Typer(name="dead-letters", no_args_is_help=True, help="List, understand, repair and replay dead letters.")


@app.command("list")
def list_(
    names: Places = None,
    topic: Topic = None,
    stage: Stage = None,
    reason: Reason = None,
    intent: IntentName = None,
    since: Since = None,
    until: Until = None,
    error: ErrorText = None,
    key: Key = None,
    replayed: LeastReplays = 0,
    handled_too: All = False,
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 50,
    before: Until = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the open dead letters, the newest first.

    The next page: --before with the time of the last one.
    """
    from pipeline.cli.dead_letter_views import print_csv, print_letters
    from pipeline.operations.dead_letters import LetterFilter

    ends = min((moment for moment in (until, before) if moment), default=None)
    wanted = LetterFilter(topic, stage, reason, intent, since, tuple(names or ()), ends, error, key, replayed)
    backlog = open_backlog(wanted, handled_too)
    backlog.read_actions()
    letters = backlog.newest(limit)
    if handled_too:
        shown = {letter.place for letter in letters}
        backlog.read_actions(keep=shown.__contains__)
    if as_csv:
        print_csv(backlog.actions, letters)
    else:
        print_letters(backlog.actions, letters, as_json)
    if len(letters) == limit and not as_json and not as_csv:
        say(f"There may be more: --before {letters[-1].at:%Y-%m-%dT%H:%M:%S.%f}, or a larger --limit")
    tell_foreign(backlog.foreign)


@app.command()
def show(
    names: Annotated[
        list[str],
        typer.Argument(metavar="PLACE|ID...", help="topic/partition/offset, an intent's id, or the producer's."),
    ],
    as_json: AsJson = False,
) -> None:
    """Show dead letters whole: why, where, how often, the headers and the value as they arrived."""
    from pipeline.cli.dead_letter_views import print_whole
    from pipeline.operations.dead_letters import LetterFilter

    box = open_named(LetterFilter(names=tuple(names)))
    print_whole(box.actions, list(box.all), as_json)


@app.command()
def browse(
    topic: Topic = None,
    stage: Stage = None,
    reason: Reason = None,
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest.")] = 500,
) -> None:
    """Look through the newest dead letters on a full screen: filter as you type, show, edit, replay.

    The keys are told at the bottom. Works on a terminal of 80 × 24.
    """
    from pipeline.cli.letter_browser import LetterBrowser
    from pipeline.operations.dead_letters import LetterFilter
    from pipeline.operations.letter_desk import KafkaLetterDesk

    if not sys.stdout.isatty():
        raise typer.BadParameter("this needs a terminal; `nephoran dead-letters list` prints")
    backlog = open_backlog(LetterFilter(topic, stage, reason, since=since), handled_too=False)
    LetterBrowser(KafkaLetterDesk(backlog.settings, backlog.wanted, limit)).run()


@app.command()
def stats(
    topic: Topic = None,
    stage: Stage = None,
    reason: Reason = None,
    since: Since = None,
    handled_too: All = False,
    as_json: AsJson = False,
) -> None:
    """Count dead letters by reason, stage and topic, with the last hour, the hour before, and the newest of each."""
    from pipeline.cli.dead_letter_views import print_stats
    from pipeline.operations.dead_letter_stats import Stats
    from pipeline.operations.dead_letters import LetterFilter

    print_stats(Stats(open_backlog(LetterFilter(topic, stage, reason, since=since), handled_too)), as_json)


app.command()(replay)


@app.command()
def discard(
    why: Annotated[str, typer.Option("--reason", help="Why; it is kept, and the requester reads it.")],
    names: Places = None,
    topic: Topic = None,
    stage: Stage = None,
    failed_for: Annotated[
        str | None,
        typer.Option("--failed-for", help="Only for this reason.", show_default=False, callback=known_reason),
    ] = None,
    intent: IntentName = None,
    since: Since = None,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Discard dead letters: their intents end as discarded."""
    from pipeline.cli.dead_letter_views import print_outcome
    from pipeline.operations.dead_letters import LetterFilter
    from pipeline.operations.discard import Discarder

    if not why.strip():
        raise typer.BadParameter("say why in --reason")
    wanted = LetterFilter(topic, stage, failed_for, intent, since, tuple(names or ()), until)
    if wanted == LetterFilter():
        raise typer.BadParameter("say which: places, intent ids, or a filter such as --failed-for")
    box = open_named(wanted, keeps_values=False)
    for outcome in asyncio.run(Discarder(begin(), str(uuid4()), why).run(box)):
        print_outcome(outcome, as_json)


@app.command("export")
def export(
    topic: Topic = None,
    stage: Stage = None,
    reason: Reason = None,
    intent: IntentName = None,
    since: Since = None,
    until: Until = None,
    handled_too: All = False,
) -> None:
    """Print dead letters as JSON lines that `import` reads, every byte kept: nephoran dead-letters export > FILE."""
    from pipeline.operations.dead_letter_files import exported
    from pipeline.operations.dead_letters import LetterFilter

    for line in exported(open_backlog(LetterFilter(topic, stage, reason, intent, since, (), until), handled_too)):
        sys.stdout.write(f"{line}\n")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What `export` printed.")],
) -> None:
    """Put exported dead letters back into their topics, byte for byte."""
    from pipeline.operations.dead_letter_files import import_letters

    with file.open(encoding="utf-8") as lines:
        count = asyncio.run(import_letters(begin(), lines))
    say(f"{count:,} dead letters imported")
