"""A flow of two stages whose effects are counted, through the real worker: runner, lanes, offsets and engine.

Requests read `KEY NUMBER`. Their `deploy` keeps the same rules as every target (done once, never older over newer, a
worker whose session may be over does nothing), on a store so cheap that many thousand intents fit into a test.
"""

import asyncio
import os
import random
import time
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from agents.domain.verdicts import Declined, Retryable
from pipeline.app import App
from pipeline.kafka.stage import Emission, Stage
from pipeline.runtime.record_readers import read_events, read_requests
from schemas.bodies import IntentDeployed, IntentParsed, IntentReceived
from schemas.envelope import Intent
from schemas.reasons import DeclineReason
from schemas.status import State
from schemas.topics import DEPLOYED, PARSED, RECEIVED
from tests.chaos.effect_store import Effect, EffectStore

STORE_VARIABLE = "NEPHORAN_TEST_EFFECTS"
USUAL_SECONDS = 0.03
SLOW_SECONDS = 4.0
SLOW_SHARE = 0.08
"""A few effects take longer than a drain may: some are in flight at every commit, every kill and every revoke."""


def takes_seconds() -> float:
    return random.uniform(0, SLOW_SECONDS if random.random() < SLOW_SHARE else USUAL_SECONDS)


def to_parsed(intent: Intent, body: IntentParsed) -> Emission:
    return Emission(PARSED, body.text.split()[0], body, State.PARSED)


def to_landed(intent: Intent, body: IntentParsed) -> Emission:
    landed = IntentDeployed(expectations=(), results=())
    return Emission(DEPLOYED, body.text.split()[0], landed, State.DEPLOYED)


COUNTING_FLOW: tuple[Stage[Any], ...] = (
    Stage(
        name="parse",
        reads=RECEIVED,
        reader=read_requests,
        agent=lambda app: app.parse,
        route=to_parsed,
        begins=State.RECEIVED,
    ),
    Stage(
        name="deploy",
        reads=PARSED,
        reader=read_events,
        agent=lambda app: app.deploy,
        route=to_landed,
        begins=State.DEPLOYING,
    ),
)


class CountingApp(App):
    """The agents of the two stages."""

    has_ledger = True

    @cached_property
    def store(self) -> EffectStore:
        return EffectStore(Path(os.environ[STORE_VARIABLE]))

    @cached_property
    def parse(self) -> Any:
        async def parse(request: IntentReceived, intent: Intent) -> IntentParsed:
            await asyncio.sleep(random.uniform(0, USUAL_SECONDS))
            return IntentParsed(text=request.intent, expectations=())

        return parse

    @cached_property
    def deploy(self) -> Any:
        async def deploy(body: IntentParsed, intent: Intent) -> IntentParsed:
            begun = time.time()
            if self.has_ledger and self.store.holds(intent.id):
                return body
            await asyncio.sleep(takes_seconds())
            key, number = body.text.split()
            self.carry_out(Effect(key, int(number), intent.id, intent.order, os.getpid(), begun))
            return body

        return deploy

    def carry_out(self, effect: Effect) -> None:
        """Raises: Declined `superseded`, Retryable."""
        version, head = self.store.head(effect.key)
        if self.has_ledger and self.store.holds(effect.intent_id):
            return
        if self.has_ledger and head is not None and effect.order < head:
            raise Declined(DeclineReason.SUPERSEDED, f"a newer intent than {effect.number} was there")
        asked_at = time.time()
        if not self.may_act("deploy"):
            self.store.note_refusal(effect.worker)
            raise Retryable("this worker may not act", dependency="kafka", delay_seconds=1, was_tried=False)
        if not self.store.set(replace(effect, permitted=asked_at), version):
            raise Retryable("somebody was faster", dependency="store")

    async def close(self) -> None:
        await super().close()
        self.store.close()
