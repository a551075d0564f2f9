"""What the agents ask of the world, in their own words. Adapters answer, `InMemory…` and `Scripted…` doubles too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from agents.domain.conclusion import Conclusion
from agents.domain.model_usage import Answer, AnswerT, Spending
from schemas.bodies import (
    Citation,
    DraftBranch,
    Goal,
    Ground,
    IntentDeployed,
    IntentEnriched,
    IntentPlanned,
    ObjectState,
    Observation,
    StepResult,
    StepTarget,
    Watch,
)
from schemas.body import Body
from schemas.envelope import Intent
from schemas.intent import Expectation


class Reading(Body):
    """What a request was understood to ask for, what was assumed for it, what somebody has to agree to first, and which
    words were not acted on."""

    expectations: tuple[Expectation, ...]
    assumptions: tuple[str, ...] = ()
    to_confirm: tuple[str, ...] = ()
    not_acted_on: tuple[str, ...] = ()


class Understanding(Protocol):
    """Reads requests."""

    async def read(self, text: str) -> Reading:
        """Raises: Declined with every fault named, Retryable where a model is unavailable."""


class LanguageModel(Protocol):
    """Answers in a given shape. What it says is a claim, never a fact: the caller must verify it."""

    @property
    def name(self) -> str:
        """The model as its provider calls it."""

    async def answer(
        self, instructions: str, request: str, shape: type[AnswerT], within_seconds: float
    ) -> Answer[AnswerT]:
        """`request` is data from outside, sent apart from the instructions; the JSON Schema of `shape` is enforced.

        Raises: ModelAway (a Retryable) where it cannot be asked or is too slow, Unanswered where it refuses, is cut
        off or answers out of shape.
        """


class Accounting(Protocol):
    """Accounts of what models were asked and what it cost."""

    async def record(self, spending: Spending) -> None:
        """Adds it to what is there for the same day, model, requester and outcome. Raises: Retryable."""

    async def spent_usd(self, day: date) -> float:
        """All models and requesters together. Raises: Retryable."""

    async def spendings(
        self, first: date, last: date, model: str | None = None, requester: str | None = None
    ) -> Sequence[Spending]:
        """From the first to the last day, both included, by day, model, requester and outcome. Raises: Retryable."""


class GoalPlan(Body):
    """What a language model would do for a goal, as far as it can be looked up: never more than a proposal."""

    expectations: tuple[Expectation, ...]
    grounds: tuple[Ground, ...]
    citations: tuple[Citation, ...]
    to_confirm: tuple[str, ...]
    not_acted_on: tuple[str, ...] = ()


class GoalPlanner(Protocol):
    """Plans what the grammar cannot read."""

    async def plan(self, body: IntentEnriched, goal: Goal) -> GoalPlan:
        """Raises: Declined with the grammar's answer where no plan holds, Rejected `model_away`."""


class TargetStates(Protocol):
    """The present state of the network, as far as deployments know it."""

    async def at(self, sites: Sequence[str]) -> tuple[ObjectState, ...]:
        """By site and object. Raises: Retryable where it cannot be known just now."""


class Clock(Protocol):
    """Time, so that tests need not wait for it."""

    def now(self) -> datetime:
        """The time of day, in UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean something."""

    async def sleep(self, seconds: float) -> None:
        """Returns after so long."""


class Ranking(StrEnum):
    """What makes a passage near a query. KEYWORDS is for names, and cites some words; the others are for free text,
    and cite the passage whole."""

    KEYWORDS = "keywords"
    VECTORS = "vectors"
    HYBRID = "hybrid"


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, best first. `degraded` says why that is less than it should be, None if it is not."""

    citations: tuple[Citation, ...] = ()
    degraded: str | None = None


class KnowledgeBase(Protocol):
    """Passages about network functions, slices, interfaces and sites; or precedents, which are what became of earlier
    intents."""

    async def search(self, query: str, limit: int, ranking: Ranking = Ranking.HYBRID) -> Found:
        """At most `limit` documents by their best passage, `score` 0..1; none is an answer. Raises: Retryable."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A plan carried out: the fact for others, and whether the world already was as wished.

    `watches` is what has to be seen before it may be called deployed; none where there is nothing to wait for.
    `targets` are the interfaces of a whole plan, in the order in which it was carried out.
    """

    deployed: IntentDeployed
    is_unchanged: bool = False
    watches: tuple[Watch, ...] = ()
    targets: tuple[StepTarget, ...] = ()


class Drafts(Protocol):
    """Where people see what a proposal would change, before they decide."""

    async def draft(self, intent: Intent, planned: IntentPlanned) -> DraftBranch | None:
        """The draft, once it can be seen, and the same for the same proposal; None where there is nothing to see.

        Raises: what `DeploymentTarget.preview` raises.
        """

    async def withdraw(self, intent: Intent, draft: DraftBranch) -> bool:
        """Removes it, and is False where that could not be; what others have added to it is left alone. Raises:
        Retryable."""


class DeploymentTarget(Protocol):
    """Where plans are carried out: at most once for each intent, never over a newer one."""

    async def carry_out(self, intent: Intent, planned: IntentPlanned) -> Carried:
        """Returns once the effect is durable; carrying out the same intent again changes nothing.

        Raises: Declined (superseded, infeasible, policy_violation, conflict, unsupported), Failed (`undone` where it
        was taken back since), Retryable, Rejected `id_reused` where this intent id was carried out for other bytes.
        """

    async def undo(self, intent: Intent, original: str) -> Carried:
        """Restores, on behalf of `intent`, what was there before the intent with the id `original`.

        Raises: NothingToUndo where that was never carried out here; Declined `conflict` where newer intents have
        touched the same, `infeasible` where it cannot be taken back; Failed, Retryable, Rejected.
        """

    async def preview(self, intent: Intent, planned: IntentPlanned) -> tuple[StepResult, ...]:
        """What carrying it out would make of each step now, without any effect; `already_done` where it was carried out
        before, whatever became of it since. Raises: what `carry_out` raises."""

    async def observe(self, watch: Watch) -> Observation:
        """One check of what is being waited for. Raises: Retryable where there is nothing to be seen just now."""

    async def conclude(self, intent: Intent, end: Conclusion) -> Conclusion:
        """Records how the waiting ended, unless an end is recorded already, and returns the recorded end.

        `carry_out` of this intent answers without watches from now on, or raises what it failed with. An intent that
        was undone has failed; one that is not known here ends as stated. Raises: Retryable.
        """
