"""Pauses, the brake and circuits through `nephoran.control`, on a real Kafka with real workers."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest

from agents.domain.circuit import through
from agents.domain.verdicts import Retryable
from pipeline.app import App
from pipeline.kafka.dead_letters import PREFIX
from pipeline.kafka.producer import Publisher
from pipeline.kafka.records import Outgoing, Record
from pipeline.kafka.settings import KafkaSettings
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventWriter
from pipeline.operations.control import order_circuit, pause_stages, read_control, resume_stages
from pipeline.operations.read_topics import read_all
from pipeline.operations.submit import Submission
from pipeline.settings import Settings
from pipeline.worker import Worker
from schemas.bodies import IntentParsed
from schemas.control import StageOrder
from schemas.envelope import Intent, Order
from schemas.topics import RECEIVED, topic_named
from tests.chaos.counting_app import COUNTING_FLOW
from tests.servers.eventually import eventually

pytestmark = pytest.mark.slow
LONG_SECONDS = 180
"""For what waits for retries, or is ten thousand records long."""


class World:
    """What the workers act on: the texts that were carried out, and what is wrong with it."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.asked = 0
        self.is_away = False
        self.is_broken = False

    async def carry_out(self, text: str) -> None:
        self.asked += 1
        if self.is_away:
            raise Retryable("no answer", dependency="store")
        self.done.append(text)

    def app(self) -> type[App]:
        """Requests `KEY store` need the store, others do not; a broken world is a bug of ours."""
        world = self

        class ScriptedApp(App):
            @cached_property
            def parse(self) -> Any:
                async def parse(request: Any, intent: Intent) -> IntentParsed:
                    return IntentParsed(text=request.intent, expectations=())

                return parse

            @cached_property
            def deploy(self) -> Any:
                async def deploy(body: IntentParsed, intent: Intent) -> IntentParsed:
                    if world.is_broken:
                        fail_somewhere(int(body.text.split()[0].removeprefix("k")))
                    if "store" in body.text:
                        await through(self.circuits.of("store"), "store", lambda: world.carry_out(body.text))
                    else:
                        world.done.append(body.text)
                    return body

                return deploy

        return ScriptedApp


def fail_somewhere(number: int) -> None:
    """At one of three places of the pipeline's own code."""
    places: tuple[Callable[[str], object], ...] = (Order.parse, topic_named, lambda text: int(text))
    places[number % len(places)]("a bug")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def settings(kafka: KafkaSettings, tmp_path: Path) -> Settings:
    return settings_with(kafka, tmp_path)


def settings_with(kafka: KafkaSettings, folder: Path, **sections: object) -> Settings:
    basic = {
        "kafka": kafka,
        "git": {"repository": str(folder / "unused.git")},
        "signing": {"key_file": folder / "signing.key"},
        "metrics": {"port": 0},
        "engine": {"kind": "fast"},
    }
    return Settings.model_validate(basic | sections)


@asynccontextmanager
async def worker(settings: Settings, world: World) -> AsyncIterator[Worker]:
    member = Worker(settings, ["parse", "deploy"], COUNTING_FLOW, world.app())
    running = asyncio.create_task(member.run())
    try:
        await eventually(lambda: _is_up(member), LONG_SECONDS)
        yield member
    finally:
        member.stop()
        await running


async def _is_up(member: Worker) -> bool:
    told = await ready(member)
    return told.startswith("ready") or "paused" in told


async def ask(member: Worker, path: str) -> str:
    """What the worker answers over HTTP."""
    try:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"http://127.0.0.1:{member.port}/{path}")).text
    except httpx.TransportError:
        return "not listening yet"


async def ready(member: Worker) -> str:
    """What the readiness probe says."""
    return await ask(member, "readyz")


async def publish(settings: Settings, records: Iterable[Outgoing]) -> None:
    publisher = Publisher(settings.kafka)
    await publisher.start()
    await publisher.publish(list(records))
    await publisher.stop()


async def send(settings: Settings, *texts: str) -> None:
    submissions = (Submission(text.encode(), "test", text, text.split()[0]) for text in texts)
    await publish(settings, (submission.record() for submission in submissions))


async def dead_letter_reasons(settings: Settings) -> list[str]:
    reasons: list[str] = []

    def take(record: Record) -> None:
        reasons.append((record.header(PREFIX + "reason") or b"").decode())

    await read_all(settings.kafka, {topic.dead_letters: take for topic in (RECEIVED, COUNTING_FLOW[1].reads)})
    return reasons


@pytest.mark.parametrize("engine", ["faust", "fast"])
async def test_a_paused_stage_holds_everywhere_over_restarts_and_keeps_its_place_until_it_is_resumed(
    engine: str, kafka: KafkaSettings, tmp_path: Path, world: World
) -> None:
    impatient = {"kind": engine, "max_poll_interval_seconds": 6.0, "session_timeout_seconds": 6.0}
    longer_than_its_poll_interval_and_its_lease = 12.0
    settings = settings_with(kafka, tmp_path, engine=impatient)
    async with worker(settings, world) as first:
        await send(settings, "a 1")
        await eventually(lambda: world.done == ["a 1"])
        await pause_stages(settings, "deploy", "maintenance of the store")
        await eventually(lambda: _says(first, "maintenance of the store"))
        await send(settings, *(f"k{number} 1" for number in range(20)))
    async with worker(settings, world) as second:
        assert "deploy is paused" in await ready(second)
        assert 'intent_stage_paused{stage="deploy"} 1.0' in await ask(second, "metrics")
        await eventually(lambda: second.may_act("deploy"))
        begun = time.monotonic()
        await eventually(lambda: time.monotonic() - begun > longer_than_its_poll_interval_and_its_lease)
        await eventually(lambda: second.may_act("deploy"))  # its heartbeats go on
        assert world.done == ["a 1"]
        await resume_stages(settings, "deploy", "done")
        await eventually(lambda: len(world.done) == 21)
        await eventually(lambda: _says(second, "ready"))


async def _says(member: Worker, words: str) -> bool:
    return words in await ready(member)


async def test_an_order_without_our_signature_is_passed_over(settings: Settings, world: World, tmp_path: Path) -> None:
    async with worker(settings, world) as member:
        order = StageOrder(stage="deploy", is_paused=True, by="mallory", at="2026-01-01T00:00:00Z")
        forged = EventWriter(Keyring((b"another key",)), "nephoran/command-line").control(order)
        await publish(settings, [forged])
        await pause_stages(settings, "parse", "this one is ours")
        await eventually(lambda: _says(member, "this one is ours"))
        assert "mallory" not in await ready(member)


async def test_an_open_circuit_holds_only_what_needs_its_endpoint_and_closes_on_order(
    kafka: KafkaSettings, tmp_path: Path, world: World
) -> None:
    settings = settings_with(kafka, tmp_path, circuits={"open_seconds": 600})
    world.is_away = True
    async with worker(settings, world):
        await send(settings, *(f"k{number} store" for number in range(10)))
        await eventually(lambda: _standing(settings), LONG_SECONDS)
        asked = world.asked
        await send(settings, "free 1", "k0 store")
        await eventually(lambda: world.done == ["free 1"])
        assert world.asked == asked, "nothing is sent to an endpoint that is left alone"
        world.is_away = False
        await order_circuit(settings, "store", is_open=False, why="it is back")
        await eventually(lambda: len(world.done) == 11)
        assert await dead_letter_reasons(settings) == []
        await order_circuit(settings, "store", is_open=True, why="an upgrade")
        standings = (await read_control(settings)).circuit_standings()
        assert [(one.endpoint, one.state, one.why) for one in standings] == [("store", "open", "an upgrade")]


async def _standing(settings: Settings) -> bool:
    return any(one.state == "open" for one in (await read_control(settings)).circuit_standings())


async def test_what_waited_too_long_for_its_endpoint_is_a_dead_letter_that_says_so(
    kafka: KafkaSettings, tmp_path: Path, world: World
) -> None:
    settings = settings_with(kafka, tmp_path, circuits={"failures": 1, "open_seconds": 0.5, "give_up_seconds": 1})
    world.is_away = True
    async with worker(settings, world):
        await send(settings, "k store")
        await eventually(lambda: _reasons(settings, 1), LONG_SECONDS)
        assert await dead_letter_reasons(settings) == ["dependency_unavailable"]


async def _reasons(settings: Settings, count: int) -> list[str] | None:
    reasons = await dead_letter_reasons(settings)
    return reasons if len(reasons) == count else None


async def test_the_brake_pauses_the_stage_for_all_workers_until_it_is_resumed(settings: Settings, world: World) -> None:
    world.is_broken = True
    async with worker(settings, world) as first:
        await send(settings, *(f"k{number} 1" for number in range(10)))
        await eventually(lambda: _says(first, "became dead letters"), LONG_SECONDS)
    async with worker(settings, world) as second:
        assert "became dead letters" in await ready(second)
        world.is_broken = False
        await send(settings, "later 1")
        await resume_stages(settings, "all", "repaired")
        await eventually(lambda: world.done == ["later 1"])
    assert await dead_letter_reasons(settings) == ["internal_error"] * 10


async def test_ten_thousand_undecodable_records_of_one_producer_stop_nobody(settings: Settings, world: World) -> None:
    garbage = [Outgoing(RECEIVED.name, f"k{number % 100}".encode(), b"{broken") for number in range(10_000)]
    await publish(settings, garbage)
    async with worker(settings, world) as member:
        await send(settings, "good 1")
        await eventually(lambda: world.done == ["good 1"], LONG_SECONDS)
        await eventually(lambda: _has_buried(member, 10_000), LONG_SECONDS)
        assert await ready(member) == "ready\n"
    assert await dead_letter_reasons(settings) == ["broken_json"] * 10_000


async def _has_buried(member: Worker, count: int) -> bool:
    return f'dead_letters_total{{reason="broken_json",stage="parse"}} {count:.1f}' in await ask(member, "metrics")
