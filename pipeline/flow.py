"""The product on one screen: the stages in order, what each reads, and where its results go."""

from typing import Any

from agents.enrich import Enrich
from agents.parse import Parse
from pipeline.kafka.stage import Stage
from pipeline.runtime.record_readers import read_decisions, read_events, read_plans, read_requests, read_watches
from pipeline.runtime.routes import (
    to_approved_or_again,
    to_deployed,
    to_deployed_or_observed,
    to_enriched,
    to_parsed,
    to_planned_or_proposed,
)
from schemas.status import State
from schemas.topics import DECISIONS, ENRICHED, OBSERVING, PARSED, PLANNED, PROPOSED, RECEIVED

# fmt: off
FLOW: tuple[Stage[Any], ...] = (
    #     name       reads      read by         agent, with what it stands on                 results go
    Stage("parse",   RECEIVED,  read_requests,  lambda app: Parse(app.understanding, app.goal_gate), to_parsed,
          begins=State.RECEIVED),
    Stage("enrich",  PARSED,    read_events,    lambda app: Enrich(app.knowledge_base, app.goal_sources), to_enriched),
    Stage("plan",    ENRICHED,  read_events,    lambda app: app.proposer,                     to_planned_or_proposed),
    Stage("approve", DECISIONS, read_decisions, lambda app: app.approver,                     to_approved_or_again,
          clears=PROPOSED),
    Stage("deploy",  PLANNED,   read_plans,     lambda app: app.deployer,                     to_deployed_or_observed,
          begins=State.DEPLOYING),
    Stage("observe", OBSERVING, read_watches,   lambda app: app.observer,                     to_deployed,
          clears=OBSERVING, waits=True),
)
# fmt: on
STAGES = tuple(stage.name for stage in FLOW)
