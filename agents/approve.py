"""intents.decisions + the proposal it is about → the outcome of the decision → intents.planned, or proposed again.

A decision may correct values, which are then the approver's own. Lets nothing pass that was not seen: a decision counts
only for the plan whose digest it names, and a plan that today's knowledge would make differently is proposed again. A
mistake here deploys what nobody chose.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agents.domain.rules import approval_reasons, require_allowed
from agents.domain.verdicts import Declined, Rejected
from agents.knowledge.pack import KnowledgePack
from agents.planning.corrections import NoSuchValue, corrected
from agents.planning.digests import digest_of
from agents.planning.standing import Standing
from schemas.bodies import (
    Approval,
    Decision,
    IntentPlanned,
    NamedIntent,
    Rollback,
    RollbackPlanned,
    Step,
    Verdict,
)
from schemas.envelope import Intent
from schemas.intent import Expectation
from schemas.reasons import DeclineReason

Replan = Callable[[IntentPlanned], IntentPlanned]
"""Plans the same intent with today's knowledge. Raises: Declined where the rules forbid it by now."""
StepsOf = Callable[[Sequence[Expectation]], tuple[Step, ...]]
"""What a plan for these expectations would do today. Raises: Declined where there is no way to carry it out."""


@dataclass(frozen=True, slots=True)
class Approved:
    """The proposal may be carried out: `planned` carries who allowed it."""

    planned: IntentPlanned


@dataclass(frozen=True, slots=True)
class ProposedAgain:
    """The decision does not count for what would be done today: `planned` waits for a new one, `why` tells people."""

    planned: IntentPlanned
    why: str


@dataclass(frozen=True, slots=True)
class RollbackAsked:
    """An operator wants the intent `original` rolled back. That is already a decision: nobody is asked again."""

    original: NamedIntent
    rollback: Rollback


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision with the proposal it is about: the two come from different topics."""

    proposal: IntentPlanned
    decision: Decision


class Approve:
    """The agent of the approve stage."""

    def __init__(self, replan: Replan, standing: Standing | None = None) -> None:
        self._replan = replan
        self._standing = standing

    async def __call__(
        self, body: Decided | RollbackAsked, intent: Intent
    ) -> Approved | ProposedAgain | RollbackPlanned:
        """Raises: Declined `not_approved` or `expired`, or what the rules say today."""
        if isinstance(body, RollbackAsked):
            return RollbackPlanned(original=body.original, **body.rollback.model_dump())
        try:
            outcome = decide(body.proposal, body.decision, self._replan)
            return await self._on_what_is_there(outcome, body.proposal, intent)
        except Declined:
            if self._standing is not None:
                await self._standing.withdraw(intent, body.proposal.draft)
            raise

    async def _on_what_is_there(
        self, outcome: Approved | ProposedAgain, proposal: IntentPlanned, intent: Intent
    ) -> Approved | ProposedAgain:
        """The outcome, or the proposal again where its objects have changed since. Raises: Declined, Retryable."""
        if self._standing is None:
            return outcome
        if isinstance(outcome, ProposedAgain):
            return ProposedAgain(await self._standing.on_what(intent, outcome.planned), outcome.why)
        if why := await self._standing.moved(intent, proposal):
            return ProposedAgain(await self._standing.on_what(intent, proposal), why)
        seen = {"stands_on": proposal.stands_on, "draft": proposal.draft}
        return Approved(outcome.planned.model_copy(update=seen))


def decide(proposal: IntentPlanned, decision: Decision, replan: Replan) -> Approved | ProposedAgain:
    """The outcome of a decision on a proposal.

    Raises: Declined `not_approved` or `expired`; or what `replan` raises, where the rules forbid the plan by now.
    """
    if decision.plan_digest != proposal.plan.digest:
        return ProposedAgain(
            proposal,
            f"the decision was on plan {short(decision.plan_digest)}, the proposal is {short(proposal.plan.digest)}",
        )
    match decision.verdict:
        case Verdict.EXPIRE:
            raise Declined(
                DeclineReason.EXPIRED,
                "Nobody decided on the proposed plan in time.",
                "Is it still wanted? Submit the request again.",
            )
        case Verdict.DECLINE:
            raise Declined(
                DeclineReason.NOT_APPROVED,
                f"{decision.decided_by} declined the plan{f': {decision.comment}' if decision.comment else '.'}",
                "What should be different? Submit a changed request.",
            )
        case Verdict.APPROVE:
            return _approved(proposal, decision, replan)


def _approved(proposal: IntentPlanned, decision: Decision, replan: Replan) -> Approved | ProposedAgain:
    today = replan(proposal)
    if today.plan.digest != proposal.plan.digest:
        return ProposedAgain(today, "rules, templates or knowledge have changed since the plan was proposed")
    if decision.edits:
        try:
            proposal = replan(corrected(proposal, decision.edits, decision.decided_by))
        except (NoSuchValue, Declined) as fault:
            return ProposedAgain(today, f"the corrected plan cannot be carried out: {fault}")
        if proposal.plan.digest != decision.edited_digest:
            return ProposedAgain(today, "the correction now leads to a different plan from the one that was shown")
    approval = Approval(
        plan_digest=proposal.plan.digest, decided_by=decision.decided_by, decided_at=decision.decided_at
    )
    return Approved(proposal.model_copy(update={"approval": approval}))


def require_approved(planned: IntentPlanned, pack: KnowledgePack, steps_of: StepsOf | None = None) -> None:
    """Stops, right before the effect, what today's rules forbid or nobody approved.

    With `steps_of` the steps must also be those that follow from the expectations: a record written to the topic by
    hand then carries out nothing but what it says it is for.

    Raises: Rejected `plan_digest_mismatch`; Declined `not_approved`, `conflict`, or what the rules say.
    """
    if planned.plan.digest != digest_of(planned.plan, planned.expectations):
        raise Rejected(
            "plan_digest_mismatch",
            f"plan {short(planned.plan.digest)} is not what its digest was made of; it has been changed on its way",
        )
    require_allowed(planned.expectations, pack)
    reasons = planned.plan.approval_reasons or tuple(approval_reasons(planned.expectations, pack))
    if reasons and not _is_approved(planned):
        raise Declined(
            DeclineReason.NOT_APPROVED,
            f"The plan needs an approval ({'; '.join(reasons)}) and has none for plan {short(planned.plan.digest)}.",
            "Submit the request again to have it proposed.",
        )
    if steps_of is not None and steps_of(planned.expectations) != planned.plan.steps:
        raise _other_steps(planned, pack)


def _is_approved(planned: IntentPlanned) -> bool:
    return planned.approval is not None and planned.approval.plan_digest == planned.plan.digest


def _other_steps(planned: IntentPlanned, pack: KnowledgePack) -> Declined | Rejected:
    """The knowledge tells them apart: if it is the same, somebody wrote the steps by hand."""
    if planned.plan.knowledge_digest == pack.digest:
        return Rejected(
            "plan_digest_mismatch",
            f"the steps of plan {short(planned.plan.digest)} do not follow from what it says it is for",
        )
    return Declined(
        DeclineReason.CONFLICT,
        "The knowledge pack has changed since this was planned, and the plan with it.",
        "Is it still wanted? Submit the request again.",
    )


def short(digest: str) -> str:
    """The beginning of a digest, for people."""
    return digest[:12]
