"""What `nephoran dead-letters` prints."""

from datetime import datetime
from typing import Literal

from typing_extensions import TypedDict  # typing's own will do from Python 3.12 on

from schemas.bodies import DeadLetterAction

Bytes = str | dict[Literal["hex"], str] | None
"""Text where the bytes are UTF-8, else hexadecimal."""


class LetterRow(TypedDict):
    """A dead letter without its contents."""

    place: str
    dead_letter: str
    at: datetime
    stage: str
    reason: str
    message: str
    attempts: int
    intent_id: str | None
    producer_id: str | None
    generation: int | None
    replays: int
    same_bytes: bool
    bytes: int
    action: DeadLetterAction | None


class LetterWhole(LetterRow):
    """A dead letter with its contents."""

    exception: str | None
    stacktrace: str | None
    key: Bytes
    headers: list[tuple[str, Bytes]]
    value: Bytes


class LetterGroup(TypedDict):
    """The letters of one reason, stage and topic."""

    reason: str
    stage: str
    topic: str
    newest_place: str
    newest_ms: int
    newest_at: datetime
    count: int
    last_hour: int
    hour_before: int
    came_back: int
    same_bytes: int


class LetterStats(TypedDict):
    """How many letters there are, and of what."""

    total: int
    reasons: dict[str, int]
    groups: list[LetterGroup]


class LetterOutcome(TypedDict):
    """What became of one letter."""

    place: str
    result: Literal["replayed", "would_replay", "discarded", "refused", "skipped"]
    reason: str
    message: str
    intent_id: str | None
    generation: int | None


class JobSummary(TypedDict):
    """The last line of a replay."""

    job: str
    results: dict[str, int]
    reasons: dict[str, int]
