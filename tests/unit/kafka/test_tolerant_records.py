"""Whatever lies in a batch, every record of it is handed over, and none takes more memory than there is for it."""

import tracemalloc
from typing import Any

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kafka.records import UNREAD
from pipeline.kafka.tolerant_records import MOST_UNPACKED_BYTES, SOUGHT, TolerantRecords

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
BAD_NAME = b"bad\xff\xfename"
STAND_IN = "bad00name"
"""As long as `BAD_NAME`: aiokafka does not write such a name, so it is put in afterwards."""


def batch(codec: str, records: list[tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]]) -> bytes:
    builder = DefaultRecordBatchBuilder(2, CODECS[codec], 0, -1, -1, -1, 1 << 30)
    for offset, (key, value, headers) in enumerate(records):
        builder.append(offset, 1_700_000_000_000, key, value, headers)
    return bytes(builder.build())


def read(fetched: bytes, reads: Any = TolerantRecords) -> list[tuple[Any, ...]]:
    records, found = reads(fetched), []
    while records.has_next():
        found += [
            (each.offset, each.timestamp, each.timestamp_type, each.key, each.value, tuple(each.headers))
            for each in records.next_batch()
        ]
    return found


some = st.none() | st.binary(max_size=50)
headers = st.lists(st.tuples(st.text(max_size=5), some), max_size=3)


@settings(deadline=None)
@given(st.sampled_from(sorted(CODECS)), st.lists(st.tuples(some, some, headers), min_size=1, max_size=5))
def test_what_the_client_can_read_is_read_the_same(codec: str, records: Any) -> None:
    fetched = batch(codec, records) + batch("none", records) + batch("none", records)[:-1]
    assert read(fetched) == read(fetched, MemoryRecords)


def test_a_header_name_that_is_not_utf8_is_escaped_and_its_neighbours_are_as_they_were() -> None:
    good: list[tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]] = [(b"k", b"v", [("x", b"\xff")])]
    fetched = batch("none", [*good, (b"key", b"value", [(STAND_IN, b"1")]), *good])
    offsets_and_values = read(fetched.replace(STAND_IN.encode(), BAD_NAME))
    assert [(each[0], each[3], each[4]) for each in offsets_and_values] == [
        (0, b"k", b"v"),
        (1, b"key", b"value"),
        (2, b"k", b"v"),
    ]
    assert offsets_and_values[1][5][0][0].encode(errors="surrogateescape") == BAD_NAME


@pytest.mark.parametrize("codec", ["gzip", "lz4", "zstd"])
def test_of_a_bomb_the_key_is_read_and_its_value_left_out(codec: str) -> None:
    bomb = batch(codec, [(b"before", b"v", []), (b"bomb", bytes(200 << 20), []), (b"after", b"v", [])])
    tracemalloc.start()
    found = read(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [each[0] for each in found] == [0, 1, 2]
    assert [each[3] for each in found][:2] == [b"before", b"bomb"]
    assert [UNREAD in dict(each[5]) for each in found] == [False, True, True]
    assert int(dict(found[1][5])[UNREAD]) > 200 << 20
    assert peak < 4 * MOST_UNPACKED_BYTES


def test_a_damaged_offset_costs_no_time() -> None:
    """It points a billion back. Each offset of the batch is told once, and at once."""
    fetched = bytearray(batch("none", [(b"key", b"value", [])] * 5))
    fetched[61:69] = bytes.fromhex("040000ffa7d6b907")
    found = read(bytes(fetched))
    assert [each[0] for each in found] == [0, 1, 2, 3, 4]
    assert all(UNREAD in dict(each[5]) for each in found)


@settings(deadline=None)
@given(st.binary(max_size=60), st.integers(61, 120))
def test_no_bytes_raise_anything_and_no_offset_is_told_twice(noise: bytes, at: int) -> None:
    fetched = bytearray(batch("none", [(b"key", b"value", [("a", b"b")])] * 5))
    fetched[at : at + len(noise)] = noise[: len(fetched) - at]
    offsets = [each[0] for each in read(bytes(fetched))]
    assert offsets == sorted(set(offsets))


@pytest.mark.parametrize("codec", CODECS)
def test_what_is_not_sought_is_passed_over_and_its_offsets_are_not_asked_for_again(codec: str) -> None:
    records = TolerantRecords(batch(codec, [(b"k", b"one", [])] * 3) + batch(codec, [(b"k", b"another", [])]))
    token = SOUGHT.set(b"another")
    try:
        first, second = records.next_batch(), records.next_batch()
        assert ([*first], first.next_offset) == ([], 3)
        assert [each.value for each in second] == [b"another"]
    finally:
        SOUGHT.reset(token)
