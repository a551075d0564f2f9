"""The partition of a key, the same for every client: Kafka's own murmur2, as its Java clients do it."""

from functools import lru_cache

from aiokafka.partitioner import murmur2


@lru_cache(maxsize=10_000)
def partition_of(key: bytes, partitions: int) -> int:
    """Where a record with this key belongs among `partitions` (org.apache.kafka.common.utils.Utils.murmur2)."""
    partition: int = (murmur2(key) & 0x7FFFFFFF) % partitions
    return partition
