"""A dead letter as people look at it: the record as it arrived, and why it could not be processed."""

from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.kafka.dead_letters import LEFT_OUT, PREFIX, REPLAY_COUNT, REPLAY_UNCHANGED
from pipeline.kafka.records import Record
from pipeline.kafka.signed_events import OUR_PREFIX, EventReader, lineage_of
from pipeline.operations.intent_names import is_producers_name
from schemas.envelope import Intent
from schemas.topics import DEAD_LETTER_SUFFIX, SOURCES

UNKNOWN = "unknown"
_SOURCES = {topic.dead_letters.name: topic for topic in SOURCES}


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record of a `.dlq` topic. `original` is the record as its stage fetched it.

    `place` names it by where it arrived, so that a record that was dead-lettered twice (its stage died before it could
    commit) is one letter; `own_place` is where it lies now. A stage has
    written what `is_verified`; nothing else is trusted.
    """

    original: Record
    own_place: str
    at: datetime
    stage: str
    reason: str
    message: str
    attempts: int
    intent_id: str | None
    generation: int
    producer_id: str | None
    replay_count: int
    exception: str | None
    stacktrace: str | None
    size_bytes: int
    intent: Intent | None = None
    is_verified: bool = True

    @property
    def place(self) -> str:
        """`topic/partition/offset` of the record as it arrived."""
        return self.original.place

    @property
    def is_loop(self) -> bool:
        """Whether the very bytes that were replayed came back."""
        return self.original.header(REPLAY_UNCHANGED) is not None

    def is_called(self, name: str) -> bool:
        """Whether `name` is one that no other letter can have: either place, or its intent's id."""
        return name in (self.place, self.own_place, self.intent_id)


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Which dead letters are meant; what is None does not matter. `names` are places, intent ids or producers' ids;
    where the filter `is_exact`, no producer's id is meant."""

    topic: str | None = None
    stage: str | None = None
    reason: str | None = None
    intent: str | None = None
    since: datetime | None = None
    names: tuple[str, ...] = ()
    until: datetime | None = None
    error: str | None = None
    key: str | None = None
    least_replays: int = 0
    is_exact: bool = False

    def means(self, letter: DeadLetter, name: str) -> bool:
        """Whether `name` is one of the letter's."""
        return letter.is_called(name) or (not self.is_exact and is_producers_name(letter.producer_id, name))

    def matches(self, letter: DeadLetter) -> bool:
        """Whether a letter is meant."""
        return (
            (self.topic is None or letter.original.topic == self.topic.removesuffix(DEAD_LETTER_SUFFIX))
            and self.stage in (None, letter.stage)
            and self.reason in (None, letter.reason)
            and (self.intent is None or self.means(letter, self.intent))
            and (self.since is None or letter.at >= self.since)
            and (self.until is None or letter.at < self.until)
            and (self.error is None or self.error.casefold() in f"{letter.message}\n{letter.stacktrace}".casefold())
            and (self.key is None or (letter.original.key or b"").decode(errors="replace") == self.key)
            and letter.replay_count >= self.least_replays
            and (not self.names or any(self.means(letter, name) for name in self.names))
        )


def letter_of(record: Record, reader: EventReader) -> DeadLetter | None:
    """The dead letter that a record of a `.dlq` topic is, None where no stage can have written it."""
    is_verified = reader.is_sealed(record.topic, record)
    ours = {
        name.removeprefix(PREFIX): (value or b"").decode(errors="replace")
        for name, value in record.headers
        if name.startswith(PREFIX)
    }
    try:
        source = _SOURCES[record.topic]
        original = Record(
            topic=source.name,
            partition=int(ours["partition"]),
            offset=int(ours["offset"]),
            timestamp_ms=int(ours["timestamp-ms"]),
            key=record.key,
            value=record.value,
            headers=tuple(
                header for header in record.headers if not header[0].startswith(PREFIX) or header[0] == LEFT_OUT
            ),
        )
        at = datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
    except (KeyError, ValueError, OverflowError):
        return None
    return DeadLetter(
        original=original,
        own_place=record.place,
        at=at,
        stage=ours.get("stage", UNKNOWN),
        reason=ours.get("reason", UNKNOWN),
        message=ours.get("message", ""),
        attempts=_number(ours.get("attempts")),
        intent_id=ours.get("intent-id"),
        generation=_number(ours.get("generation")),
        producer_id=ours.get("producer-id"),
        replay_count=_number((original.header(REPLAY_COUNT) or b"").decode(errors="replace")),
        exception=ours.get("exception"),
        stacktrace=ours.get("stacktrace"),
        size_bytes=len(record.key or b"") + len(record.value or b""),
        intent=_intent_of(ours) if is_verified else None,
        is_verified=is_verified,
    )


def _intent_of(ours: dict[str, str]) -> Intent | None:
    """The intent as the stage knew it, which holds even where the value was left out."""
    try:
        return lineage_of({OUR_PREFIX + name: value for name, value in ours.items()})
    except (KeyError, ValueError):
        return None


def _number(text: str | None) -> int:
    return int(text) if text and len(text) < 10 and text.isascii() and text.isdigit() else 0
