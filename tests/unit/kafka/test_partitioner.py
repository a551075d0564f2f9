"""Every client puts a key where every other does."""

import random

from aiokafka.partitioner import DefaultPartitioner

from pipeline.kafka.partitioner import partition_of

CHOICE = random.Random(7)
KEYS = [CHOICE.randbytes(length) for length in range(80) for _ in range(20)]


def test_keys_of_every_length_lie_where_aiokafka_puts_them() -> None:
    theirs = [DefaultPartitioner()(key, list(range(12)), []) for key in KEYS]
    assert [partition_of(key, 12) for key in KEYS] == theirs


def test_a_key_lies_where_kafkas_own_clients_put_it() -> None:
    # The values of UtilsTest.testMurmur2 of Apache Kafka, as partitions among 2**31.
    known = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536}
    assert {key: partition_of(key, 1 << 31) for key in known} == {
        key: value & 0x7FFFFFFF for key, value in known.items()
    }
