"""`nephoran drain`: no new work, and what is in flight done, with progress."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.exits import INTERRUPTED, say
from pipeline.cli.options import AsJson, known_stage
from pipeline.cli.printing import console, print_json, table

if TYPE_CHECKING:
    from pipeline.operations.drain import Progress
    from pipeline.settings import Settings


def drain(
    stage: Annotated[
        str | None,
        typer.Option(help="Only this stage: pause what brings it work.", show_default=False, callback=known_stage),
    ] = None,
    why: Annotated[str, typer.Option(help="The reason, for others who find stages paused.")] = "drained",
    as_json: AsJson = False,
) -> None:
    """Take no new work, and wait until everything in flight is answered.

    Pauses parse and approve, which take requests and decisions, and waits for the stages behind them. Producers go on
    publishing: their requests wait. Proposals go on waiting for a decision. Afterwards, and after Ctrl-C, what was
    paused stays so until `nephoran resume`.

    Examples: nephoran drain --why "Kafka moves"; nephoran drain --stage deploy
    """
    from pipeline.cli.session import begin
    from pipeline.operations.drain import paused_for

    settings = begin()
    try:
        _print(asyncio.run(show_draining(settings, stage, why)), as_json)
    except KeyboardInterrupt:
        say(f"Not drained yet. {_go_on(paused_for(stage))}, or wait on: nephoran drain")
        raise typer.Exit(INTERRUPTED) from None


async def show_draining(settings: "Settings", stage: str | None, why: str) -> "Progress":
    """Drain with a line on standard error whenever a figure changes; returns how it ended. Raises: NotPossible."""
    from pipeline.operations.drain import drain as draining

    told = ""
    async for progress in draining(settings, stage, why):
        if (line := _line(progress)) != told:
            say(line)
            told = line
    return progress


def _line(progress: "Progress") -> str:
    left = [f"{stage} {records:,}" for stage, records in progress.behind.items()]
    left += [f"{progress.begun:,} begun by {' and '.join(progress.paused)}"] if progress.begun else []
    return f"still in flight: {', '.join(left)}" if left else "nothing in flight; looking whether it stays so"


def _print(end: "Progress", as_json: bool) -> None:
    if as_json:
        print_json(end.as_data())
        return
    rows = table("stage", "verdict", "records", "workers")
    for stage in end.stages:
        rows.add_row(stage.stage, str(stage.verdict), f"{stage.records:,}", str(stage.members))
    console().print(rows)
    say(f"Drained: nothing is in flight. {end.waiting:,} wait for a decision, {end.watched:,} for the network.")
    for name, records in end.unread.items():
        say(f"{records:,} records wait before {name}.")
    if end.stranded:
        say(f"{end.stranded:,} were begun over a minute ago and not answered: they are read again after the pause.")
    say(_go_on(end.paused))


def _go_on(paused: tuple[str, ...]) -> str:
    return f"Paused until: {'; '.join(f'nephoran resume {stage}' for stage in paused)}"
