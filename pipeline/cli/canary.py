"""`nephoran canary`: a known request as a dry run, once or every minute."""

import asyncio
import signal
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.exits import FAILED
from pipeline.cli.options import AsJson
from pipeline.cli.printing import print_json, tell

if TYPE_CHECKING:
    from pipeline.settings import Settings


def canary(
    once: Annotated[
        bool, typer.Option("--once", help="One run, its outcome printed; exit 1 unless right, 3 without Kafka.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Submit a known request repeatedly, as a dry run.

    And report to Prometheus whether it succeeds. Nothing is ever carried out: a dry run ends once its plan is
    known.
    """
    from pipeline.cli.session import begin
    from pipeline.operations.canary import run_canary
    from pipeline.settings import Settings
    from pipeline.telemetry.logs import start_logging

    if not once:
        settings = Settings()
        start_logging(settings.log)
        asyncio.run(_serve(settings))
        return
    run = asyncio.run(run_canary(begin()))
    if as_json:
        print_json(asdict(run), is_one_of_many=True)
    else:
        tell(f"{run.outcome} after {run.seconds:.2f} s: {run.why}")
    if run.outcome != "right":
        raise typer.Exit(FAILED)


async def _serve(settings: "Settings") -> None:
    from pipeline.operations.canary import run_canaries
    from pipeline.telemetry.http import HttpServer, worker_app
    from pipeline.telemetry.metrics import Metrics

    metrics = Metrics()
    http = HttpServer(worker_app(metrics, lambda: None), settings.metrics.host, settings.metrics.port)
    await http.start()
    running = asyncio.create_task(run_canaries(settings, metrics))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        await http.stop()
