"""Records as fetched, whatever they are: what aiokafka cannot unpack is handed over as far as it can be read.

aiokafka 0.14 ends its reader at a header name that is not UTF-8, again after every restart, and unpacks a compressed
batch whole, however large: 50 KiB of it may hold 500 MiB. Here such a name arrives with its bytes escaped (PEP 383),
and what does not fit into `MOST_UNPACKED_BYTES` as a record without its value, with a header that says so (`UNREAD`).
"""

import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple

import aiokafka.consumer.fetcher
import cramjam
from aiokafka.codec import snappy_decode
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.legacy_records import LegacyRecordBatch
from aiokafka.record.util import decode_varint

from pipeline.kafka.records import UNREAD, Headers

MOST_UNPACKED_BYTES = 32 << 20
"""Of one batch. Far above what producers put into a batch of 1 MiB, and little compared with a worker's memory."""
_SCRATCH_BYTES = 2 << 20
_LOG_OVERHEAD_BYTES = 12
_MAGIC_AT, _ATTRIBUTES_AT = 16, 21
_GZIP, _SNAPPY, _LZ4, _ZSTD = 1, 2, 3, 4
_CODEC_MASK, _APPEND_TIME, _CONTROL = 0x07, 0x08, 0x20
_HEADER = struct.Struct(">qiibIhiqqqhii")
_scratch = threading.local()
SOUGHT: ContextVar[bytes | None] = ContextVar("SOUGHT", default=None)
"""Set before a consumer is started, it is handed only batches that hold these bytes, or cannot be unpacked whole: far
less work where one record of a large topic is looked for."""


def read_whatever_comes() -> None:
    """Has all consumers of this process read so."""
    aiokafka.consumer.fetcher.MemoryRecords = TolerantRecords


class TolerantRecords:
    """The batches of one fetch."""

    def __init__(self, fetched: bytes) -> None:
        self._fetched = fetched
        self._at = 0

    def size_in_bytes(self) -> int:
        """All of it, a batch that is cut off at the end too."""
        return len(self._fetched)

    def has_next(self) -> bool:
        """True where a whole batch is left."""
        return self._at + _HEADER.size <= len(self._fetched) and self._at < self._end() <= len(self._fetched)

    def _end(self) -> int:
        (length,) = struct.unpack_from(">i", self._fetched, self._at + 8)
        return self._at + _LOG_OVERHEAD_BYTES + int(length)

    def next_batch(self) -> Any:
        """The next one."""
        batch = memoryview(self._fetched)[self._at : self._end()]
        self._at = self._end()
        if batch[_MAGIC_AT] < 2:
            return LegacyRecordBatch(batch, batch[_MAGIC_AT])
        attributes = batch[_ATTRIBUTES_AT + 1]
        if (sought := SOUGHT.get()) and not attributes & _CODEC_MASK and not _holds(batch, sought):
            return _PassedOver(batch)
        return DefaultRecordBatch(batch) if attributes & _CONTROL else _TolerantBatch(batch)


def _holds(batch: memoryview, sought: bytes) -> bool:
    return sought in bytes(batch)


class _PassedOver:
    """A batch that was not asked for: only its end offset is read."""

    def __init__(self, batch: memoryview) -> None:
        as_sent = DefaultRecordBatch(batch)
        self.base_offset: int = as_sent.base_offset
        self.next_offset: int = as_sent.next_offset
        self.producer_id: int = as_sent.producer_id
        self.is_transactional: bool = as_sent.is_transactional
        self.is_control_batch = False

    def validate_crc(self) -> bool:
        """Not read, so not checked."""
        return True

    def __iter__(self) -> Iterator[Any]:
        return iter(())


@dataclass(frozen=True, slots=True)
class _Read:
    """A record, as aiokafka's fetcher asks for it."""

    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    checksum: None = None


class _Unpacked(NamedTuple):
    content: bytes
    is_whole: bool


class _TolerantBatch:
    """One batch of the record format version 2."""

    def __init__(self, batch: memoryview) -> None:
        self._batch = batch
        self._header = _HEADER.unpack_from(batch)
        self._as_sent = DefaultRecordBatch(batch)
        self.base_offset: int = self._as_sent.base_offset
        self.next_offset: int = self._as_sent.next_offset
        self.producer_id: int = self._as_sent.producer_id
        self.is_transactional: bool = self._as_sent.is_transactional
        self.is_control_batch = False

    def validate_crc(self) -> bool:
        """False where it was damaged on its way."""
        return bool(self._as_sent.validate_crc())

    def __iter__(self) -> Iterator[Any]:
        codec = self._header[5] & _CODEC_MASK
        unpacked = _unpack(codec, self._batch[_HEADER.size :]) if codec else None
        if unpacked and unpacked.is_whole and (sought := SOUGHT.get()) and sought not in unpacked.content:
            return
        after = self.base_offset - 1
        if unpacked is None or unpacked.is_whole:
            with suppress(Exception):  # whatever aiokafka fails at here, the bytes are read again by hand
                for record in self._as_sent if unpacked is None else self._without_codec(unpacked.content):
                    if record.offset > after:
                        after = record.offset
                        yield record
                return
        content = bytes(self._batch[_HEADER.size :]) if unpacked is None else unpacked.content
        for read in self._read_by_hand(content, is_whole=unpacked is None or unpacked.is_whole):
            if read.offset > after:
                after = read.offset
                yield read

    def _without_codec(self, content: bytes) -> Any:
        header = bytearray(self._batch[: _HEADER.size])
        header[_ATTRIBUTES_AT + 1] &= ~_CODEC_MASK & 0xFF
        return DefaultRecordBatch(bytes(header) + content)

    def _read_by_hand(self, content: bytes, *, is_whole: bool) -> Iterator[_Read]:
        at, count, last_delta = 0, self._header[12], self._header[6]
        offset = self.base_offset - 1
        for _ in range(count):
            begin = _begin_of(content, at)
            if begin is None or begin.end > len(content):
                break
            offset, at = self.base_offset + begin.offset_delta, begin.end
            try:
                yield self._read(offset, begin, *_rest_of(content, begin))
            except (IndexError, ValueError):
                yield self._unread(offset, begin, begin.end - begin.at)
        else:
            return
        # The rest does not fit, or is none: each record is handed over without value: none is lost silently.
        begin = _begin_of(content, at)
        size = begin.end - begin.at if begin and not is_whole else max(len(content) - at, 0)
        yield self._unread(self.base_offset + begin.offset_delta if begin else offset + 1, begin, size)
        # A damaged delta may point billions of offsets back.
        for left in range(max(offset + 2, self.base_offset), self.base_offset + last_delta + 1):
            yield self._unread(left, None, 0)

    def _read(self, offset: int, begin: "_Begin", value: bytes | None, headers: Headers) -> _Read:
        is_append_time = bool(self._header[5] & _APPEND_TIME)
        timestamp = self._header[8] if is_append_time else self._header[7] + begin.timestamp_delta
        return _Read(offset, timestamp, int(is_append_time), begin.key, value, headers)

    def _unread(self, offset: int, begin: "_Begin | None", size_bytes: int) -> _Read:
        headers: Headers = ((UNREAD, str(size_bytes).encode()),)
        return self._read(offset, begin or _NOTHING, None, headers)


class _Begin(NamedTuple):
    """What stands before a record's value; `at` and `end` are of the record, `value_at` of the value's length."""

    at: int
    end: int
    timestamp_delta: int
    offset_delta: int
    key: bytes | None
    value_at: int


_NOTHING = _Begin(0, 0, 0, 0, None, 0)


def _begin_of(content: bytes, at: int) -> _Begin | None:
    """None where it cannot be read."""
    try:
        length, begin = decode_varint(content, at)
        _, after = decode_varint(content, begin)  # attributes, of which there are none
        timestamp_delta, after = decode_varint(content, after)
        offset_delta, after = decode_varint(content, after)
        key, value_at = _bytes_at(content, after)
    except (IndexError, ValueError):
        return None
    return _Begin(begin, begin + length, timestamp_delta, offset_delta, key, value_at) if length > 0 else None


def _rest_of(content: bytes, begin: _Begin) -> tuple[bytes | None, Headers]:
    value, at = _bytes_at(content, begin.value_at)
    count, at = decode_varint(content, at)
    headers: list[tuple[str, bytes | None]] = []
    for _ in range(count):
        name, at = _bytes_at(content, at)
        held, at = _bytes_at(content, at)
        headers.append(((name or b"").decode(errors="surrogateescape"), held))
    return value, tuple(headers)


def _bytes_at(content: bytes, at: int) -> tuple[bytes | None, int]:
    length, at = decode_varint(content, at)
    if length < 0:
        return None, at
    if at + length > len(content):
        raise ValueError("cut off")
    return content[at : at + length], at + length


def _unpack(codec: int, packed: memoryview) -> _Unpacked:
    """As much of it as may be, from its beginning."""
    if codec == _GZIP:
        unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32)
        content = unpacking.decompress(packed, MOST_UNPACKED_BYTES)
        return _Unpacked(content, not unpacking.unconsumed_tail)
    if codec == _SNAPPY:
        return _Unpacked(snappy_decode(packed.tobytes()), True)  # which gives 22 times as much at most
    unpack_into = cramjam.lz4.decompress_into if codec == _LZ4 else cramjam.zstd.decompress_into
    if not hasattr(_scratch, "buffer"):
        _scratch.buffer = bytearray(_SCRATCH_BYTES)
    small = _unpacked_into(_scratch.buffer, unpack_into, packed)
    return small if small.is_whole else _unpacked_into(bytearray(MOST_UNPACKED_BYTES), unpack_into, packed)


def _unpacked_into(buffer: bytearray, unpack_into: Any, packed: memoryview) -> _Unpacked:
    try:
        return _Unpacked(bytes(memoryview(buffer)[: unpack_into(bytes(packed), buffer)]), True)
    except cramjam.DecompressionError:
        return _Unpacked(bytes(buffer) if len(buffer) == MOST_UNPACKED_BYTES else b"", False)
