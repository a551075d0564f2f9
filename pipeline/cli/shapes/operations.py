"""What commands print of topics, stages, circuits, costs, objectives, knowledge and settings."""

from datetime import datetime
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict  # typing's own will do from Python 3.12 on

from pipeline.kafka.lag import PartitionLag
from pipeline.telemetry.lag import Verdict
from schemas.control import LossReport, StageOrder


class TopicRow(TypedDict):
    """One topic of the table, as it is on the cluster; null where it is missing."""

    topic: str
    verdict: Literal["as wanted", "created", "missing", "differs", "forbidden"]
    partitions: int | None
    copies: int | None
    min_insync_replicas: int | str | None
    cleanup_policy: str | None
    retention_ms: int | str | None
    max_message_bytes: int | str | None
    message_timestamp_type: str | None


class RightRow(TypedDict):
    """One right of one role."""

    role: str
    operation: str
    resource: str
    name: str
    is_prefix: bool


class CircuitRow(TypedDict):
    """An endpoint whose circuit was ever open."""

    endpoint: str
    state: Literal["open", "closed"]
    opened_by: list[str]
    since: datetime | None
    why: str


class StageRow(TypedDict):
    """How far one stage is behind."""

    stage: str
    topic: str
    verdict: Verdict
    why: str
    records: int
    seconds: float | None
    members: int
    partitions: list[PartitionLag]
    wanted_partitions: int | None


class LagRow(StageRow):
    """The same, with the order that pauses it and what Kafka lost of its topic."""

    paused: StageOrder | None
    losses: list[LossReport]


class Drained(TypedDict):
    """A pipeline that was drained: what is paused, what waits, and how far the stages are behind."""

    is_drained: bool
    paused: list[str]
    behind: dict[str, int]
    begun: int
    waiting: int
    watched: int
    stranded: int
    unread: dict[str, int]
    stages: list[StageRow]


class RewindStep(TypedDict):
    """One partition that a rewind moves."""

    partition: int
    committed: int
    target: int
    records: int


class Rewound(TypedDict):
    """What a rewind would do, or has done."""

    stage: str
    topic: str
    members: int
    steps: list[RewindStep]
    records: int
    is_done: bool


class Copied(TypedDict):
    """What a snapshot holds, or what was restored of it."""

    folder: str
    made_at: datetime
    records: int
    partitions: int
    groups: int
    books: dict[str, int]
    headers_lost: int


class CostRow(TypedDict):
    """What requests cost; only what is summed by is named."""

    day: NotRequired[str]
    model: NotRequired[str]
    requester: NotRequired[str]
    requests: int
    unanswered: int
    input_tokens: int
    output_tokens: int
    cost_usd: float


class CostReport(TypedDict):
    """What language models were asked."""

    lines: list[CostRow]
    total: CostRow
    spent_today_usd: float
    daily_budget_usd: float | None


class ObjectiveRow(TypedDict):
    """How well one objective is met."""

    name: str
    description: str
    objective_percent: float
    limit_seconds: float | None
    measured_percent: float | None
    budget_left_percent: float | None
    burn_rate: float | None
    is_spent: bool


class SloReport(TypedDict):
    """The objectives over a window."""

    window: str
    objectives: list[ObjectiveRow]


class CitationRow(TypedDict):
    """A passage that was found."""

    document: str
    source: str
    excerpt: str
    score: float


class SignedRow(TypedDict):
    """How many records of a topic were signed anew or discarded, and how many could not be judged."""

    done: int
    unjudged: int


SettingRow = TypedDict("SettingRow", {"value": Any, "from": str, "variable": str})
