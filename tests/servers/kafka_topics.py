"""A test's topics. Commands give a broker up after eight seconds, for people wait; a busy machine may need longer."""

from collections.abc import Awaitable, Callable

from pipeline.kafka.admin import apply_topics, delete_topics
from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.settings import KafkaSettings
from tests.servers.eventually import eventually

PATIENCE_SECONDS = 120


async def make_topics(kafka: KafkaSettings) -> None:
    """All topics of the table, under the prefix of these settings."""
    await eventually(lambda: _has_done(apply_topics, kafka), PATIENCE_SECONDS)


async def drop_topics(kafka: KafkaSettings) -> None:
    """They go, with all their records."""
    await eventually(lambda: _has_done(delete_topics, kafka), PATIENCE_SECONDS)


async def _has_done(work: Callable[[KafkaSettings], Awaitable[object]], kafka: KafkaSettings) -> bool:
    try:
        await work(kafka)
    except NotUsable as error:
        raise AssertionError(error.message) from error
    return True
