"""`nephoran pause`, `resume` and `circuit`: orders to all workers, which survive restarts."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import AsJson, require_known
from pipeline.cli.printing import print_json, printable, tell

if TYPE_CHECKING:
    from pipeline.control.control_topic import CircuitStanding
    from schemas.control import StageOrder

circuit = typer.Typer(
    name="circuit", no_args_is_help=True, help="See which circuits are open, and open or close them yourself."
)


def _known_stage_or_all(name: str) -> str | None:
    from pipeline.flow import STAGES
    from pipeline.operations.control import ALL

    return require_known("stage", name, (*STAGES, ALL))


def _known_endpoint(name: str) -> str | None:
    from pipeline.control.circuits import ENDPOINTS, is_endpoint

    return name if is_endpoint(name) else require_known("endpoint", name, ENDPOINTS)


StageName = Annotated[
    str, typer.Argument(metavar="STAGE", help="A stage's name, or `all`.", callback=_known_stage_or_all)
]
Endpoint = Annotated[
    str,
    typer.Argument(
        metavar="ENDPOINT", help="Its name in `circuit list` and in the metric circuit_open.", callback=_known_endpoint
    ),
]
Why = Annotated[str, typer.Option(help="The reason, for others who find it so.")]


def pause(stage: StageName, why: Why = "", as_json: AsJson = False) -> None:
    """Pause a stage in all workers until it is resumed.

    It survives restarts. What is running finishes; nothing new starts.
    """
    from pipeline.cli.session import begin
    from pipeline.operations.control import pause_stages

    _tell(asyncio.run(pause_stages(begin(), stage, why)), as_json)


def resume(stage: StageName, why: Why = "", as_json: AsJson = False) -> None:
    """Resume a paused stage.

    Whoever paused it: a person, or the brake.
    """
    from pipeline.cli.session import begin
    from pipeline.operations.control import resume_stages

    _tell(asyncio.run(resume_stages(begin(), stage, why)), as_json)


def _tell(orders: "list[StageOrder]", as_json: bool) -> None:
    if as_json:
        print_json([order.model_dump(mode="json") for order in orders])
        return
    for order in orders:
        until = f", until nephoran resume {order.stage}" if order.is_paused else ""
        tell(f"{order.stage}: {'pause' if order.is_paused else 'resume'} ordered{until}")


@circuit.command("open")
def open_(endpoint: Endpoint, why: Why = "", as_json: AsJson = False) -> None:
    """Stop calling an endpoint in all workers, until `close`. What needs it waits, for an hour by default."""
    _order(endpoint, is_open=True, why=why, as_json=as_json)


@circuit.command()
def close(endpoint: Endpoint, why: Why = "", as_json: AsJson = False) -> None:
    """Let all workers call an endpoint again now, whatever happened before."""
    _order(endpoint, is_open=False, why=why, as_json=as_json)


@circuit.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the endpoints whose circuit was ever open, and who opened it: a person or the workers."""
    from pipeline.cli.session import begin
    from pipeline.operations.control import read_control

    _print(asyncio.run(read_control(begin())).circuit_standings(), as_json)


def _order(endpoint: str, *, is_open: bool, why: str, as_json: bool) -> None:
    from pipeline.cli.session import begin
    from pipeline.operations.control import order_circuit

    order = asyncio.run(order_circuit(begin(), endpoint, is_open, why))
    if as_json:
        print_json(order.model_dump(mode="json"))
    else:
        tell(f"{endpoint}: {'open' if is_open else 'close'} ordered")


def _print(standings: "list[CircuitStanding]", as_json: bool) -> None:
    from pipeline.cli.printing import console, table

    if as_json:
        print_json([standing.as_data() for standing in standings])
        return
    rows = table("endpoint", "circuit", "since", "opened by", "why")
    for standing in standings:
        since = f"{standing.since:%Y-%m-%d %H:%M:%S} UTC" if standing.since else ""
        rows.add_row(standing.endpoint, standing.state, since, ", ".join(standing.opened_by), printable(standing.why))
    console().print(rows if standings else "no circuit was ever open")
