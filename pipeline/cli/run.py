"""`nephoran run`: workers in the foreground."""

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.exits import FAILED, say

if TYPE_CHECKING:
    from pipeline.settings import Settings


def run(
    stages: Annotated[
        str, typer.Option(help="The stages to run, separated by commas; every one by default.", show_default=False)
    ] = "",
    engine: Annotated[
        str,
        typer.Option(
            help="faust or fast: what fetches and commits; both give the same guarantees.", show_default="faust"
        ),
    ] = "",
    processes: Annotated[
        int,
        typer.Option(
            min=1, max=256, help="How many worker processes; metrics on the configured port and those above it."
        ),
    ] = 1,
) -> None:
    """Run stages of the pipeline until SIGTERM or Ctrl-C.

    Start as many processes, on as many machines, as there are partitions: each stage is a consumer group.
    """
    from agents.domain.verdicts import Fatal
    from pipeline.cli.exits import stop_with
    from pipeline.flow import STAGES
    from pipeline.kafka.not_usable import NotUsable
    from pipeline.processes import event_loop
    from pipeline.settings import Settings
    from pipeline.telemetry.logs import start_logging
    from pipeline.telemetry.tracing import start_tracing

    wanted = [name.strip() for name in stages.split(",") if name.strip()] or list(STAGES)
    unknown = sorted(set(wanted) - set(STAGES))
    if unknown:
        raise typer.BadParameter(f"no stage {', '.join(unknown)}; the stages are {', '.join(STAGES)}")
    if engine not in ("", "faust", "fast"):
        raise typer.BadParameter(f"no engine {engine!r}; the engines are faust and fast")
    settings = Settings()
    if engine:
        settings = settings.model_copy(update={"engine": settings.engine.model_copy(update={"kind": engine})})
    start_logging(settings.log)
    if processes > 1:
        raise typer.Exit(asyncio.run(_supervise(settings, wanted, processes)))
    start_tracing(settings.tracing)
    try:
        event_loop.run(_work(settings, wanted))
    except NotUsable as error:
        stop_with(3, str(error))
    except Fatal as error:
        stop_with(1, f"stopped, because going on would do harm: {error}")


async def _work(settings: "Settings", stages: list[str]) -> None:
    from pipeline.worker import Worker

    worker = Worker(settings, stages)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        worker.stop()
        loop.call_later(settings.run.stop_seconds, _give_up)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await worker.run()


def _give_up() -> None:
    """Exit at once: what was not acknowledged is not committed, and other workers redo it."""
    say("stopped with work left, because NEPHORAN_RUN__STOP_SECONDS are over; other workers carry on")
    os._exit(FAILED)


async def _supervise(settings: "Settings", stages: list[str], count: int) -> int:
    from pipeline.processes.worker_processes import Processes

    first = settings.metrics.port
    ports = [first + number if first else 0 for number in range(count)]
    command = [sys.executable, "-m", "pipeline.cli.start", "run", "--stages", ",".join(stages)]
    command += ["--engine", settings.engine.kind]
    processes = Processes(command, [{"NEPHORAN_METRICS__PORT": str(port)} for port in ports], settings.run)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, processes.stop)
    return await processes.run()
