"""Proposals that nobody decided on in time: an expiry is a decision like any other, and the first one counts."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
from pydantic import BaseModel, ConfigDict, Field

from agents.domain.verdicts import Fatal
from pipeline.kafka.records import Outgoing
from pipeline.kafka.signed_events import EventWriter
from pipeline.runtime.proposals import Proposal, Proposals
from schemas.bodies import Decision, Verdict
from schemas.topics import DECISIONS

log = structlog.get_logger()
DAY_SECONDS = 86_400.0


class ApprovalSettings(BaseModel):
    """How proposals wait for people."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    expire_seconds: float = Field(7 * DAY_SECONDS, gt=0, le=20 * DAY_SECONDS)
    """How long a proposal waits for a decision; then it is answered `expired`. Well below the 30 days of
    `intents.decisions`, which must still hold every decision on a waiting proposal."""
    look_seconds: float = Field(60.0, gt=0)
    """How often a worker looks for expired proposals."""


class Expiry:
    """Publishes an expiry for every proposal that has waited too long."""

    def __init__(
        self,
        proposals: Proposals,
        writer: EventWriter,
        publish: Callable[[list[Outgoing]], Awaitable[object]],
        settings: ApprovalSettings,
    ) -> None:
        self._proposals = proposals
        self._writer = writer
        self._publish = publish
        self._settings = settings

    def has_expired(self, proposal: Proposal, at_ms: int) -> bool:
        """Whether it had waited for too long at this time."""
        return at_ms - proposal.proposed_ms > self._settings.expire_seconds * 1_000

    async def watch(self) -> None:
        """Check periodically, until cancelled."""
        while True:
            await asyncio.sleep(self._settings.look_seconds)
            now_ms = round(time.time() * 1_000)
            expired = [each for each in self._proposals.all() if self.has_expired(each, now_ms)]
            try:
                await self._publish([self._decision(proposal) for proposal in expired])
            except Fatal as error:
                log.error("expired proposals not reported: will be tried again", count=len(expired), why=str(error))

    def _decision(self, proposal: Proposal) -> Outgoing:
        decision = Decision(
            verdict=Verdict.EXPIRE,
            plan_digest=proposal.planned.plan.digest,
            decided_by="nephoran",
            decided_at=datetime.now(UTC),
        )
        return self._writer.write(DECISIONS.name, proposal.intent.id, proposal.intent, decision, proposal.trace)
