"""`nephoran dead-letters`: the night shift's tools."""

import asyncio
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from pipeline.cli.exits import FAILED, INTERRUPTED, say, stop_with
from pipeline.cli.options import AsJson, Since, known_stage, parse_since, require_known

if TYPE_CHECKING:
    from pipeline.operations.dead_letter_backlog import Backlog
    from pipeline.operations.dead_letter_list import LetterBox
    from pipeline.operations.dead_letters import LetterFilter
    from pipeline.operations.replay import ReplayJob
    from pipeline.settings import Settings

ASKS_ABOVE = 1_000
"""A replay of more letters than this asks for confirmation."""

app = typer.Typer(name="dead-letters", no_args_is_help=True, help="List, understand, repair and replay dead letters.")


def _known_topic(name: str | None) -> str | None:
    from schemas.topics import SOURCES

    return require_known("topic", name, [topic.name for topic in SOURCES])


def _known_reason(name: str | None) -> str | None:
    from schemas.reasons import DEAD_LETTER_REASONS

    return require_known("reason", name, sorted(DEAD_LETTER_REASONS))


Topic = Annotated[
    str | None,
    typer.Option(help="Only of this topic (the source's name).", show_default=False, callback=_known_topic),
]
Stage = Annotated[str | None, typer.Option(help="Only of this stage.", show_default=False, callback=known_stage)]
Reason = Annotated[str | None, typer.Option(help="Only for this reason.", show_default=False, callback=_known_reason)]
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
    backlog = _backlog(wanted, handled_too)
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
    _tell_foreign(backlog.foreign)


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

    box = _open_named(LetterFilter(names=tuple(names)))
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
    backlog = _backlog(LetterFilter(topic, stage, reason, since=since), handled_too=False)
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

    print_stats(Stats(_backlog(LetterFilter(topic, stage, reason, since=since), handled_too)), as_json)


@app.command()
def replay(
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
    everything: Annotated[
        bool, typer.Option("--all", help="Every open dead letter, where nothing else selects.")
    ] = False,
    resume: Annotated[
        str | None, typer.Option(metavar="JOB", help="Continue a job that was interrupted.", show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, without doing it.")] = False,
    most: Annotated[int | None, typer.Option("--max", min=1, help="At most this many.", show_default=False)] = None,
    rate: Annotated[float, typer.Option(min=0, help="How many a second; 0 for as fast as Kafka takes them.")] = 500,
    value: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Replace the value by this file's bytes.", show_default=False),
    ] = None,
    text: Annotated[str | None, typer.Option(help="Replace the value by this text.", show_default=False)] = None,
    drop_header: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Leave this header out; may be repeated.", show_default=False),
    ] = None,
    edit: Annotated[
        bool, typer.Option("--edit", help="Open the value in $EDITOR, show the difference, and ask.")
    ] = False,
    via: Annotated[
        str | None,
        typer.Option(
            metavar="COMMAND", help="Send each value through this program, as in 'jq .a'.", show_default=False
        ),
    ] = None,
    new_id: Annotated[bool, typer.Option("--new-id", help="As a separate request (for id_reused).")] = False,
    quarantine: Annotated[int, typer.Option(min=1, help="Refuse what came back after this many replays.")] = 3,
    force: Annotated[bool, typer.Option("--force", help="Also replay what is in quarantine.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help=f"Do not ask even if there are more than {ASKS_ABOVE:,}.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish dead letters again to where they came from: same key, identity and order, next generation.

    Each is replayed once by one job, whatever interrupts it: --resume continues it. The letter itself stays as it is
    for 30 days, whatever is repaired of it. Exit 1 where a letter was refused.
    """
    from pipeline.operations.dead_letters import LetterFilter
    from pipeline.operations.replay import Pace, ReplayJob, resumed
    from pipeline.operations.republish import Repair, Replay

    if resume is not None:
        _run(resumed(_settings(), resume), as_json)
        return
    wanted = LetterFilter(topic, stage, reason, intent, since, tuple(names or ()), until, error, key, replayed)
    if wanted == LetterFilter() and not everything:
        raise typer.BadParameter("say which: places, intent ids, a filter such as --reason, or --all")
    if sum((value is not None, text is not None, via is not None, edit)) > 1:
        raise typer.BadParameter("give one of --value, --text, --edit and --via")
    is_for_one = edit or text is not None or value is not None
    is_named = bool(names) or intent is not None
    box = _named(wanted, as_json, is_for_one=is_for_one, keeps_values=edit) if is_named or is_for_one else None
    wanted = box.wanted if box else wanted
    repaired = text.encode() if text is not None else value.read_bytes() if value is not None else None
    if edit and box is not None:
        repaired = _edited(box, yes or dry_run)
    repair = Repair(repaired, text is not None, tuple(drop_header or ()), via)
    asked = Replay(str(uuid4()), repair, new_id, quarantine, is_forced=force)
    job = ReplayJob(_settings(), wanted, asked, Pace(most, rate or None))
    if dry_run:
        _preview(job, as_json)
        return
    if not yes and not names and (most is None or most > ASKS_ABOVE):
        _ask(job)
    _run(job, as_json)


def _named(wanted: "LetterFilter", as_json: bool, *, is_for_one: bool, keeps_values: bool) -> "LetterBox":
    """The letters that are named, each name one; reports those already handled."""
    from pipeline.cli.dead_letter_views import print_outcome
    from pipeline.operations.dead_letter_actions import already_handled

    box = _open_named(wanted, keeps_values=keeps_values)
    if is_for_one and len(box.open) > 1:
        raise typer.BadParameter(
            f"a repaired value fits one dead letter, but {len(box.open)} are selected: name one of them"
        )
    for outcome in already_handled(box):
        print_outcome(outcome, as_json)
    return box


def _edited(box: "LetterBox", yes: bool) -> bytes:
    """The value of the one letter as its editor leaves it, and as somebody agreed to."""
    from pipeline.operations.edit_value import difference, edited

    if not box.open:
        raise typer.BadParameter("there is no open dead letter to edit")
    (letter,) = box.open
    value = edited(letter.original.value)
    changes = difference(letter.original.value, value)
    if not changes:
        stop_with(FAILED, "nothing was changed, and nothing was replayed")
    say(changes)
    if not yes and not typer.confirm("Replay it so?", err=True):
        stop_with(FAILED, "nothing was replayed")
    return value


def _preview(job: "ReplayJob", as_json: bool) -> None:
    from pipeline.cli.dead_letter_views import print_outcome, print_summary

    results, reasons = Counter[str](), Counter[str]()
    for outcome in job.preview():
        results[outcome.result] += 1
        reasons[outcome.letter.reason] += 1
        print_outcome(outcome, as_json)
    print_summary(results, dict(reasons.most_common()), job.name, as_json)


def _ask(job: "ReplayJob") -> None:
    count = sum(outcome.result == "would_replay" for outcome in job.preview())
    if count > ASKS_ABOVE:
        typer.confirm(f"Replay {count:,} dead letters?", abort=True, err=True)


def _run(job: "ReplayJob", as_json: bool) -> None:
    """Run the job to its end, a line a letter; on Ctrl-C it says what is done and how to continue."""
    from pipeline.cli.dead_letter_views import outcome_line, print_summary

    results, reasons = Counter[str](), Counter[str]()
    try:
        for outcome in job.run():
            results[outcome.result] += 1
            reasons[outcome.letter.reason] += 1
            sys.stdout.write(outcome_line(outcome, as_json) + "\n")
    except KeyboardInterrupt:
        sys.stdout.flush()
        say(f"{results['replayed']:,} replayed. Continue with: nephoran dead-letters replay --resume {job.name}")
        raise typer.Exit(INTERRUPTED) from None
    print_summary(results, dict(reasons.most_common()), job.name, as_json)
    if results["refused"]:
        raise typer.Exit(FAILED)


@app.command()
def discard(
    why: Annotated[str, typer.Option("--reason", help="Why; it is kept, and the requester reads it.")],
    names: Places = None,
    topic: Topic = None,
    stage: Stage = None,
    failed_for: Annotated[
        str | None,
        typer.Option("--failed-for", help="Only for this reason.", show_default=False, callback=_known_reason),
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
    box = _open_named(wanted, keeps_values=False)
    for outcome in asyncio.run(Discarder(_settings(), str(uuid4()), why).run(box)):
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

    for line in exported(_backlog(LetterFilter(topic, stage, reason, intent, since, (), until), handled_too)):
        sys.stdout.write(f"{line}\n")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What `export` printed.")],
) -> None:
    """Put exported dead letters back into their topics, byte for byte."""
    from pipeline.operations.dead_letter_files import import_letters

    with file.open(encoding="utf-8") as lines:
        count = asyncio.run(import_letters(_settings(), lines))
    say(f"{count:,} dead letters imported")


def _settings() -> "Settings":
    from pipeline.cli.session import begin

    return begin()


def _backlog(wanted: "LetterFilter", handled_too: bool) -> "Backlog":
    """Raises: NotUsable where no broker answers, or a topic is missing."""
    from pipeline.operations.dead_letter_backlog import Backlog
    from pipeline.operations.read_topics import require_reachable
    from schemas.topics import DEAD_LETTER_ACTIONS, SOURCES

    settings = _settings()
    asyncio.run(require_reachable(settings.kafka, [DEAD_LETTER_ACTIONS, *(topic.dead_letters for topic in SOURCES)]))
    return Backlog(settings, wanted, handled_too)


def _open_named(wanted: "LetterFilter", *, keeps_values: bool = True) -> "LetterBox":
    """The letters of the filter, each name of which means one place or intent. Raises: NotPossible, NotUsable."""
    from pipeline.operations.dead_letter_list import open_box, require_unambiguous

    settings = _settings()
    box = asyncio.run(open_box(settings, wanted, keeps_values=keeps_values))
    _tell_foreign(box.foreign)
    asyncio.run(require_unambiguous(settings, box))
    return box


def _tell_foreign(count: int) -> None:
    if count:
        say(f"{count:,} record(s) of the dead-letter topics were not written by any stage and are skipped")
