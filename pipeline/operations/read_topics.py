"""Reads topics for commands: all there is, or what comes from now on. Commits nothing, disturbs no consumer group."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from pipeline.kafka.admin import examine_topics
from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.records import Record
from pipeline.kafka.settings import KafkaSettings
from pipeline.kafka.topic_report import describe_faults
from pipeline.kafka.topic_views import TopicView
from schemas.topics import Topic

OnRecord = Callable[[Record], None]


async def require_reachable(kafka: KafkaSettings, topics: Iterable[Topic]) -> dict[str, int]:
    """That a broker answers and has these topics, and how many partitions each has, by the name it has there.

    Raises: NotUsable within seconds, saying what to do.
    """
    wanted = {kafka.topic_prefix + topic.name for topic in topics}
    reports = [report for report in await examine_topics(kafka) if report.name in wanted]
    if lacking := [report.name for report in reports if report.verdict == "missing"]:
        raise NotUsable(
            f"Kafka at {kafka.bootstrap_servers} has no topic {', '.join(lacking)}: `nephoran topics apply` creates it"
        )
    if unseen := [report for report in reports if report.verdict == "forbidden"]:
        raise NotUsable(describe_faults(unseen))
    return {report.name: report.state.partitions if report.state else 0 for report in reports}


async def read_all(kafka: KafkaSettings, reads: dict[Topic, OnRecord], since_ms: int | None = None) -> None:
    """Returns once every record that these topics hold now was handed over, in order per partition."""
    async with following(kafka, reads, since_ms):
        pass


async def search(
    kafka: KafkaSettings, topic: Topic, on_record: OnRecord, sought: bytes, partition: int | None = None
) -> None:
    """Hands over what holds `sought`, and some other records: of one partition, or of all. Raises: NotUsable."""
    view = TopicView(topic.name, kafka, on_record, partition=partition, sought=sought)
    try:
        await view.start()
    finally:
        await view.stop()


@asynccontextmanager
async def following(
    kafka: KafkaSettings, reads: dict[Topic, OnRecord], since_ms: int | None = None
) -> AsyncIterator[list[TopicView]]:
    """Topics that are read and kept up with; entered once everything written before was handed over.

    Raises: NotUsable where no broker answers, or a topic is missing.
    """
    await require_reachable(kafka, reads)
    views = [TopicView(topic.name, kafka, on_record, since_ms) for topic, on_record in reads.items()]
    try:
        await asyncio.gather(*(view.start() for view in views))
        yield views
    finally:
        await asyncio.gather(*(view.stop() for view in views))
