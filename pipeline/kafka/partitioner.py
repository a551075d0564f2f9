"""The partition of a key, the same for every client: Kafka's own murmur2, as its Java clients do it."""

from functools import lru_cache
from struct import unpack_from

_SEED = 0x9747B28C
_M = 0x5BD1E995
_MASK = 0xFFFFFFFF


@lru_cache(maxsize=10_000)
def partition_of(key: bytes, partitions: int) -> int:
    """Where a record with this key belongs among `partitions` (org.apache.kafka.common.utils.Utils.murmur2)."""
    return (_murmur2(key) & 0x7FFFFFFF) % partitions


def _murmur2(key: bytes) -> int:
    length = len(key)
    words, rest = divmod(length, 4)
    value = _SEED ^ length
    for word in unpack_from(f"<{words}I", key):
        word = word * _M & _MASK
        word = (word ^ word >> 24) * _M & _MASK
        value = (value * _M & _MASK) ^ word
    if rest:
        value = (value ^ int.from_bytes(key[-rest:], "little")) * _M & _MASK
    value = (value ^ value >> 13) * _M & _MASK
    return value ^ value >> 15
