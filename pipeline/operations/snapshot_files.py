"""A snapshot as files: a manifest, and a gzipped file of JSON lines for each partition that holds something.

Every line is one record with all its bytes; its hash in the manifest is over the lines, so that whatever is read back
from Kafka can be held against it.
"""

import gzip
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from agents.adapters.answers import OTHER_SHAPE
from pipeline.kafka.not_usable import NotPossible
from pipeline.kafka.records import Record, TopicPartition
from schemas.topics import Topic

MANIFEST = "manifest.json"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PartitionPart(_Part):
    """One partition: the records from `first` to before `end`, how many, and the hash of their lines."""

    topic: str
    partition: int
    first: int
    end: int
    records: int = 0
    sha256: str = ""

    @property
    def place(self) -> TopicPartition:
        """Where it lies."""
        return TopicPartition(self.topic, self.partition)


class GroupPart(_Part):
    """How far one of our consumer groups has come in one partition, with its note."""

    group: str
    topic: str
    partition: int
    offset: int
    note: str


class Manifest(_Part):
    """What a snapshot holds. Names are without the prefix of the cluster's topics."""

    format: Literal[1] = 1
    nephoran: str
    made_at: datetime
    partitions: tuple[PartitionPart, ...]
    groups: tuple[GroupPart, ...]
    books: dict[str, int]
    headers_lost: int = 0

    @property
    def records(self) -> int:
        """How many there are in all."""
        return sum(part.records for part in self.partitions)

    def counts(self) -> dict[str, int]:
        """How many partitions each topic has."""
        counts: dict[str, int] = {}
        for part in self.partitions:
            counts[part.topic] = counts.get(part.topic, 0) + 1
        return counts


def keeps_offsets(topic: Topic) -> bool:
    """Whether a record's offset means something: identities, orders, places and committed positions do. Of compacted
    topics only the order of the records counts."""
    return topic.cleanup == "delete"


class PartitionHash:
    """The number and the hash of the lines of one partition."""

    def __init__(self) -> None:
        self._hash = sha256()
        self.records = 0

    def add(self, line: bytes) -> None:
        """The next line."""
        self._hash.update(line)
        self.records += 1

    @property
    def hexadecimal(self) -> str:
        """Empty where there was no line."""
        return self._hash.hexdigest() if self.records else ""


class PartitionFile:
    """Writes one partition's lines to a file that is open."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.hash = PartitionHash()

    def add(self, line: bytes) -> None:
        """The next line."""
        self._file.write(line)
        self.hash.add(line)


def new_file(folder: Path, place: TopicPartition) -> IO[bytes]:
    """An empty file for the partition."""
    path = _path(folder, place)
    path.parent.mkdir(exist_ok=True)
    return cast("IO[bytes]", gzip.open(path, "wb", compresslevel=1))


def line_of(record: Record, *, with_offset: bool) -> bytes:
    """The record as one line; without its offset where that may be another one later."""
    fields: dict[str, Any] = {"offset": record.offset} if with_offset else {}
    fields |= {
        "timestamp_ms": record.timestamp_ms,
        "key": _text(record.key),
        "value": _text(record.value),
        "headers": [[name, _text(value)] for name, value in record.headers],
    }
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def records_in(folder: Path, part: PartitionPart) -> Iterator[Record]:
    """The records of a partition's file. Raises: NotPossible where it is damaged."""
    if not part.records:
        return
    path, found = _path(folder, part.place), PartitionHash()
    try:
        with gzip.open(path, "rb") as file:
            for number, line in enumerate(file):
                found.add(line)
                yield _record(part.place, json.loads(line), number)
    except (OSError, EOFError, zlib.error, *OTHER_SHAPE) as error:
        raise NotPossible(f"{path} is damaged: {error}") from error
    if (found.records, found.hexadecimal) != (part.records, part.sha256):
        raise NotPossible(f"{path} is damaged: it is not what {MANIFEST} says it is")


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """The last thing written: a folder without one is no snapshot."""
    draft = folder / f"{MANIFEST}.part"
    draft.write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
    draft.replace(folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest:
    """Raises: NotPossible."""
    path = folder / MANIFEST
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise NotPossible(
            f"{folder} is no snapshot, or one that was not finished: {path.name} cannot be read"
        ) from error
    except ValidationError as error:
        raise NotPossible(f"{path} is not a manifest that this version reads: {error.errors()[0]['msg']}") from error


def _path(folder: Path, place: TopicPartition) -> Path:
    return folder / place.topic / f"{place.partition:03}.jsonl.gz"


def _record(place: TopicPartition, fields: dict[str, Any], number: int) -> Record:
    headers = tuple((str(name), _bytes(value)) for name, value in fields["headers"])
    offset = fields.get("offset", number)
    return Record(*place, offset, fields["timestamp_ms"], _bytes(fields["key"]), _bytes(fields["value"]), headers)


def _text(value: bytes | None) -> str | None:
    return None if value is None else b64encode(value).decode()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else b64decode(text, validate=True)
