"""What the demo sees of its intents: every status with the time the broker appended it."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.kafka.records import Record
from pipeline.kafka.signed_events import decoded_headers
from schemas.bodies import IntentDeployed
from schemas.envelope import Order
from schemas.status import IntentStatus, State, fold

POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Fact:
    """One record of `intents.deployed`: what it changed, as `site/object/target name`. Redelivered ones say so."""

    order: Order
    intent_id: str
    changed: tuple[str, ...]
    is_repeated: bool


class Board:
    """Where each intent stands, and when it first came to each state (milliseconds of the broker's clock).

    Replays count for where it stands alone: when they happen is up to people.
    """

    def __init__(self) -> None:
        self.statuses: dict[str, IntentStatus] = {}
        self.reached_ms: dict[str, dict[State, int]] = {}
        self.received_ms: dict[str, int] = {}
        self.facts: list[Fact] = []

    def take(self, record: Record) -> None:
        """Fold one record of `intents.status` in."""
        status = IntentStatus.model_validate_json(record.value or b"")
        self.statuses[status.intent_id] = fold(self.statuses.get(status.intent_id), status)
        if status.generation == 0:
            self.reached_ms.setdefault(status.intent_id, {}).setdefault(status.state, record.timestamp_ms)
        self.received_ms.setdefault(status.intent_id, Order.parse(status.order).append_ms)

    def take_fact(self, record: Record) -> None:
        """Note one record of `intents.deployed`."""
        deployed = IntentDeployed.model_validate_json(record.value or b"")
        headers = decoded_headers(record)
        changed = tuple(
            f"{result.step.split()[-1]}/{name}"
            for result in deployed.results
            if result.outcome != "superseded"
            for name in result.after
        )
        order = Order.parse(headers["nephoran-order"])
        is_repeated = any(result.outcome == "already_done" for result in deployed.results)
        self.facts.append(Fact(order, headers["nephoran-intent-id"], changed, is_repeated))

    async def until(
        self, is_so: Callable[[], bool], within_seconds: float, check: Callable[[], None] = lambda: None
    ) -> bool:
        """Waits until `is_so`; False where it did not become so in time. Raises: what `check` raises."""
        deadline = time.monotonic() + within_seconds
        while not is_so():
            check()
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(POLL_SECONDS)
        return True
