"""The bodies of the topics, facts in the past tense."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import ConfigDict, Field

from schemas.body import Body
from schemas.intent import Expectation, ObjectType
from schemas.reasons import DeclineReason


class Priority(StrEnum):
    """A label and an ordering hint for people; it does not change the order of processing."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class IntentReceived(Body):
    """A request as its producer wrote it. Requests with unknown fields are declined, because they might matter.

    A `dry_run` ends as declined `not_approved` once its plan is known, and the message contains the plan.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    intent: str
    priority: Priority = Field(default=Priority.NORMAL, strict=False)
    dry_run: bool = False


class Goal(Body):
    """What the grammar answered to a request that names no order it can read: the requester's answer, unless a language
    model finds a plan that holds."""

    reason: DeclineReason
    message: str
    question: str | None = None


class IntentParsed(Body):
    """What the request was understood to ask for. `to_confirm` names what a person must approve before anything is
    done, because not only the grammar read it; `not_acted_on` quotes words that were not acted on. A `goal` has no
    expectations before it is planned."""

    text: str
    priority: Priority = Priority.NORMAL
    expectations: tuple[Expectation, ...]
    assumptions: tuple[str, ...] = ()
    to_confirm: tuple[str, ...] = ()
    goal: Goal | None = None
    not_acted_on: tuple[str, ...] = ()


class Citation(Body):
    """A passage of the knowledge base. `score` is 0..1, higher is nearer; `source` names the standard it rests on."""

    document: str
    title: str
    source: str
    excerpt: str
    score: float


class HeldValue(Body):
    """What an object holds for one target name; None where nothing is known."""

    value: float | str | None = None
    min: float | None = None
    max: float | None = None


class ObjectState(Body):
    """The present state of an object at a site, by target name."""

    site: str
    object: str
    type: ObjectType
    values: dict[str, HeldValue] = {}


class IntentEnriched(IntentParsed):
    """The request with what is known about its objects. `knowledge_degraded` says why that may be less than there is;
    `states` is the present state of the sites that a goal names, None where that is not known."""

    knowledge: tuple[Citation, ...] = ()
    knowledge_degraded: str | None = None
    precedents: tuple[Citation, ...] = ()
    states: tuple[ObjectState, ...] | None = None


class StepTarget(StrEnum):
    """The interface a step is carried out through."""

    NEPHIO = "nephio"
    A1 = "a1"
    O1 = "o1"
    O2 = "o2"


class Step(Body):
    """One idempotent operation on one object at one site. `content` is what is wished, `undo` how to undo it."""

    target: StepTarget
    operation: str
    name: str
    content: dict[str, Any]
    undo: dict[str, Any]


class Risk(StrEnum):
    """How much a mistake would cost."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Resources(Body):
    """An estimate of what the plan takes in all: `cpu` in cores, `memory` in GiB."""

    cpu: float = 0.0
    memory: float = 0.0


class Origin(Body):
    """Words that something rests on: of the request, of the passage `place` (its document), of what stands at `place`
    (`site/object`), or of the approver `place` who corrected it. `value` is the figure taken from them, in the unit of
    its name."""

    kind: Literal["request", "passage", "state", "approver"]
    place: str = ""
    quote: str
    value: float | str | None = None


class Ground(Body):
    """Why a plan of a model has an expectation, counted from 0, or one of its targets. `arithmetic` makes the value out
    of those of its origins (a, b, c, …); `inferences` are what the model alone says."""

    expectation: int
    target: str | None = None
    origins: tuple[Origin, ...] = ()
    arithmetic: str | None = None
    inferences: tuple[str, ...] = ()


class Plan(Body):
    """What will be done, in order. Equal requests on equal knowledge give an equal plan, digest included; a plan of a
    language model has `grounds`, and waits for an approval."""

    steps: tuple[Step, ...]
    risk: Risk
    resources: Resources
    citations: tuple[Citation, ...] = ()
    assumptions: tuple[str, ...] = ()
    approval_reasons: tuple[str, ...] = ()
    grounds: tuple[Ground, ...] = ()
    knowledge_digest: str
    digest: str


class Approval(Body):
    """Who allowed a proposed plan. `plan_digest` is the digest of the plan that was seen."""

    plan_digest: str
    decided_by: str
    decided_at: datetime


class Head(Body):
    """What an object held when a plan for it was proposed, and the intent that had changed it last, by step."""

    step: str
    intent: str | None = None
    held: dict[str, Any] = {}


class DraftBranch(Body):
    """A branch of the deployment repository, where people look at what a proposal would change before they decide."""

    branch: str
    commit: str


class IntentPlanned(Body):
    """A plan ready to be carried out (`intents.planned`), or waiting for a decision (`intents.proposed`).

    A proposal counts for what it `stands_on`: where that has changed, it is proposed again. `precedents` are what
    became of requests like a goal; no part of the plan rests on them.
    """

    text: str
    priority: Priority = Priority.NORMAL
    expectations: tuple[Expectation, ...]
    to_confirm: tuple[str, ...] = ()
    not_acted_on: tuple[str, ...] = ()
    plan: Plan
    precedents: tuple[Citation, ...] = ()
    approval: Approval | None = None
    stands_on: tuple[Head, ...] = ()
    draft: DraftBranch | None = None


class StepResult(Body):
    """What became of one step: `before` and `after` are the values the target held, by target name.

    `found` are those of `before` that people had changed since the last intent; `head` is that intent, in a preview.
    """

    step: str
    outcome: Literal["done", "unchanged", "already_done", "superseded"]
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    found: dict[str, Any] = {}
    head: str | None = None


class IntentDeployed(Body):
    """What was carried out, and where it landed. `revision` is the commit in the deployment repository."""

    expectations: tuple[Expectation, ...]
    results: tuple[StepResult, ...]
    revision: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def summary(self) -> str | None:
        """What is worth mentioning: steps that changed nothing or came too late, what people had changed, what was
        observed."""
        notable = [
            f"{result.step}: {result.outcome.replace('_', ' ')}" for result in self.results if result.outcome != "done"
        ]
        notable += [
            f"{result.step}: started from what people had changed ({', '.join(result.found)})"
            for result in self.results
            if result.found
        ]
        return "; ".join([*notable, *self.remarks]) or None


class Watch(Body):
    """What must be observed before an intent counts as deployed. `content` is only for its target."""

    target: StepTarget
    step: str
    content: dict[str, Any]
    within_seconds: float


class Observation(Body):
    """One look: `in_force` it is as wished, `waiting` it may still become so, `failed` it will not."""

    state: Literal["in_force", "waiting", "failed"]
    message: str = ""
    retry_after_seconds: float | None = None


class IntentObserving(Body):
    """What was carried out and must be observed before it counts as deployed (`intents.observing`).

    `targets` are the interfaces it was carried out through, in order; `rolls_back` is the intent that it rolls back.
    """

    deployed: IntentDeployed
    watches: tuple[Watch, ...]
    targets: tuple[StepTarget, ...]
    since: datetime
    rolls_back: "NamedIntent | None" = None


class Verdict(StrEnum):
    """The verdict on a proposal."""

    APPROVE = "approve"
    DECLINE = "decline"
    EXPIRE = "expire"


class Edit(Body):
    """A value that the approver corrects: of the target `name` of an object at a site."""

    site: str
    object: str
    name: str
    value: float | str


class Decision(Body):
    """A decision on the plan with `plan_digest`. `decided_by` is only as good as the topic's access control.

    With `edits` it is on the plan that they make of it, which has `edited_digest`.
    """

    verdict: Verdict
    plan_digest: str
    decided_by: str
    decided_at: datetime
    comment: str = ""
    edits: tuple[Edit, ...] = ()
    edited_digest: str | None = None


class Rollback(Body):
    """Somebody wants an intent rolled back: next to `Decision` on `intents.decisions`, under the id of that intent.

    `generation` counts earlier attempts that failed.
    """

    decided_by: str
    decided_at: datetime
    comment: str = ""
    generation: int = 0


class NamedIntent(Body):
    """Another intent than the one whose event this is, so that its status can be published."""

    id: str
    order: str
    generation: int
    digest: str
    received_ms: int
    producer_id: str | None = None


class RollbackPlanned(Rollback):
    """An intent ready to be rolled back (`intents.planned`), as a separate intent."""

    original: NamedIntent


class DeadLetterAction(Body):
    """What was done about a dead letter (`dead-letters.actions`)."""

    action: Literal["replayed", "discarded", "edited"]
    job: str
    by: str
    at: datetime
    reason: str = ""
