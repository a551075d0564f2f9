"""`nephoran lag`: how late each stage is, in records and in seconds, and what that means."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import AsJson
from pipeline.cli.printing import console, print_json, table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rich.console import RenderableType

    from pipeline.control.control_topic import ControlTopic
    from pipeline.settings import Settings
    from pipeline.telemetry.lag import StageLag


def lag(
    watch: Annotated[bool, typer.Option("--watch", help="Keep measuring, until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how far each stage is behind, in records and seconds.

    With a verdict (ok, warning, stalled, stopped, rewind, lost); a paused stage is named, with who paused it and why.

    If something is late it measures twice, three seconds apart, to tell stalled from late.
    """
    from pipeline.cli.session import begin

    with suppress(KeyboardInterrupt):
        asyncio.run(_show(begin(), watch, as_json))


async def _show(settings: "Settings", watch: bool, as_json: bool) -> None:
    from rich.live import Live

    from pipeline.operations.control import following_control

    async with following_control(settings) as control:
        if as_json:
            async for stages in _measurements(settings, watch):
                print_json([_row(stage, control) for stage in stages], is_one_of_many=watch)
            return
        if not watch:
            async for stages in _measurements(settings, watch):
                console().print(_picture(stages, control))
            return
        with Live(console=console(), auto_refresh=False) as live:
            async for stages in _measurements(settings, watch):
                live.update(_picture(stages, control), refresh=True)


async def _measurements(settings: "Settings", watch: bool) -> "AsyncIterator[list[StageLag]]":
    from pipeline.flow import FLOW
    from pipeline.kafka.lag import LagReader
    from pipeline.operations.read_topics import require_reachable
    from pipeline.telemetry.lag import LOOK_SECONDS, STALLED_SECONDS, LagWatch
    from schemas.topics import SOURCES

    await require_reachable(settings.kafka, SOURCES)
    reader, lag_watch = LagReader(settings.kafka), LagWatch(FLOW, wanted_partitions=settings.kafka.partitions_for)
    judge, topics = lag_watch.judge, lag_watch.topics
    try:
        await reader.start()
        stages = judge(await reader.read(topics))
        if not watch and any((stage.seconds or 0.0) > STALLED_SECONDS for stage in stages):
            await asyncio.sleep(LOOK_SECONDS)
            stages = judge(await reader.read(topics))
        yield stages
        while watch:
            await asyncio.sleep(LOOK_SECONDS)
            yield judge(await reader.read(topics))
    finally:
        await reader.stop()


def _row(stage: "StageLag", control: "ControlTopic") -> dict[str, object]:
    order = control.stages.get(stage.stage)
    losses = [loss.model_dump(mode="json") for loss in control.recent_losses() if loss.stage == stage.stage]
    paused = order.model_dump(mode="json") if order and order.is_paused else None
    return stage.row() | {"paused": paused, "losses": losses}


def _picture(stages: "list[StageLag]", control: "ControlTopic") -> "RenderableType":
    from rich.console import Group

    from pipeline.cli.status_lines import loss_line, pause_line

    shown = table("stage", "reads", "verdict", "records", "seconds", "workers")
    for stage in stages:
        seconds = "?" if stage.seconds is None else f"{stage.seconds:.1f}"
        shown.add_row(stage.stage, stage.topic, str(stage.verdict), f"{stage.records:,}", seconds, str(stage.members))
    whys = [f"{stage.stage}: {stage.why}" for stage in stages if stage.why]
    growths = dict.fromkeys(stage.growth for stage in stages if stage.growth)
    return Group(shown, *whys, *growths, *map(loss_line, control.recent_losses()), *map(pause_line, control.paused()))
