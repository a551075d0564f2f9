"""The topics, as one table: what `nephoran topics apply` creates and everybody else relies on."""

from dataclasses import dataclass
from typing import Literal

from schemas.bodies import (
    DeadLetterAction,
    Decision,
    IntentDeployed,
    IntentEnriched,
    IntentObserving,
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
    """One topic: its cleanup policy, its retention in milliseconds (None: forever) and its largest record in bytes.

    `readers` are the stages that read it as their source, and write what they cannot process to its dead letters.
    """

    name: str
    cleanup: Literal["delete", "compact"] = "delete"
    retention_ms: int | None = 7 * DAY_MS
    body: type[Body] | None = None
    max_record_bytes: int = MAX_RECORD_BYTES
    readers: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
    """The roles that may write to it; no other may (`nephoran topics rights` makes Kafka's ACLs of them)."""

    @property
    def dead_letters(self) -> "Topic":
        """Where records of this topic go that could not be processed, byte for byte."""
        return Topic(
            self.name + DEAD_LETTER_SUFFIX,
            retention_ms=30 * DAY_MS,
            max_record_bytes=MAX_PRODUCE_BYTES,
            writers=self.readers,
        )

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


STAGE_ROLES = ("parse", "enrich", "plan", "approve", "deploy", "observe")
ROLES = ("producer", "gateway", "operator", *STAGE_ROLES)
"""Who writes: producers of requests, the gateway, people with the command line (pauses, replays), the stages."""

RECEIVED = Topic(
    "intents.received", body=IntentReceived, readers=("parse",), writers=("producer", "gateway", "operator")
)
PARSED = Topic("intents.parsed", body=IntentParsed, readers=("enrich",), writers=("parse", "operator"))
ENRICHED = Topic("intents.enriched", body=IntentEnriched, readers=("plan",), writers=("enrich", "operator"))
PLANNED = Topic("intents.planned", body=IntentPlanned, readers=("deploy",), writers=("plan", "approve", "operator"))
DEPLOYED = Topic("intents.deployed", body=IntentDeployed, writers=("deploy", "observe"))
PROPOSED = Topic("intents.proposed", "compact", None, IntentPlanned, writers=("plan", "approve"))
DECISIONS = Topic(
    "intents.decisions", retention_ms=30 * DAY_MS, body=Decision, readers=("approve",), writers=("gateway",)
)
OBSERVING = Topic(
    "intents.observing", "compact", None, IntentObserving, readers=("observe",), writers=("deploy", "observe")
)
STATUS = Topic("intents.status", retention_ms=30 * DAY_MS, body=IntentStatus, writers=(*STAGE_ROLES, "operator"))
CONTROL = Topic("nephoran.control", "compact", None, writers=("gateway", "operator", *STAGE_ROLES))
DEAD_LETTER_ACTIONS = Topic("dead-letters.actions", "compact", None, DeadLetterAction, writers=("gateway", "operator"))

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
