"""Dead letters in a file: one JSON object a line, with every byte of key, value and headers in base64."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator

from pipeline.kafka.bulk import BulkReader
from pipeline.kafka.not_usable import NotPossible
from pipeline.kafka.producer import publishing
from pipeline.kafka.records import Outgoing, Record
from pipeline.operations.dead_letter_backlog import Backlog
from pipeline.settings import Settings
from schemas.topics import SOURCES

AT_ONCE = 1_000


def exported(backlog: Backlog) -> Iterator[str]:
    """A line for each letter that the filter means. Raises: NotUsable."""
    backlog.read_actions()
    with BulkReader(backlog.settings.kafka) as reader:
        for batch in backlog.batches(reader, backlog.spans(reader)):
            yield from (_line_of(record) for record, letter in batch if letter is not None)


async def import_letters(settings: Settings, lines: Iterable[str]) -> int:
    """Publish a file's letters as they were, and count them. Raises: NotPossible that names the line, NotUsable."""
    records = [_record_of(line, number) for number, line in enumerate(lines, start=1) if line.strip()]
    async with publishing(settings.kafka) as publisher:
        for begin in range(0, len(records), AT_ONCE):
            await publisher.publish(records[begin : begin + AT_ONCE])
    return len(records)


def _line_of(record: Record) -> str:
    headers = [[name, _text(value)] for name, value in record.headers]
    fields = {"topic": record.topic, "key": _text(record.key), "value": _text(record.value), "headers": headers}
    return json.dumps(fields, separators=(",", ":"))


def _record_of(line: str, number: int) -> Outgoing:
    try:
        fields = json.loads(line)
        headers = tuple((str(name), _bytes(value)) for name, value in fields["headers"])
        record = Outgoing(fields["topic"], _bytes(fields["key"]), _bytes(fields["value"]), headers)
    except (ValueError, KeyError, TypeError) as error:
        raise NotPossible(f"line {number} is not a dead letter as `export` writes it: {error}") from error
    if record.topic not in {topic.dead_letters.name for topic in SOURCES}:
        raise NotPossible(f"line {number} names {record.topic}, which is not a dead-letter topic")
    return record


def _text(value: bytes | None) -> str | None:
    return None if value is None else b64encode(value).decode()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else b64decode(text, validate=True)
