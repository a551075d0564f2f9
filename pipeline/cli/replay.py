"""`nephoran dead-letters replay`."""

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from pipeline.cli.dead_letter_selection import (
    ErrorText,
    IntentName,
    Key,
    LeastReplays,
    Places,
    Reason,
    Stage,
    Topic,
    Until,
    open_named,
)
from pipeline.cli.exits import FAILED, INTERRUPTED, say, stop_with
from pipeline.cli.options import AsJson, Since
from pipeline.cli.session import begin

if TYPE_CHECKING:
    from pipeline.operations.dead_letter_list import LetterBox
    from pipeline.operations.dead_letters import LetterFilter
    from pipeline.operations.replay import ReplayJob

ASKS_ABOVE = 1_000
"""A replay of more letters than this asks for confirmation."""


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
        _run(resumed(begin(), resume), as_json)
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
    job = ReplayJob(begin(), wanted, asked, Pace(most, rate or None))
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

    box = open_named(wanted, keeps_values=keeps_values)
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
