"""`nephoran dead-letters`: the night shift's tools."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from pipeline.cli.exits import FAILED, say
from pipeline.cli.options import AsJson, Since, known_stage, require_known

if TYPE_CHECKING:
    from pipeline.operations.dead_letter_actions import Outcome
    from pipeline.operations.dead_letter_list import LetterBox
    from pipeline.operations.dead_letters import LetterFilter
    from pipeline.operations.replay import Pace
    from pipeline.operations.republish import Replay
    from pipeline.settings import Settings

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
All = Annotated[bool, typer.Option("--all", help="Those that were replayed or discarded, too.")]
Places = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PLACE|ID]...", help="topic/partition/offset, or an intent's id.", show_default=False),
]


@app.command("list")
def list_(
    topic: Topic = None,
    stage: Stage = None,
    reason: Reason = None,
    intent: IntentName = None,
    since: Since = None,
    handled_too: All = False,
    as_json: AsJson = False,
) -> None:
    """List the dead letters that nothing was done about, in the order in which their records arrived."""
    from pipeline.cli.dead_letter_views import print_letters
    from pipeline.operations.dead_letters import LetterFilter

    box = _open(LetterFilter(topic, stage, reason, intent, since), keeps_values=False)
    print_letters(box, box.all if handled_too else box.open, as_json)


@app.command()
def show(
    names: Annotated[
        list[str], typer.Argument(metavar="PLACE|ID...", help="topic/partition/offset, or an intent's id.")
    ],
    as_json: AsJson = False,
) -> None:
    """Show dead letters whole: why, where, how often, the headers and the value as they arrived."""
    from pipeline.cli.dead_letter_views import print_letter
    from pipeline.operations.dead_letters import LetterFilter

    box = _open(LetterFilter(names=tuple(names)))
    box.require_named()
    for letter in box.all:
        print_letter(box, letter, as_json)


@app.command()
def stats(
    topic: Topic = None, stage: Stage = None, since: Since = None, handled_too: All = False, as_json: AsJson = False
) -> None:
    """Count dead letters by reason, stage and topic."""
    from pipeline.cli.dead_letter_views import print_stats
    from pipeline.operations.dead_letters import LetterFilter

    box = _open(LetterFilter(topic, stage, since=since), keeps_values=False)
    print_stats(box, box.all if handled_too else box.open, as_json)


@app.command()
def replay(
    names: Places = None,
    topic: Topic = None,
    stage: Stage = None,
    reason: Reason = None,
    intent: IntentName = None,
    since: Since = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every open dead letter, where nothing else selects.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    most: Annotated[int | None, typer.Option("--max", min=1, help="At most so many.", show_default=False)] = None,
    rate: Annotated[float | None, typer.Option(min=0.01, help="So many a second.", show_default=False)] = None,
    value: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Replace the value by this file's bytes.", show_default=False),
    ] = None,
    text: Annotated[str | None, typer.Option(help="Replace the value by this text.", show_default=False)] = None,
    drop_header: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Leave this header out; may be repeated.", show_default=False),
    ] = None,
    new_id: Annotated[bool, typer.Option("--new-id", help="Under an identity of its own (for id_reused).")] = False,
    quarantine: Annotated[int, typer.Option(min=1, help="Refuse what came back after so many replays.")] = 3,
    force: Annotated[bool, typer.Option("--force", help="Replay what is in quarantine, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish dead letters again to where they came from: same key, identity and order, next generation.

    What was replayed is noted in dead-letters.actions and skipped the next time, so a run may be broken off and
    repeated. Exit 1 where a letter was refused.
    """
    from pipeline.cli.dead_letter_views import print_summary
    from pipeline.operations.dead_letters import LetterFilter
    from pipeline.operations.replay import Pace
    from pipeline.operations.republish import Repair, Replay

    wanted = LetterFilter(topic, stage, reason, intent, since, tuple(names or ()))
    if wanted == LetterFilter() and not everything:
        raise typer.BadParameter("say which: places, intent ids, a filter such as --reason, or --all")
    if value is not None and text is not None:
        raise typer.BadParameter("give --value or --text, not both")
    repaired = text.encode() if text is not None else value.read_bytes() if value is not None else None
    job = Replay(
        str(uuid4()), Repair(repaired, text is not None, tuple(drop_header or ())), new_id, quarantine, is_forced=force
    )
    box = _open(wanted)
    box.require_named()
    if repaired is not None and len(box.open) > 1:
        raise typer.BadParameter(f"a repaired value is for one dead letter, these are {len(box.open)}: name the one")
    outcomes = asyncio.run(_replay(box, job, Pace(most, rate), dry_run, as_json))
    print_summary(outcomes, job.job, as_json)
    if any(outcome.result == "refused" for outcome in outcomes):
        raise typer.Exit(FAILED)


async def _replay(box: "LetterBox", job: "Replay", pace: "Pace", is_dry: bool, as_json: bool) -> "list[Outcome]":
    from pipeline.cli.dead_letter_views import print_outcome
    from pipeline.operations.replay import Replayer

    replayer = Replayer(_settings(), job)
    outcomes = []
    if is_dry:
        outcomes = await replayer.preview(box, pace)
        for outcome in outcomes:
            print_outcome(outcome, as_json)
        return outcomes
    async for outcome in replayer.run(box, pace):
        print_outcome(outcome, as_json)
        outcomes.append(outcome)
    return outcomes


@app.command()
def discard(
    names: Annotated[
        list[str], typer.Argument(metavar="PLACE|ID...", help="topic/partition/offset, or an intent's id.")
    ],
    reason: Annotated[str, typer.Option(help="Why; it is kept, and the requester reads it.")],
    as_json: AsJson = False,
) -> None:
    """Give dead letters up for good: their intents end as discarded.

    Many at once: nephoran dead-letters list --reason not_utf8 --json | jq -r .place | xargs nephoran dead-letters
    discard --reason "..."
    """
    from pipeline.cli.dead_letter_views import print_outcome
    from pipeline.operations.dead_letters import LetterFilter
    from pipeline.operations.discard import Discarder

    if not reason.strip():
        raise typer.BadParameter("say why in --reason")
    box = _open(LetterFilter(names=tuple(names)))
    box.require_named()
    for outcome in asyncio.run(Discarder(_settings(), str(uuid4()), reason).run(box)):
        print_outcome(outcome, as_json)


def _settings() -> "Settings":
    from pipeline.cli.session import begin

    return begin()


def _open(wanted: "LetterFilter", *, keeps_values: bool = True) -> "LetterBox":
    from pipeline.operations.dead_letter_list import open_box

    box = asyncio.run(open_box(_settings(), wanted, keeps_values=keeps_values))
    if box.foreign:
        say(f"{box.foreign} record(s) of the dead-letter topics were written by no stage and are passed over")
    return box
