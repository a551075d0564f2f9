"""`nephoran demo`: everything on one machine, from a broker to the results."""

import asyncio
import signal
from collections.abc import Coroutine
from itertools import chain, count
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.exits import WRONG_USAGE, say, stop_with

DEFAULT_OUT = "demo-out"


def demo(
    out: Annotated[
        Path | None,
        typer.Option(help=f"A new folder for the results; {DEFAULT_OUT} by default, or {DEFAULT_OUT}-2 and so on."),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running until Ctrl-C.")] = False,
) -> None:
    """Play the pipeline on this machine, with sample intents.

    Starts a real Kafka and workers, publishes, decides and repairs, and shows the results. Ends with 0 only if
    every intent ended as it must, the books balance, nothing was done twice and nothing undone.
    """
    from pipeline.cli.session import begin
    from pipeline.demo.play import is_broker_given, play
    from pipeline.local_kafka.distribution import kafka_jars

    begin()
    folder = (out or _free_folder()).resolve()
    if folder.exists() and any(folder.iterdir()):
        stop_with(WRONG_USAGE, f"{folder} is not empty: remove it, or choose another folder with --out")
    if not is_broker_given():
        kafka_jars(say)  # before the event loop, so that Ctrl-C ends a long download at once
    raise typer.Exit(asyncio.run(_until_interrupted(play(folder, keep))))


def _free_folder() -> Path:
    numbered = (Path(f"{DEFAULT_OUT}-{number}") for number in count(2))
    return next(folder for folder in chain([Path(DEFAULT_OUT)], numbered) if not folder.exists())


async def _until_interrupted(playing: Coroutine[None, None, int]) -> int:
    task = asyncio.ensure_future(playing)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        say("stopped")
        raise KeyboardInterrupt from None
