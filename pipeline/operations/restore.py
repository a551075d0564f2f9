"""A snapshot back into a cluster that holds nothing of ours: the same records at the same places, with the same times.

So identities, orders, signatures, committed positions and places of dead letters are what they were, and nothing needs
translating. Only compacted topics, of which nobody remembers an offset, are packed. Until all is written and has been
read back, the topics are such that no worker starts on them.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipeline.kafka.admin import close_filled_topics, examine_topics, make_topics_to_fill
from pipeline.kafka.bulk import BulkReader, Position, Positions
from pipeline.kafka.exact_copy import PartitionCopy
from pipeline.kafka.not_usable import NotPossible
from pipeline.kafka.records import TopicPartition
from pipeline.kafka.settings import KafkaSettings
from pipeline.operations.drain import members_at_work
from pipeline.operations.snapshot import NAMES, WITH_OFFSETS
from pipeline.operations.snapshot_files import Manifest, PartitionHash, PartitionPart, line_of, records_in
from pipeline.operations.status_overview import overview_of
from pipeline.settings import Settings

AT_ONCE = 8
"""Partitions written side by side: a transaction waits for the broker most of its time."""

OnPart = Callable[[PartitionPart], object]


async def require_restorable(settings: Settings, manifest: Manifest) -> None:
    """Raises: NotPossible where the cluster is not empty or would be laid out otherwise; NotUsable."""
    kafka = settings.kafka
    counts = manifest.counts()
    if set(counts) != set(NAMES):
        raise NotPossible(
            f"the snapshot was made by Nephoran {manifest.nephoran}, which has other topics than this one"
        )
    if others := {name: count for name, count in counts.items() if kafka.partitions_for(name) != count}:
        told = ", ".join(f'"{name}": {count}' for name, count in others.items())
        raise NotPossible(
            "the snapshot has other numbers of partitions than the settings, and keys would move: set "
            f"NEPHORAN_KAFKA__PARTITIONS to {max(counts.values())}, or NEPHORAN_KAFKA__PARTITIONS_OF='{{{told}}}'"
        )
    there = [each.name.removeprefix(kafka.topic_prefix) for each in await examine_topics(kafka) if each.state]
    if at_work := await members_at_work(settings):
        raise NotPossible(f"nothing was restored, for workers are at work in {', '.join(at_work)}: stop them first")
    if full := await asyncio.to_thread(_not_empty, kafka, there):
        raise NotPossible(
            f"nothing was restored, for {', '.join(full)} already holds something: restore into an empty cluster or "
            "under another NEPHORAN_KAFKA__TOPIC_PREFIX. If a restore was broken off here, delete our topics first "
            "(kafka-topics.sh --delete)"
        )


def _not_empty(kafka: KafkaSettings, there: list[str]) -> list[str]:
    with BulkReader(kafka, sees_all=True) as reader:
        return sorted({place.topic for place, span in reader.spans(there).items() if span.end})


def restore(settings: Settings, manifest: Manifest, folder: Path, on_part: OnPart = lambda part: None) -> None:
    """Write all of it, read it back, and set the groups. `on_part` hears of each partition that is written.

    Raises: NotUsable, NotPossible; then no worker starts on what is there.
    """
    kafka = settings.kafka
    asyncio.run(make_topics_to_fill(kafka))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        writing = [pool.submit(_write, kafka, folder, part) for part in manifest.partitions]
        try:
            for part, written in zip(manifest.partitions, writing, strict=True):
                written.result()
                on_part(part)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    _require_same(kafka, manifest)
    _set_groups(kafka, manifest)
    close_filled_topics(kafka)
    _require_books(settings, manifest)


def _write(kafka: KafkaSettings, folder: Path, part: PartitionPart) -> None:
    with PartitionCopy(kafka, part.topic, part.partition, keeps_offsets=part.topic in WITH_OFFSETS) as copy:
        copy.write(records_in(folder, part), part.end)


def _require_same(kafka: KafkaSettings, manifest: Manifest) -> None:
    """That Kafka hands back what was written, byte for byte and at the same places."""
    found: defaultdict[TopicPartition, PartitionHash] = defaultdict(PartitionHash)
    with BulkReader(kafka) as reader:
        spans = reader.spans(NAMES)
        for batch in reader.read(spans):
            for record in batch:
                line = line_of(record, with_offset=record.topic in WITH_OFFSETS)
                found[TopicPartition(record.topic, record.partition)].add(line)
    for part in manifest.partitions:
        is_placed = part.topic not in WITH_OFFSETS or spans[part.place].end == part.end
        if found[part.place].hexadecimal != part.sha256 or not is_placed:
            raise NotPossible(
                f"{part.place} is not what the snapshot has: somebody else has written to it, or Kafka has lost "
                "something. Delete our topics, and restore again"
            )


def _set_groups(kafka: KafkaSettings, manifest: Manifest) -> None:
    groups: defaultdict[str, Positions] = defaultdict(dict)
    for part in manifest.groups:
        groups[part.group][TopicPartition(part.topic, part.partition)] = Position(part.offset, part.note)
    for group, positions in groups.items():
        with BulkReader(kafka, group) as reader:
            reader.commit(positions)


def _require_books(settings: Settings, manifest: Manifest) -> None:
    overview = asyncio.run(overview_of(settings))
    if overview.books() != manifest.books:
        why = "statuses are signed with a key that this machine does not have" if overview.unverified else "they differ"
        raise NotPossible(
            f"all records are restored, but the books cannot be confirmed: {why}. Give workers and operators the "
            "NEPHORAN_SIGNING__KEYS of the snapshot's cluster"
        )
