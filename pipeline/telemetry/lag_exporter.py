"""The lag of every stage as metrics. Every worker exports all of them, so that the lag of a dead one stays visible."""

import asyncio
import math
from collections.abc import Sequence
from typing import Any

import structlog

from pipeline.kafka.lag import LagReader
from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.settings import KafkaSettings
from pipeline.kafka.stage import Stage
from pipeline.telemetry.lag import LagWatch, StageLag, Verdict
from pipeline.telemetry.metrics import Metrics

log = structlog.get_logger()


class LagExporter:
    """Measures every `interval_seconds` in the background. Where Kafka does not answer, the last figures stay, aged."""

    def __init__(
        self, kafka: KafkaSettings, metrics: Metrics, interval_seconds: float, flow: Sequence[Stage[Any]]
    ) -> None:
        self._kafka = kafka
        self._metrics = metrics
        self._interval_seconds = interval_seconds
        self._watch = LagWatch(flow)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start measuring."""
        self._task = asyncio.create_task(self._measure_for_ever())

    async def stop(self) -> None:
        """Stop measuring."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _measure_for_ever(self) -> None:
        while True:
            reader = LagReader(self._kafka)
            try:
                await reader.start()
                while True:
                    self._export(self._watch.judge(await reader.read(self._watch.topics)))
                    await asyncio.sleep(self._interval_seconds)
            except NotUsable as error:
                log.warning("lag not measured", why=error.message)
            finally:
                await reader.stop()
            await asyncio.sleep(self._interval_seconds)

    def _export(self, stages: list[StageLag]) -> None:
        for stage in stages:
            for partition in stage.partitions:
                place = (stage.stage, stage.topic, str(partition.partition))
                self._metrics.lag_records.labels(*place).set(partition.records)
                seconds = math.nan if partition.seconds is None else partition.seconds
                self._metrics.lag_seconds.labels(*place).set(seconds)
            self._metrics.topic_partitions.labels(stage.topic).set(len(stage.partitions))
            self._metrics.topic_partitions_wanted.labels(stage.topic).set(self._kafka.partitions_for(stage.topic))
            for verdict in Verdict:
                self._metrics.lag_verdict.labels(stage.stage, verdict).set(verdict is stage.verdict)
        self._metrics.lag_measured_at.set_to_current_time()
