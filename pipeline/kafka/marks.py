"""The metadata committed with an offset, so that the next member can tell whether the partition is still the same."""

from typing import NamedTuple


class Mark(NamedTuple):
    """The last record before the committed offset, by offset and append time; and the newest append time before it.

    A log that was truncated and written on, or recreated, has another append time at that offset. The newest append
    time is what the order of later records may not fall behind where the broker's clock goes back. What lies before
    `again_until` was read before somebody rewound the group, and may have been answered.
    """

    offset: int
    timestamp_ms: int
    newest_ms: int
    again_until: int = 0

    def __str__(self) -> str:
        again = f"<{self.again_until}" if self.is_read_again else ""
        return f"{self.offset}@{self.timestamp_ms}~{self.newest_ms}{again}"

    @property
    def is_read_again(self) -> bool:
        """Whether the next record was read before."""
        return self.again_until > self.offset + 1

    @classmethod
    def parse(cls, text: str | None) -> "Mark | None":
        """None where no metadata, or none of ours, was committed with the offset."""
        try:
            offset, _, times = (text or "").rstrip("\0").partition("@")  # librdkafka's Python client adds a zero byte
            timestamp, _, rest = times.partition("~")
            newest, _, again = rest.partition("<")
            return cls(int(offset), int(timestamp), int(newest), int(again or 0))
        except ValueError:
            return None
