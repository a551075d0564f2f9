"""The product on one screen: the stages in order, what each reads, and where its results go."""

from typing import Any

from agents.approve import Approve, Approved, ProposedAgain
from agents.deploy import Deploy, RolledBack
from agents.domain.dry_run import require_for_real
from agents.domain.ports import Carried
from agents.enrich import Enrich
from agents.parse import Parse, target_key
from pipeline.kafka.stage import Emission, Stage
from pipeline.runtime.record_readers import read_decisions, read_events, read_plans, read_requests
from schemas.bodies import IntentEnriched, IntentParsed, IntentPlanned, RollbackPlanned
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


def to_approved_or_again(intent: Intent, outcome: Approved | ProposedAgain | RollbackPlanned) -> Emission:
    if isinstance(outcome, RollbackPlanned):
        text, why = f"Roll back intent {outcome.original.id}", f"asked for by {outcome.decided_by} {outcome.comment}"
        return Emission(PLANNED, outcome.original.id, outcome, State.APPROVED, message=why.strip(), text=text)
    body = outcome.planned
    if isinstance(outcome, ProposedAgain):
        return Emission(PROPOSED, intent.id, body, State.PROPOSED, message=outcome.why, plan_digest=body.plan.digest)
    return Emission(PLANNED, target_key(body.expectations), body, State.APPROVED, plan_digest=body.plan.digest)


def to_deployed(intent: Intent, done: Carried | RolledBack) -> Emission:
    body = done.deployed
    if isinstance(done, RolledBack):
        original = Intent.of(done.original)
        return Emission(
            DEPLOYED, original.id, body, State.DEPLOYED, message=f"rolled back: {done.summary}", rolled_back=original
        )
    return Emission(DEPLOYED, target_key(body.expectations), body, State.DEPLOYED, message=body.summary)


# fmt: off
FLOW: tuple[Stage[Any], ...] = (
    #     name       reads      read by         agent, with what it stands on                 results go
    Stage("parse",   RECEIVED,  read_requests,  lambda app: Parse(app.understanding),         to_parsed,
          begins=State.RECEIVED),
    Stage("enrich",  PARSED,    read_events,    lambda app: Enrich(app.knowledge_base),       to_enriched),
    Stage("plan",    ENRICHED,  read_events,    lambda app: app.planner,                      to_planned_or_proposed),
    Stage("approve", DECISIONS, read_decisions, lambda app: Approve(app.planner.plan_again),  to_approved_or_again,
          clears=PROPOSED),
    Stage("deploy",  PLANNED,   read_plans,     lambda app: Deploy(app.targets, app.require_approved), to_deployed,
          begins=State.DEPLOYING),
)
# fmt: on
STAGES = tuple(stage.name for stage in FLOW)
