"""A pipeline that the tests of this folder share, each on objects and ids of its own."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.kafka.settings import KafkaSettings
from tests.servers.kafka_topics import drop_topics, make_topics
from tests.servers.pipeline_at_work import PipelineAtWork

PARTITIONS = 3


@contextmanager
def topics(kafka_address: str) -> Iterator[KafkaSettings]:
    """The topics of the table under a prefix of their own."""
    kafka = KafkaSettings(
        bootstrap_servers=kafka_address, topic_prefix=f"e2e-{uuid.uuid4().hex[:8]}.", partitions=PARTITIONS
    )
    asyncio.run(make_topics(kafka))
    try:
        yield kafka
    finally:
        asyncio.run(drop_topics(kafka))


@pytest.fixture(scope="session")
def pipeline(kafka_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PipelineAtWork]:
    """Every stage in one worker process. For tests that publish and look; nobody may kill or pause it."""
    with topics(kafka_address) as kafka:
        at_work = PipelineAtWork(kafka, tmp_path_factory.mktemp("pipeline"))
        try:
            at_work.start("all")
            at_work.until_ready()
            yield at_work
        finally:
            at_work.stop()


@pytest.fixture
def own_pipeline(kafka_address: str, tmp_path: Path) -> Iterator[PipelineAtWork]:
    """Topics and a repository for one test alone, which starts its workers itself."""
    with topics(kafka_address) as kafka:
        at_work = PipelineAtWork(
            kafka,
            tmp_path,
            NEPHORAN_ENGINE__SESSION_TIMEOUT_SECONDS="6",
            NEPHORAN_ENGINE__HEARTBEAT_INTERVAL_SECONDS="2",
        )
        try:
            yield at_work
        finally:
            at_work.stop()
