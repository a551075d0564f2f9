"""What every test gets: real servers on demand, a clean environment, and no skipping in CI."""

import asyncio
import inspect
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from agents.adapters.weaviate.settings import WeaviateSettings
from pipeline.kafka.settings import KafkaSettings
from tests.servers.eventually import eventually
from tests.servers.kafka_server import describe_choice, kafka_for_tests
from tests.servers.kafka_topics import drop_topics, make_topics
from tests.servers.no_skips import (  # noqa: F401  hooks
    pytest_make_collect_report,
    pytest_runtest_makereport,
)
from tests.servers.weaviate_server import weaviate_for_tests

NOWHERE = Path("/nonexistent")
"""Where nothing that the person who runs the tests has loaded can lie."""
PARTITIONS = 3
"""Fewer than in production, more than one: enough for keys to part ways."""


def pytest_report_header() -> list[str]:
    return [describe_choice()]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the person who runs the tests, a model's address and key among them, do not reach the tests."""
    for name in list(os.environ):
        if name.startswith("NEPHORAN_") and not name.startswith("NEPHORAN_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NEPHORAN_KNOWLEDGE__DATABASE", str(NOWHERE / "knowledge.sqlite"))


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command run in a test writes its logs to that test's output, which is closed for the tests that follow."""
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def no_leftover_tasks(request: pytest.FixtureRequest) -> None:
    """An asynchronous test that leaves a task running fails."""
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        request.getfixturevalue("_tasks_end_with_their_test")


@pytest.fixture
async def _tasks_end_with_their_test() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    await eventually(lambda: _require_none(asyncio.all_tasks() - before))


def _require_none(tasks: set["asyncio.Task[object]"]) -> bool:
    left = [task for task in tasks if task is not asyncio.current_task()]
    assert not left, f"tasks left running: {left}"
    return True


@pytest.fixture(scope="session")
def kafka_address() -> Iterator[str]:
    """The bootstrap servers of a real Kafka, one for the whole test session."""
    with kafka_for_tests() as address:
        yield address


@pytest.fixture
async def kafka_without_topics(kafka_address: str) -> AsyncIterator[KafkaSettings]:
    """A real Kafka where this test's topics do not exist yet; its prefix keeps it apart from other tests."""
    settings = KafkaSettings(
        bootstrap_servers=kafka_address, topic_prefix=f"test-{uuid.uuid4().hex[:8]}.", partitions=PARTITIONS
    )
    yield settings
    await drop_topics(settings)


@pytest.fixture
async def kafka(kafka_without_topics: KafkaSettings) -> KafkaSettings:
    """A real Kafka with all topics of the table, empty and this test's own; use the prefix for groups too."""
    await make_topics(kafka_without_topics)
    return kafka_without_topics


@pytest.fixture(scope="session")
def weaviate() -> Iterator[WeaviateSettings]:
    """A real Weaviate, one for the whole test session: each test takes collections of its own."""
    with weaviate_for_tests() as address:
        yield WeaviateSettings(url=address.url, grpc_address=address.grpc_address)
