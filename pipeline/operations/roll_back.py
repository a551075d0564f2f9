"""Rollbacks: the intent looked up, and its rollback requested on `intents.decisions`."""

import asyncio
from datetime import UTC, datetime

from pipeline.kafka.not_usable import NotPossible
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventWriter
from pipeline.operations.intent_names import the_only
from pipeline.operations.operator import EVENT_SOURCE, name_of_operator
from pipeline.operations.orders import publish_orders, require_obeyed
from pipeline.operations.statuses import history_of
from pipeline.settings import Settings
from schemas.bodies import Rollback
from schemas.envelope import Intent, Order
from schemas.status import IntentStatus, State
from schemas.topics import DECISIONS

MAY_HAVE_EFFECTS = {State.OBSERVING, State.DEPLOYED, State.FAILED, State.TIMED_OUT, State.DEAD_LETTERED}


async def find_carried_out(settings: Settings, name: str) -> IntentStatus:
    """The intent that `name` means, where there may be something to roll back.

    Raises: NotPossible where there is not, saying where it stands, or where `name` may mean several.
    """
    board = await history_of(settings, name)
    meant = the_only(name, board.producer_ids())
    if meant is None:
        await asyncio.to_thread(require_obeyed, settings)  # else the wrong cause would be told
        raise NotPossible(f"nothing is known of {name}")
    status = board.newest[meant]
    if status.state in MAY_HAVE_EFFECTS:
        return status
    if status.state == State.ROLLED_BACK:
        raise NotPossible(f"intent {status.intent_id} is rolled back already: {status.message}")
    raise NotPossible(f"intent {status.intent_id} is {status.state}: it has not changed anything yet")


def intent_of(status: IntentStatus) -> Intent:
    """The intent whose status it is."""
    order = Order.parse(status.order)
    return Intent(
        id=status.intent_id,
        order=order,
        generation=status.generation,
        digest=status.digest or "",
        received_ms=order.append_ms,
        producer_id=status.producer_id,
    )


async def _next_generation(settings: Settings, rollback_id: str) -> int:
    """One more than that of a rollback that failed: a new answer must outrank the old one."""
    board = await history_of(settings, rollback_id)
    before = board.newest.get(rollback_id)
    if before is None:
        return 0
    return before.generation + (before.is_final and before.state != State.DEPLOYED)


async def roll_back(settings: Settings, original: Intent, comment: str = "") -> Rollback:
    """Ask for it. Who asks is what this machine says.

    Raises: NotUsable; NotPossible where no worker would obey; Fatal where the broker refuses it.
    """
    rollback = Rollback(
        decided_by=name_of_operator(),
        decided_at=datetime.now(UTC),
        comment=comment,
        generation=await _next_generation(settings, original.rollback().id),
    )
    writer = EventWriter(Keyring.open(settings.signing), EVENT_SOURCE)
    await publish_orders(settings, [writer.write(DECISIONS.name, original.id, original, rollback)])
    return rollback
