"""The proposals that wait, as people look for them."""

import asyncio

from pipeline.kafka.not_usable import NotPossible
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventReader
from pipeline.operations.intent_names import the_only
from pipeline.operations.orders import require_obeyed
from pipeline.operations.read_topics import read_all
from pipeline.operations.statuses import StatusBoard, history_of
from pipeline.runtime.decisions import Decisions
from pipeline.runtime.proposals import Proposal, Proposals
from pipeline.settings import Settings
from schemas.topics import DECISIONS, PROPOSED


async def waiting_proposals(settings: Settings) -> list[Proposal]:
    """Every proposal that waits for a decision, the oldest first. Raises: NotUsable."""
    reader = EventReader(Keyring.open(settings.signing))
    decisions = Decisions(reader)
    proposals = Proposals(reader, decisions.is_decided)
    await read_all(settings.kafka, {PROPOSED: proposals.take, DECISIONS: decisions.take})
    return proposals.all()


async def find_proposal(settings: Settings, name: str) -> Proposal:
    """The proposal that `name` means: an intent id, or its producer's id.

    Raises: NotPossible where none waits, or `name` may mean several intents, whether or not they wait; says which, or
    where the intent stands instead.
    """
    waiting = {proposal.intent.id: proposal for proposal in await waiting_proposals(settings)}
    if name in waiting:
        return waiting[name]
    board = await history_of(settings, name)
    known = board.producer_ids() | {each.intent.id: each.intent.producer_id for each in waiting.values()}
    meant = the_only(name, known)
    if meant in waiting:
        return waiting[meant]
    await asyncio.to_thread(require_obeyed, settings)  # else the wrong cause would be told
    raise NotPossible(_why_none_waits(board, name))


def _why_none_waits(board: StatusBoard, name: str) -> str:
    if not board.newest:
        return f"nothing is known of {name}; `nephoran status --waiting` lists what can be decided"
    stands = "; ".join(f"{each.intent_id} is {each.state}" for each in board.newest.values())
    return f"no decision is awaited: {stands}"
