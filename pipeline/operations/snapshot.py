"""Everything that the pipeline has in Kafka, as it was at one moment, in files.

The moment is one at which nothing moves: all is read, and then it is looked whether anything but new requests and
decisions has been written or committed meanwhile. What is in the files is then what a cluster would hold that stopped
at that moment.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from confluent_kafka.admin import AdminClient

from pipeline.flow import FLOW
from pipeline.kafka.admin import committed
from pipeline.kafka.bulk import BulkReader, Spans
from pipeline.kafka.not_usable import NotPossible
from pipeline.kafka.records import Record, TopicPartition
from pipeline.kafka.rights import GROUPS
from pipeline.kafka.settings import KafkaSettings
from pipeline.kafka.signed_events import EventReader
from pipeline.operations.snapshot_files import (
    GroupPart,
    Manifest,
    PartitionFile,
    PartitionPart,
    keeps_offsets,
    line_of,
    new_file,
    write_manifest,
)
from pipeline.operations.status_overview import StatusOverview
from pipeline.settings import Settings
from schemas.topics import DECISIONS, RECEIVED, STATUS, TOPICS

ANSWER_SECONDS = 30.0
NAMES = tuple(topic.name for topic in TOPICS)
GROWING = (RECEIVED.name, DECISIONS.name)
"""What people and producers may write to meanwhile: nobody reads it, for parse and approve are paused."""
WITH_OFFSETS = frozenset(topic.name for topic in TOPICS if keeps_offsets(topic))

OnCount = Callable[[int], object]


def take_snapshot(settings: Settings, folder: Path, on_count: OnCount = lambda records: None) -> Manifest:
    """Write the folder, which must not exist or be empty. `on_count` hears how many records are written so far.

    Raises: NotUsable; NotPossible where something moves.
    """
    require_empty(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    books = StatusOverview(EventReader.of(settings.signing))
    with BulkReader(settings.kafka) as reader:
        before = _require_settled(settings.kafka, reader)
        groups = _groups(settings.kafka, before)
        copied = list(_copy(reader, before, folder, books, on_count))
        _require_unmoved(before, reader.spans(NAMES))
        if changed := {*groups} ^ {*_groups(settings.kafka, before)}:
            named = sorted({f"{part.group} in {part.topic}/{part.partition}" for part in changed})
            raise NotPossible(_moved(f"a group has gone on reading ({', '.join(named)})"))
        _require_read(reader.headers_lost, groups)
        manifest = Manifest(
            nephoran=version("nephoran"),
            made_at=datetime.now(UTC),
            partitions=tuple(copied),
            groups=groups,
            books=books.books(),
            headers_lost=sum(map(len, reader.headers_lost.values())),
        )
    write_manifest(folder, manifest)
    return manifest


def require_empty(folder: Path) -> None:
    """Raises: NotPossible where a snapshot would mix with what is there."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotPossible(f"{folder} is not empty: name a folder that a snapshot may fill")


def _require_settled(kafka: KafkaSettings, reader: BulkReader) -> Spans:
    """Raises: NotPossible where a transaction is under way."""
    settled = reader.spans(NAMES)
    with BulkReader(kafka, sees_all=True) as raw:
        ends = raw.spans(NAMES)
    if under_way := [str(place) for place in settled if settled[place].end < ends[place].end]:
        raise NotPossible(
            f"somebody's transaction is under way on {', '.join(under_way)}: wait until the replay of dead letters has "
            "ended (a killed one 20 s), then take the snapshot again"
        )
    return settled


def _require_unmoved(before: Spans, after: Spans) -> None:
    if moved := [str(at) for at in before if at.topic not in GROWING and before[at].end != after[at].end]:
        raise NotPossible(_moved(f"something was written to {', '.join(moved)}"))


def _require_read(lost: Mapping[TopicPartition, list[int]], groups: Iterable[GroupPart]) -> None:
    """What is kept without its headers must have been answered: without `dry_run`, say, it would be another request."""
    readers = {stage.reads.name: stage for stage in FLOW if stage.reads.name in GROWING}
    reached = {(part.group, part.topic, part.partition): part.offset for part in groups}
    for place, offsets in lost.items():
        stage = readers.get(place.topic)
        if stage and max(offsets) >= reached.get((stage.group, *place), 0):
            raise NotPossible(
                f"{place.topic}/{place.partition}/{max(offsets)} has header names that are not UTF-8, which a snapshot "
                f"cannot keep, and {stage.name} has not read it: `nephoran resume {stage.name}`, so that it becomes a "
                "dead letter; then delete the folder, and take the snapshot again"
            )


def _moved(what: str) -> str:
    return (
        f"{what} while the snapshot was taken, so it is not of one moment and was not finished: delete its folder, let "
        "nobody replay or roll back, and take it again"
    )


def _copy(
    reader: BulkReader, spans: Spans, folder: Path, books: StatusOverview, on_count: OnCount
) -> Iterator[PartitionPart]:
    files: dict[TopicPartition, PartitionFile] = {}
    count = 0
    with ExitStack() as open_files:
        for batch in reader.read(spans):
            for record in batch:
                place = TopicPartition(record.topic, record.partition)
                if place not in files:
                    files[place] = PartitionFile(open_files.enter_context(new_file(folder, place)))
                files[place].add(line_of(record, with_offset=record.topic in WITH_OFFSETS))
                _count(books, record)
            count += len(batch)
            on_count(count)
    for place, span in spans.items():
        part = partial(PartitionPart, topic=place.topic, partition=place.partition, first=span.first, end=span.end)
        found = files.get(place)
        yield part(records=found.hash.records, sha256=found.hash.hexadecimal) if found else part()


def _count(books: StatusOverview, record: Record) -> None:
    if record.topic == STATUS.name:
        books.hand(record)


def _groups(kafka: KafkaSettings, spans: Spans) -> tuple[GroupPart, ...]:
    """How far our groups have come, those of replay jobs too."""
    admin = AdminClient(kafka.librdkafka())
    listed = admin.list_consumer_groups(request_timeout=ANSWER_SECONDS).result(2 * ANSWER_SECONDS)
    prefix = kafka.topic_prefix
    ours = sorted(each.group_id for each in listed.valid if each.group_id.startswith(prefix + GROUPS))
    return asyncio.run(_positions(kafka, [name.removeprefix(prefix) for name in ours], spans))


async def _positions(kafka: KafkaSettings, groups: Iterable[str], spans: Spans) -> tuple[GroupPart, ...]:
    reached = {group: await committed(kafka, group) for group in groups}
    return tuple(
        GroupPart(group=group, topic=place.topic, partition=place.partition, offset=offset, note=note)
        for group, positions in reached.items()
        for place, (offset, note) in sorted(positions.items())
        if place in spans
    )
