"""Files of a snapshot that a disk, a copy or a person has changed."""

import gzip
from pathlib import Path

import pytest

from pipeline.kafka.not_usable import NotPossible
from pipeline.kafka.records import Record
from pipeline.operations.snapshot_files import PartitionPart, line_of, records_in

LINES = line_of(Record("intents.received", 0, 0, 1, b"key", b"value" * 10, ()), with_offset=True) * 50
WHOLE = gzip.compress(LINES)
FIELDS = b'{"offset":0,"timestamp_ms":1,"key":%s,"value":null,"headers":%s}\n'


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"hello", id="not gzipped"),
        pytest.param(WHOLE[:-10], id="torn"),
        pytest.param(WHOLE[:12] + b"\xff" * 4 + WHOLE[16:], id="bytes changed"),
        pytest.param(gzip.compress(b"[]\n"), id="a list"),
        pytest.param(gzip.compress(b"null\n"), id="null"),
        pytest.param(gzip.compress(FIELDS % (b"5", b"[]")), id="a number for a key"),
        pytest.param(gzip.compress(FIELDS % (b"null", b"5")), id="a number for the headers"),
        pytest.param(gzip.compress(FIELDS % (b"null", b'[["name"]]')), id="a header without a value"),
        pytest.param(gzip.compress(b"[" * 100_000 + b"\n"), id="nested"),
        pytest.param(gzip.compress(b"\xff\xfe\n"), id="not UTF-8"),
    ],
)
def test_a_damaged_file_is_named(content: bytes, tmp_path: Path) -> None:
    part = PartitionPart(topic="intents.received", partition=0, first=0, end=50, records=50, sha256="of the whole")
    file = tmp_path / "intents.received" / "000.jsonl.gz"
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(NotPossible, match=f"{file} is damaged"):
        list(records_in(tmp_path, part))
