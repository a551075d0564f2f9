"""`nephoran status`: where an intent stands, how it got there, and the books."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.exits import FAILED, stop_with
from pipeline.cli.options import AsJson, Since
from pipeline.cli.printing import console, print_json, printable, table
from schemas.status import State

if TYPE_CHECKING:
    from pipeline.operations.status_overview import StatusOverview
    from pipeline.settings import Settings
    from schemas.control import StageOrder
    from schemas.status import IntentStatus


def status(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]", help="The intent's id, or its producer's: ce_id or source#ce_id.", show_default=False
        ),
    ] = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="List the proposals that wait for a decision.")] = False,
    state: Annotated[State | None, typer.Option(help="List only intents in this state.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many intents to list.")] = 20,
    since: Since = None,
    as_json: AsJson = False,
) -> None:
    """Show where an intent stands and how it got there.

    Without an ID: the books over all intents, and those that changed last.
    """
    from pipeline.cli.session import begin

    settings = begin()
    if name is not None:
        _show_one(settings, name, as_json)
    elif waiting:
        from pipeline.cli.proposal_list import show_proposals

        show_proposals(settings, as_json)
    else:
        from pipeline.operations.control import read_control
        from pipeline.operations.status_overview import overview_of
        from pipeline.operations.statuses import milliseconds

        board = asyncio.run(overview_of(settings, milliseconds(since)))
        _show_recent(board, asyncio.run(read_control(settings)).paused(), limit, state, as_json)


def _show_one(settings: "Settings", name: str, as_json: bool) -> None:
    from pipeline.cli.status_lines import status_fields
    from pipeline.operations.statuses import history_of

    board = asyncio.run(history_of(settings, name))
    if not board.newest:
        stop_with(
            FAILED,
            f"nothing is known of {name}: it was never received, or longer ago than intents.status keeps (30 days)",
        )
    if as_json:
        print_json(
            [
                {**status_fields(each), "history": [status_fields(one) for one in board.history[each.intent_id]]}
                for each in board.newest.values()
            ]
        )
        return
    for newest in board.newest.values():
        _print_one(newest, board.history[newest.intent_id])


def _print_one(newest: "IntentStatus", history: "list[IntentStatus]") -> None:
    from pipeline.cli.status_lines import advice_on

    out = console()
    out.print(f"intent {newest.intent_id}" + (f" ({printable(newest.producer_id)})" if newest.producer_id else ""))
    if newest.text:
        out.print(f"  {printable(newest.text)}", style="italic")
    out.print(f"  {newest.state}{f' ({newest.reason})' if newest.reason else ''}", style="bold")
    for line in advice_on(newest):
        out.print(f"  {line}")
    path = table("when", "state", "by", "generation", "seconds")
    for each in history:
        seconds = "" if each.latency_seconds is None else f"{each.latency_seconds:.3f}"
        path.add_row(
            f"{each.at.astimezone():%Y-%m-%d %H:%M:%S.%f}"[:-3], each.state, each.stage, str(each.generation), seconds
        )
    out.print(path)


def _show_recent(
    board: "StatusOverview", paused: "list[StageOrder]", limit: int, state: State | None, as_json: bool
) -> None:
    from pipeline.cli.status_lines import books_line, pause_line, status_fields, table_of

    recent = board.recent(limit, state)
    if as_json:
        orders = [order.model_dump(mode="json") for order in paused]
        intents = [status_fields(each) for each in recent]
        print_json({"books": board.books(), "dry_runs": board.dry_runs(), "paused": orders, "intents": intents})
        return
    out = console()
    out.print(books_line(board.books(), board.dry_runs()))
    for order in paused:
        out.print(pause_line(order), style="yellow")
    if recent:
        out.print(table_of(recent))
