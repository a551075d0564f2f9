"""The metadata committed with an offset, so that the next member can tell whether the partition is still the same."""

from typing import NamedTuple


class Mark(NamedTuple):
    """The last record before the committed offset, by offset and append time; and the newest append time before it.

    A log that was truncated and written on, or recreated, has another append time at that offset. The newest append
    time is what the order of later records may not fall behind where the broker's clock goes back.
    """

    offset: int
    timestamp_ms: int
    newest_ms: int

    def __str__(self) -> str:
        return f"{self.offset}@{self.timestamp_ms}~{self.newest_ms}"

    @classmethod
    def parse(cls, text: str | None) -> "Mark | None":
        """None where no metadata, or none of ours, was committed with the offset."""
        try:
            offset, _, times = (text or "").partition("@")
            timestamp, _, newest = times.partition("~")
            return cls(int(offset), int(timestamp), int(newest))
        except ValueError:
            return None
