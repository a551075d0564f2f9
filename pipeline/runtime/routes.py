"""Where each kind of result goes, and which state it gives the intent."""

from datetime import UTC, datetime

from agents.approve import Approved, ProposedAgain
from agents.deploy import RolledBack
from agents.domain.dry_run import require_for_real
from agents.domain.ports import Carried
from agents.observe import what_is_awaited
from agents.parse import key_of, target_key
from pipeline.kafka.stage import Emission
from schemas.bodies import (
    IntentDeployed,
    IntentEnriched,
    IntentObserving,
    IntentParsed,
    IntentPlanned,
    NamedIntent,
    RollbackPlanned,
)
from schemas.envelope import Intent
from schemas.status import State
from schemas.topics import DEPLOYED, ENRICHED, OBSERVING, PARSED, PLANNED, PROPOSED


def to_parsed(intent: Intent, body: IntentParsed) -> Emission:
    return Emission(PARSED, key_of(body, intent), body, State.PARSED)


def to_enriched(intent: Intent, body: IntentEnriched) -> Emission:
    return Emission(ENRICHED, key_of(body, intent), body, State.ENRICHED)


def to_planned_or_proposed(intent: Intent, body: IntentPlanned) -> Emission:
    require_for_real(intent, body)
    if body.plan.approval_reasons:
        why = "; ".join(body.plan.approval_reasons)
        return Emission(PROPOSED, intent.id, body, State.PROPOSED, message=why, plan_digest=body.plan.digest)
    return Emission(PLANNED, target_key(body.expectations), body, State.PLANNED, plan_digest=body.plan.digest)


def to_approved_or_again(intent: Intent, outcome: Approved | ProposedAgain | RollbackPlanned) -> Emission:
    if isinstance(outcome, RollbackPlanned):
        text, why = f"Roll back intent {outcome.original.id}", f"asked for by {outcome.decided_by} {outcome.comment}"
        return Emission(PLANNED, outcome.original.id, outcome, State.APPROVED, message=why.strip(), text=text)
    body = outcome.planned
    if isinstance(outcome, ProposedAgain):
        return Emission(PROPOSED, intent.id, body, State.PROPOSED, message=outcome.why, plan_digest=body.plan.digest)
    return Emission(PLANNED, target_key(body.expectations), body, State.APPROVED, plan_digest=body.plan.digest)


def to_deployed_or_observed(intent: Intent, done: Carried | RolledBack) -> Emission:
    original = done.original if isinstance(done, RolledBack) else None
    if done.watches:
        body = IntentObserving(
            deployed=done.deployed,
            watches=done.watches,
            targets=done.targets,
            since=datetime.now(UTC),
            rolls_back=original,
        )
        return Emission(OBSERVING, intent.id, body, State.OBSERVING, message=what_is_awaited(body))
    return deployed(done.deployed, original)


def to_deployed(intent: Intent, body: IntentObserving) -> Emission:
    return deployed(body.deployed, body.rolls_back)


def deployed(body: IntentDeployed, original: NamedIntent | None) -> Emission:
    if original is None:
        return Emission(DEPLOYED, target_key(body.expectations), body, State.DEPLOYED, message=body.summary)
    message = f"undid intent {original.id}: {body.summary or 'all of it'}"
    return Emission(DEPLOYED, original.id, body, State.DEPLOYED, message=message, rolled_back=Intent.of(original))
