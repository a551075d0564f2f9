"""`nephoran rewind`: have a stage read records again, after a look at how many."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.exits import FAILED, say, stop_with
from pipeline.cli.options import AsJson, known_stage, parse_since
from pipeline.cli.printing import console, print_json, table

if TYPE_CHECKING:
    from pipeline.operations.rewind import Rewinding

WHY_NOTHING_DOUBLES = (
    "Nothing is carried out twice: what {stage} has answered, according to intents.status, is not judged again, and "
    "whatever it reads again has the same identity and order as before, so that the ledger knows what is done."
)


def _moment_or_offset(text: str) -> datetime | int:
    return int(text) if text.isdecimal() else parse_since(text)


def rewind(
    stage: Annotated[str, typer.Option(help="The stage's name.", callback=known_stage)],
    to: Annotated[
        datetime,
        typer.Option(
            parser=_moment_or_offset,
            metavar="WHEN|OFFSET",
            help="30m, 6h, 2d ago or an ISO time, by the broker's clock; or an offset.",
        ),
    ],
    partition: Annotated[int | None, typer.Option(min=0, help="Only this partition.", show_default=False)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be read again, and stop.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Have a stage read again what it has read since some moment.

    Always tells first how many records that is, and asks. Only back, never ahead; what retention has taken is gone.
    Stop the workers of the stage before: it refuses while there are any.

    Examples: nephoran rewind --stage deploy --to 2h --dry-run; nephoran rewind --stage plan --to 1200 --partition 3
    """
    from pipeline.cli.session import begin
    from pipeline.operations.rewind import plan_rewind, require_nobody
    from pipeline.operations.rewind import rewind as do_it

    settings = begin()
    plan = asyncio.run(plan_rewind(settings, stage, to, partition))
    if not as_json:
        _print(plan)
    if dry_run or not plan.steps:
        if as_json:
            _print_json(plan, is_done=False)
        elif plan.members:
            say(f"{plan.members} worker(s) of {stage} are at work: stop them before you rewind")
        return
    require_nobody(plan)
    if not yes and not typer.confirm(f"Rewind {stage} by {plan.records:,} records?", err=True):
        stop_with(FAILED, "nothing was rewound")
    do_it(settings, plan)
    if as_json:
        _print_json(plan, is_done=True)
    else:
        say(f"{stage} is rewound: its workers read {plan.records:,} records again once you start them")


def _print_json(plan: "Rewinding", *, is_done: bool) -> None:
    steps = [asdict(step) | {"records": step.records} for step in plan.steps]
    print_json(asdict(plan) | {"steps": steps, "records": plan.records, "is_done": is_done})


def _print(plan: "Rewinding") -> None:
    out = console()
    if not plan.steps:
        out.print(f"{plan.stage} has read nothing of {plan.topic} since then: there is nothing to rewind")
        return
    rows = table("partition", "committed", "begins again at", "records")
    for step in plan.steps:
        rows.add_row(str(step.partition), str(step.committed), str(step.target), f"{step.records:,}")
    out.print(rows)
    out.print(f"{plan.stage} would read {plan.records:,} records of {plan.topic} again.")
    out.print(WHY_NOTHING_DOUBLES.format(stage=plan.stage))
