"""What commands print of intents, proposals and decisions."""

from datetime import datetime
from typing import Any, Literal

from typing_extensions import TypedDict  # typing's own will do from Python 3.12 on

from schemas.bodies import Citation, Edit, Plan
from schemas.control import StageOrder
from schemas.intent import Expectation
from schemas.status import State


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
