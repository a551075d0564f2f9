"""What Kafka loses: both engines notice it, tell it, and go on with what is there."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from confluent_kafka import Producer

from pipeline.engines.settings import EngineSettings
from pipeline.flow import FLOW
from pipeline.kafka.acknowledgement import Acknowledged
from pipeline.kafka.breaks import BreakKind
from pipeline.kafka.lag import LagReader, PartitionLag
from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.records import Record
from pipeline.kafka.settings import KafkaSettings
from pipeline.local_kafka.cluster import LocalKafka
from pipeline.telemetry.lag import LagWatch, Verdict
from schemas.topics import PARSED
from tests.contract.engine_at_work import GROUP, Log, committed, worker, write
from tests.servers.eventually import eventually

pytestmark = pytest.mark.slow
NOTICED_SECONDS = 60
"""Promised are 30; a busy machine takes its time."""
STAGE_GROUP = "nephoran-enrich"


def topic_of(kafka: KafkaSettings) -> str:
    return kafka.topic_prefix + PARSED.name


@asynccontextmanager
async def admin_of(kafka: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**kafka.client())
    await admin.start()
    yield admin
    await admin.close()


async def lag_of(kafka: KafkaSettings) -> tuple[Verdict, tuple[PartitionLag, ...]]:
    reader = LagReader(kafka)
    await reader.start()
    try:
        found = await reader.read({GROUP: PARSED.name})
    finally:
        await reader.stop()
    (stage,) = LagWatch(FLOW).judge({STAGE_GROUP: found[GROUP]})
    return stage.verdict, stage.partitions


async def done_and_committed(kafka: KafkaSettings, settings: EngineSettings, count: int) -> Log:
    """A worker has done so many records of partition 0, committed them, and left."""
    log = Log()
    async with worker(kafka, settings, log.process):
        await eventually(lambda: len(log.done) >= count)
        await eventually(lambda: _is_committed(kafka, count))
    return log


async def _is_committed(kafka: KafkaSettings, offset: int) -> bool:
    return await committed(kafka) == offset


async def test_records_that_expired_unread_are_told_with_their_number_and_the_rest_is_done(
    kafka: KafkaSettings, engine_settings: EngineSettings
) -> None:
    await write(kafka, [("k", str(number)) for number in range(10)])
    await done_and_committed(kafka, engine_settings, 10)
    await write(kafka, [("k", f"lost {number}") for number in range(7)])
    async with admin_of(kafka) as admin:
        await admin.delete_records({KafkaPartition(topic_of(kafka), 0): RecordsToDelete(before_offset=17)})
    assert (await lag_of(kafka))[0] is Verdict.LOST
    log = Log()
    async with worker(kafka, engine_settings, log.process) as member:
        await eventually(lambda: member.breaks, NOTICED_SECONDS)
        await write(kafka, [("k", "after")])
        await eventually(lambda: "after" in log.done)
    assert [(found.kind, found.offset, found.records) for found in member.breaks] == [(BreakKind.EXPIRED, 10, 7)]
    assert log.done == ["after"]


async def test_gaps_of_transactions_are_no_loss_and_what_was_taken_back_is_never_seen(
    kafka: KafkaSettings, engine_settings: EngineSettings
) -> None:
    log = Log()
    async with worker(kafka, engine_settings, log.process) as member:
        for how in ("commit", "abort", "commit"):
            await asyncio.to_thread(_transaction, kafka, how)
        await eventually(lambda: len(log.done) == 2)
        await eventually(lambda: _lag_is_over(kafka))
        await asyncio.sleep(6)  # a look at whether anything was lost
    assert log.done == ["commit", "commit"]
    assert member.breaks == []


def _transaction(kafka: KafkaSettings, how: str) -> None:
    producer = Producer(
        {"bootstrap.servers": kafka.bootstrap_servers, "transactional.id": f"{how}-{kafka.topic_prefix}"}
    )
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(topic_of(kafka), how.encode(), key=b"k", partition=0)
    producer.flush(30)
    producer.commit_transaction(30) if how == "commit" else producer.abort_transaction(30)


async def _lag_is_over(kafka: KafkaSettings) -> bool:
    """Although the log ends with a marker, behind the committed offset."""
    verdict, partitions = await lag_of(kafka)
    return verdict is Verdict.OK and [(each.records, each.seconds) for each in partitions] == [(0, 0.0)] * 3


async def test_an_open_transaction_holds_what_comes_behind_it_and_the_lag_says_so(kafka: KafkaSettings) -> None:
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers, "transactional.id": kafka.topic_prefix})
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(topic_of(kafka), b"open", key=b"k", partition=0)
    producer.flush(30)
    await write(kafka, [("k", "behind it")])
    _, partitions = await lag_of(kafka)
    producer.abort_transaction(30)
    first = partitions[0]
    assert (first.records, first.is_held) == (2, True)
    assert first.seconds is not None


async def test_a_topic_made_anew_under_a_running_worker_is_read_on(
    kafka: KafkaSettings, engine_settings: EngineSettings
) -> None:
    await write(kafka, [("k", f"old {number}") for number in range(20)])
    log = Log()
    async with worker(kafka, engine_settings, log.process):
        await eventually(lambda: len(log.done) == 20)
        await eventually(lambda: _is_committed(kafka, 20))
        async with admin_of(kafka) as admin:
            await admin.delete_topics([topic_of(kafka)])
            await eventually(lambda: _is_gone(admin, topic_of(kafka)))
            await eventually(lambda: _is_made(admin, topic_of(kafka)))
        await write(kafka, [("k", f"new {number}") for number in range(5)])
        await eventually(lambda: [value for value in log.done if value.startswith("new")] != [], NOTICED_SECONDS)
        await eventually(lambda: len(log.done) >= 25)
        await write(kafka, [("k", f"newer {number}") for number in range(30)])
        await eventually(lambda: len(log.done) >= 55)
        await eventually(lambda: _is_committed(kafka, 35))
    assert set(log.done) == {
        *(f"old {number}" for number in range(20)),
        *(f"new {number}" for number in range(5)),
        *(f"newer {number}" for number in range(30)),
    }


async def _is_gone(admin: AIOKafkaAdminClient, name: str) -> bool:
    return name not in await admin.list_topics()


async def _is_made(admin: AIOKafkaAdminClient, name: str) -> bool:
    answer = await admin.create_topics([NewTopic(name, 3, 1, topic_configs=PARSED.config)])
    return bool(answer.to_object()["topic_errors"][0]["error_code"] in (0, 36))


async def test_partitions_that_were_added_are_read(kafka: KafkaSettings, engine_settings: EngineSettings) -> None:
    log = Log()
    async with worker(kafka, engine_settings, log.process):
        async with admin_of(kafka) as admin:
            await admin.create_partitions({topic_of(kafka): NewPartitions(5)})
        await eventually(lambda: _is_written(kafka, 4), NOTICED_SECONDS)
        await eventually(lambda: "added" in log.done, NOTICED_SECONDS)


async def _is_written(kafka: KafkaSettings, partition: int) -> bool:
    try:
        await write(kafka, [("k", "added")], partition)
    except AssertionError:  # the brokers have not heard of it yet
        return False
    return True


@pytest.fixture
async def restorable() -> AsyncIterator[tuple[LocalKafka, KafkaSettings, Path]]:
    """A Kafka whose records people can put back, with one topic of one partition; and the folder of that."""
    data = Path(tempfile.mkdtemp(prefix="nephoran-restorable-"))
    local = LocalKafka(data=data)
    try:
        await local.launch()
    except NotUsable as error:
        pytest.skip(f"there is no Kafka: {error.message}")
    kafka = KafkaSettings(bootstrap_servers=local.bootstrap_servers, partitions=1)
    async with admin_of(kafka) as admin:
        await admin.create_topics([NewTopic(PARSED.name, 1, 1, topic_configs=PARSED.config)])
    yield local, kafka, data / "node-1" / "data" / f"{PARSED.name}-0"
    await asyncio.to_thread(local.stop)
    shutil.rmtree(data, ignore_errors=True)


async def put_back(local: LocalKafka, log_folder: Path, copy: Path) -> None:
    """As somebody does who restores a disk."""
    local.kill(1)
    shutil.rmtree(log_folder)
    shutil.copytree(copy, log_folder)
    await local.restart(1)


@pytest.mark.parametrize("is_running", [True, False], ids=["under a running worker", "while no worker runs"])
async def test_what_is_written_after_an_earlier_log_was_put_back_is_all_done(
    restorable: tuple[LocalKafka, KafkaSettings, Path],
    engine_settings: EngineSettings,
    tmp_path: Path,
    is_running: bool,
) -> None:
    local, kafka, log_folder = restorable
    await write(kafka, [("k", f"kept {number}") for number in range(10)])
    shutil.copytree(log_folder, tmp_path / "copy")
    await write(kafka, [("k", f"gone {number}") for number in range(20)])
    after = [f"after {number}" for number in range(30)]  # so that the log grows beyond what was read
    if not is_running:
        await done_and_committed(kafka, engine_settings, 30)
        await put_back(local, log_folder, tmp_path / "copy")
        await write(kafka, [("k", value) for value in after])
    log = Log()
    async with worker(kafka, engine_settings, log.process) as member:
        if is_running:
            await eventually(lambda: len(log.done) == 30)
            await eventually(lambda: _is_committed(kafka, 30))
            await put_back(local, log_folder, tmp_path / "copy")
            await write(kafka, [("k", value) for value in after])
        await eventually(lambda: set(after) <= set(log.done), NOTICED_SECONDS)
        await eventually(lambda: _is_committed(kafka, 40))
    assert BreakKind.WENT_BACK in {found.kind for found in member.breaks}
    if is_running:  # else what lies beyond the committed offset is read, before the log is found to be another
        assert [value for value in log.done if value in after] == after


async def test_order_never_goes_back_where_the_clock_of_the_broker_does_nor_over_a_restart(
    kafka_without_topics: KafkaSettings, engine_settings: EngineSettings
) -> None:
    """A topic of CreateTime stands for the clock: there the producer says when a record was appended."""
    kafka = kafka_without_topics
    async with admin_of(kafka) as admin:
        await admin.create_topics([NewTopic(topic_of(kafka), 1, 1)])
        await eventually(lambda: _is_listed(admin, topic_of(kafka)))
    orders: dict[str, int] = {}

    async def note(record: Record) -> Acknowledged:
        orders[(record.value or b"").decode()] = record.ordered_ms
        acknowledged: Acknowledged = asyncio.get_running_loop().create_future()
        acknowledged.set_result(None)  # type: ignore[attr-defined]
        return acknowledged

    for values in ([("a", 1_000_000), ("b", 5_000_000)], [("c", 2_000_000)], [("d", 3_000_000), ("e", 6_000_000)]):
        async with worker(kafka, engine_settings, note):
            await _write_at(kafka, values)
            await eventually(lambda values=values: values[-1][0] in orders)  # type: ignore[misc]
    assert orders == {"a": 1_000_000, "b": 5_000_000, "c": 5_000_000, "d": 5_000_000, "e": 6_000_000}


async def _is_listed(admin: AIOKafkaAdminClient, name: str) -> bool:
    return name in await admin.list_topics()


async def _write_at(kafka: KafkaSettings, values: Sequence[tuple[str, int]]) -> None:
    producer = AIOKafkaProducer(**kafka.client())
    await producer.start()
    for value, timestamp_ms in values:
        await producer.send_and_wait(topic_of(kafka), value.encode(), timestamp_ms=timestamp_ms)
    await producer.stop()
