"""Decisions of people on proposed plans, published to `intents.decisions`."""

from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventWriter
from pipeline.operations.operator import EVENT_SOURCE, name_of_operator
from pipeline.operations.orders import publish_orders
from pipeline.runtime.proposals import Proposal
from pipeline.settings import Settings
from schemas.bodies import Decision, Edit, Verdict
from schemas.topics import DECISIONS


@dataclass(frozen=True, slots=True)
class Correction:
    """Values that were corrected, and the digest of the plan that was seen with them."""

    edits: tuple[Edit, ...]
    digest: str


async def decide(
    settings: Settings, proposal: Proposal, verdict: Verdict, comment: str = "", correction: Correction | None = None
) -> Decision:
    """Publish what was decided on exactly the plan that was seen. Who decided is what this machine says.

    Raises: NotUsable; NotPossible where no worker would obey; Fatal where the broker refuses it.
    """
    decision = Decision(
        verdict=verdict,
        plan_digest=proposal.planned.plan.digest,
        decided_by=name_of_operator(),
        decided_at=datetime.now(UTC),
        comment=comment,
        edits=correction.edits if correction else (),
        edited_digest=correction.digest if correction else None,
    )
    writer = EventWriter(Keyring.open(settings.signing), EVENT_SOURCE)
    record = writer.write(DECISIONS.name, proposal.intent.id, proposal.intent, decision, proposal.trace)
    await publish_orders(settings, [record])
    return decision
