"""`nephoran kafka`: a real Kafka on this machine, in the foreground."""

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.exits import say

if TYPE_CHECKING:
    from pipeline.local_kafka.cluster import LocalKafka


def kafka(
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Where it listens; further brokers on the ports after.")
    ] = 9092,
    data: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            help="Keep the records in this folder; without it they are deleted at the end.",
            show_default=False,
        ),
    ] = None,
    brokers: Annotated[
        int, typer.Option(min=1, max=9, help="With three or more, records have three copies and one broker may fail.")
    ] = 1,
) -> None:
    """Run a real Apache Kafka on this machine, for trials.

    It runs until SIGTERM or Ctrl-C. Of three brokers one may die; it is restarted ten seconds later, and on SIGHUP
    all are that have ended. Only programs of this machine reach it. Prints `bootstrap.servers=…` on
    standard output once it is ready; the first run fetches Kafka (54 MB).
    """
    from pipeline.local_kafka.cluster import LocalKafka
    from pipeline.local_kafka.distribution import kafka_jars

    kafka_jars(say)  # before the event loop, so that Ctrl-C ends a long download at once
    asyncio.run(_serve(LocalKafka(brokers, data, port, report=say)))


async def _serve(local: "LocalKafka") -> None:
    running = asyncio.create_task(_run(local))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        say("Kafka has stopped")


async def _run(local: "LocalKafka") -> None:
    async with local:
        typer.echo(f"bootstrap.servers={local.bootstrap_servers}")
        say("Kafka is ready, Ctrl-C stops it")
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, local.revive)
        await local.keep_up()
