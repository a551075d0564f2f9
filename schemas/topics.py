"""The topics, as one table: what `nephoran topics apply` creates and everybody else relies on."""

from dataclasses import dataclass
from typing import Literal

from schemas.bodies import (
    DeadLetterAction,
    Decision,
    IntentDeployed,
    IntentEnriched,
    IntentParsed,
    IntentPlanned,
    IntentReceived,
)
from schemas.body import Body
from schemas.status import IntentStatus

DAY_MS = 86_400_000
MAX_RECORD_BYTES = 1 << 20
"""The largest record a topic takes (1 MiB)."""
DEAD_LETTER_HEADROOM_BYTES = 64 << 10
"""What a dead letter may add to its record in headers."""
MAX_PRODUCE_BYTES = MAX_RECORD_BYTES + DEAD_LETTER_HEADROOM_BYTES
DEFAULT_PARTITIONS = 12
DEAD_LETTER_SUFFIX = ".dlq"


@dataclass(frozen=True)
class Topic:
    """One topic: its cleanup policy, its retention in milliseconds (None: for ever) and its largest record in bytes."""

    name: str
    cleanup: Literal["delete", "compact"] = "delete"
    retention_ms: int | None = 7 * DAY_MS
    body: type[Body] | None = None
    max_record_bytes: int = MAX_RECORD_BYTES

    @property
    def dead_letters(self) -> "Topic":
        """Where records of this topic go that could not be processed, byte for byte."""
        return Topic(self.name + DEAD_LETTER_SUFFIX, retention_ms=30 * DAY_MS, max_record_bytes=MAX_PRODUCE_BYTES)

    @property
    def config(self) -> dict[str, str]:
        """The broker's settings of this topic."""
        settings = {
            "cleanup.policy": self.cleanup,
            "message.timestamp.type": "LogAppendTime",
            "max.message.bytes": str(self.max_record_bytes),
        }
        if self.cleanup == "delete":
            settings["retention.ms"] = str(self.retention_ms if self.retention_ms is not None else -1)
        return settings


RECEIVED = Topic("intents.received", body=IntentReceived)
PARSED = Topic("intents.parsed", body=IntentParsed)
ENRICHED = Topic("intents.enriched", body=IntentEnriched)
PLANNED = Topic("intents.planned", body=IntentPlanned)
DEPLOYED = Topic("intents.deployed", body=IntentDeployed)
PROPOSED = Topic("intents.proposed", "compact", None, IntentPlanned)
DECISIONS = Topic("intents.decisions", retention_ms=30 * DAY_MS, body=Decision)
OBSERVING = Topic("intents.observing", "compact", None)
STATUS = Topic("intents.status", retention_ms=30 * DAY_MS, body=IntentStatus)
CONTROL = Topic("nephoran.control", "compact", None)
DEAD_LETTER_ACTIONS = Topic("dead-letters.actions", "compact", None, DeadLetterAction)

SOURCES = (RECEIVED, PARSED, ENRICHED, PLANNED, DECISIONS, OBSERVING)
"""The topics that stages read, each with dead letters of its own."""

TOPICS = (
    *(RECEIVED, PARSED, ENRICHED, PLANNED, DEPLOYED, PROPOSED, DECISIONS, OBSERVING, STATUS, CONTROL),
    DEAD_LETTER_ACTIONS,
    *(topic.dead_letters for topic in SOURCES),
)


def topic_named(name: str) -> Topic:
    """The topic of the table with this name. Raises: KeyError with the names there are."""
    for topic in TOPICS:
        if topic.name == name:
            return topic
    raise KeyError(f"no topic {name!r}; the topics are {', '.join(topic.name for topic in TOPICS)}")
