"""The product on one screen: the stages in order, what each reads, and where its results go."""

from typing import Any

from agents.approve import Approved, ProposedAgain
from agents.dry_run import require_for_real
from agents.parse import target_key
from agents.ports import Carried
from pipeline.stage import Emission, Stage
from schemas.bodies import IntentEnriched, IntentParsed, IntentPlanned
from schemas.envelope import Intent
from schemas.status import State
from schemas.topics import DECISIONS, DEPLOYED, ENRICHED, PARSED, PLANNED, PROPOSED, RECEIVED


def to_parsed(intent: Intent, body: IntentParsed) -> Emission:
    return Emission(PARSED, target_key(body.expectations), body, State.PARSED)


def to_enriched(intent: Intent, body: IntentEnriched) -> Emission:
    return Emission(ENRICHED, target_key(body.expectations), body, State.ENRICHED)


def to_planned_or_proposed(intent: Intent, body: IntentPlanned) -> Emission:
    require_for_real(intent, body)
    if body.plan.approval_reasons:
        why = "; ".join(body.plan.approval_reasons)
        return Emission(PROPOSED, intent.id, body, State.PROPOSED, message=why, plan_digest=body.plan.digest)
    return Emission(PLANNED, target_key(body.expectations), body, State.PLANNED, plan_digest=body.plan.digest)


def to_approved_or_proposed_again(intent: Intent, outcome: Approved | ProposedAgain) -> Emission:
    body = outcome.planned
    if isinstance(outcome, ProposedAgain):
        return Emission(PROPOSED, intent.id, body, State.PROPOSED, message=outcome.why, plan_digest=body.plan.digest)
    return Emission(PLANNED, target_key(body.expectations), body, State.APPROVED, plan_digest=body.plan.digest)


def to_deployed(intent: Intent, carried: Carried) -> Emission:
    body = carried.deployed
    return Emission(DEPLOYED, target_key(body.expectations), body, State.DEPLOYED, message=body.summary)


FLOW: tuple[Stage[Any], ...] = (
    Stage("parse", reads=RECEIVED, route=to_parsed, begins=State.RECEIVED),
    Stage("enrich", reads=PARSED, route=to_enriched),
    Stage("plan", reads=ENRICHED, route=to_planned_or_proposed),
    Stage("approve", reads=DECISIONS, route=to_approved_or_proposed_again, clears=PROPOSED),
    Stage("deploy", reads=PLANNED, route=to_deployed, begins=State.DEPLOYING),
)
STAGES = tuple(stage.name for stage in FLOW)
