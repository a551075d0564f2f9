"""What each command prints with `--json`, as JSON Schemas in `schemas/json/cli/`: a list is an array, an empty one too.

`python -m pipeline.cli.json_shapes` renews the files. Commands that report as they go print one object a line instead.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict  # typing's own will do from Python 3.12 on

from agents.retrieval.loading import Loaded
from pipeline.kafka.lag import PartitionLag
from pipeline.operations.canary import CanaryRun
from pipeline.operations.described_settings import Described
from pipeline.operations.finding import Finding
from pipeline.operations.load_knowledge import Holdings
from pipeline.telemetry.lag import Verdict
from schemas.bodies import Citation, DeadLetterAction, Edit, Plan
from schemas.control import CircuitOrder, LossReport, StageOrder
from schemas.intent import Expectation
from schemas.json_schemas import FOLDER as BODIES
from schemas.json_schemas import text_of
from schemas.status import State

FOLDER = BODIES / "cli"
Bytes = str | dict[Literal["hex"], str] | None
"""Text where the bytes are UTF-8, else hexadecimal."""


@dataclass(frozen=True)
class Shape:
    """The output of one command: `of` is the type of the whole, or of each line where it prints `lines`."""

    of: Any
    lines: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12)."""
        found = TypeAdapter(self.of).json_schema(mode="serialization")
        head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
        return head | ({"$comment": "of each line"} if self.lines else {}) | found


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


class Submitted(TypedDict):
    """An intent that was published."""

    intent_id: str
    producer_id: str | None
    state: Literal["submitted"]


class StatusRow(TypedDict):
    """Where an intent stands: the fields of IntentStatus, and the book it is counted in."""

    intent_id: str
    state: State
    generation: int
    stage: str
    at: datetime
    producer_id: str | None
    order: str
    digest: str | None
    text: str | None
    reason: str | None
    message: str | None
    question: str | None
    plan_digest: str | None
    revision: str | None
    latency_seconds: float | None
    dry_run: bool | None
    book: str


class IntentRow(StatusRow):
    """An intent, with all its statuses in order."""

    history: list[StatusRow]


class Overview(TypedDict):
    """The books, how many dry runs there are beside them, paused stages, and the intents that changed last."""

    books: dict[str, int]
    dry_runs: int
    paused: list[StageOrder]
    intents: list[StatusRow]


class Draft(TypedDict):
    """Where the deployment repository shows what a proposal would change; null where it has no draft."""

    branch: str
    commit: str


class ProposalRow(TypedDict):
    """A plan that waits for a decision."""

    intent_id: str
    producer_id: str | None
    proposed_at: datetime
    plan_digest: str
    because: list[str]
    text: str
    plan: Plan
    precedents: list[Citation]
    draft: Draft | None


class Explained(TypedDict):
    """How a request is read and planned."""

    outcome: Literal["planned", "proposed", "declined", "error"]
    reason: str | None
    question: str | None
    message: str | None
    expectations: list[Expectation]
    not_acted_on: list[str]
    assumptions: list[str]
    plan: Plan | None
    knowledge: list[Citation]
    text: str


class Decided(TypedDict):
    """A decision that was published."""

    intent_id: str
    verdict: str
    plan_digest: str
    decided_by: str
    decided_at: datetime
    comment: str
    edits: list[Edit]
    edited_digest: str | None


class RollbackAsked(TypedDict):
    """A rollback that was published, as an intent of its own."""

    intent_id: str
    rolls_back: str
    decided_by: str
    decided_at: datetime
    comment: str
    generation: int


class FileDiff(TypedDict):
    """A file of the deployment repository; null where there is none."""

    path: str
    before: str | None
    after: str | None
    diff: str


class StepDiff(TypedDict):
    """What a step would change, by the names of its values."""

    before: Any
    after: Any


class Diff(TypedDict):
    """What a proposal would change just now."""

    intent_id: str
    draft: Draft | None
    files: list[FileDiff]
    steps: dict[str, StepDiff]
    not_known: list[str]


class ChangeRow(TypedDict):
    """One commit that changed an object. `intent_id` is null where people made it, `revision` where it has no tag."""

    commit: str
    revision: str | None
    at: datetime
    by: str
    intent_id: str | None
    what: list[str]
    request: str | None


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

_TOPICS = Shape(list[TopicRow])
SHAPES = {
    "topics apply": _TOPICS,
    "topics check": _TOPICS,
    "topics list": _TOPICS,
    "topics rights": Shape(list[RightRow]),
    "submit": Shape(Submitted | StatusRow, lines=True),
    "status": Shape(Overview),
    "status ID": Shape(list[IntentRow]),
    "status --waiting": Shape(list[ProposalRow]),
    "watch": Shape(StatusRow, lines=True),
    "explain": Shape(Explained),
    "canary": Shape(CanaryRun, lines=True),
    "approve": Shape(Decided | StatusRow, lines=True),
    "decline": Shape(Decided | StatusRow, lines=True),
    "rollback": Shape(RollbackAsked | StatusRow, lines=True),
    "diff": Shape(Diff),
    "history": Shape(list[ChangeRow]),
    "pause": Shape(list[StageOrder]),
    "resume": Shape(list[StageOrder]),
    "drain": Shape(Drained),
    "rewind": Shape(Rewound),
    "lag": Shape(list[LagRow]),
    "slo report": Shape(SloReport),
    "circuit open": Shape(CircuitOrder),
    "circuit close": Shape(CircuitOrder),
    "circuit list": Shape(list[CircuitRow]),
    "costs": Shape(CostReport),
    "dead-letters list": Shape(list[LetterRow]),
    "dead-letters show": Shape(list[LetterWhole]),
    "dead-letters stats": Shape(LetterStats),
    "dead-letters replay": Shape(LetterOutcome | JobSummary, lines=True),
    "dead-letters discard": Shape(LetterOutcome, lines=True),
    "signing renew": Shape(dict[str, SignedRow]),
    "signing forget": Shape(dict[str, SignedRow]),
    "knowledge load": Shape(Loaded),
    "knowledge search": Shape(list[CitationRow]),
    "knowledge stats": Shape(list[Holdings]),
    "knowledge evaluate": Shape(dict[str, Any]),
    "doctor": Shape(list[Finding]),
    "evaluate": Shape(dict[str, Any]),
    "settings": Shape(dict[str, SettingRow]),
    "settings --describe": Shape(list[Described]),
}
"""By the words that call it; options where they change the shape."""


def file_of(command: str) -> str:
    """The file that holds the shape of this command."""
    return f"{command.replace(' --', '-').replace(' ', '-').lower()}.json"


def renew(folder: Path = FOLDER) -> None:
    """Write the files."""
    folder.mkdir(parents=True, exist_ok=True)
    for command, shape in SHAPES.items():
        (folder / file_of(command)).write_text(text_of(shape.schema), encoding="utf-8")


if __name__ == "__main__":
    renew()
