"""What Kafka lost, as noticed by a worker."""

from dataclasses import dataclass
from enum import StrEnum

from pipeline.kafka.records import TopicPartition


class BreakKind(StrEnum):
    """`expired`: gone before they were read. `went_back`: the log is shorter than what was read of it, or another."""

    EXPIRED = "expired"
    WENT_BACK = "went_back"


@dataclass(frozen=True, slots=True)
class Break:
    """A partition does not continue where its reader was. `records`: how many were never read, None if unknown."""

    where: TopicPartition
    kind: BreakKind
    offset: int
    records: int | None = None

    @property
    def why(self) -> str:
        """In words."""
        if self.kind is BreakKind.EXPIRED:
            return f"{self.records:,} records of {self.where} from offset {self.offset:,} on were gone, unread"
        return f"{self.where} is not the log that was read up to offset {self.offset:,}: it is read from its beginning"
