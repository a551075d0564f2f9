"""Those who ask and decide: requests, sent twice or under a used name, and decisions, made twice or copied."""

from datetime import UTC, datetime

from pipeline.kafka.records import Outgoing, Record
from pipeline.kafka.signed_events import EventReader, EventWriter
from pipeline.runtime.proposals import Proposal, Proposals
from schemas.bodies import Decision, Rollback, Verdict
from schemas.envelope import Intent
from schemas.topics import DECISIONS, DEPLOYED, PROPOSED, RECEIVED
from tests.chaos.simulation.world import World

OBJECTS = (("PCF", "osaka-1"), ("PCF", "nagoya-1"), ("NSSF", "osaka-1"))
WORDS = (
    "Scale the {function} in {site} to {number} replicas",
    "Scale the {function} in {site} to {number} replicas",
    "Add {few} more replicas to the {function} in {site}",
    "Upgrade the {function} in {site} to version 2.{number}.0",
    "Upgrade the {function} in {site} to version 2.{number}.0",
    "Delete the {function} in {site}",
    "Deploy 2 {function}s in {site}",
    "What is the weather in {site}?",
)


class People:
    """They read topics and write records; nothing kills them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._reader = EventReader(world.keyring)
        self._writer = EventWriter(world.keyring, "nephoran/people")
        self._sent: list[Outgoing] = []

    async def begin(self) -> None:
        """Everything that they scale later."""
        for function, site in OBJECTS:
            self._send(Outgoing(RECEIVED.name, site.encode(), f"Deploy 2 {function}s in {site}".encode()))
        await self._world.pause(3.0)

    async def ask(self, count: int, seconds: float) -> None:
        """So many requests over so many seconds, some of them not for the first time."""
        for number in range(count):
            await self._world.pause(2 * seconds / count)
            self._send(self._request(number))

    def _send(self, record: Outgoing) -> None:
        self._sent.append(record)
        self._world.broker.append(record)

    def _request(self, number: int) -> Outgoing:
        chance = self._world.chance
        if chance.random() < 0.15:
            again = chance.choice(self._sent)
            if again.headers and chance.random() < 0.3:
                return again._replace(value=(again.value or b"") + b" please")
            return again
        if chance.random() < 0.05:
            return Outgoing(RECEIVED.name, None, b"\xff\xfe")
        function, site = chance.choice(OBJECTS)
        words = chance.choice(WORDS).format(
            function=function, site=site, number=chance.randint(1, 9), few=chance.randint(1, 2)
        )
        headers = ()
        if chance.random() < 0.5:
            headers = (("ce_id", str(number).encode()), ("ce_source", b"people"))
        return Outgoing(RECEIVED.name, chance.choice([None, site.encode()]), words.encode(), headers)

    async def decide(self) -> None:
        """Look at what waits again and again; decide, sometimes twice and differently, sometimes on what was."""
        chance = self._world.chance
        while True:
            await self._world.pause(2.0)
            proposals = Proposals(self._reader)
            for log in self._world.broker.logs[PROPOSED.name]:
                for record in log:
                    proposals.take(record)
            for proposal in proposals.all():
                for _ in range(chance.choice([0, 1, 1, 2])):
                    self._decide(proposal)
            decided = [record for log in self._world.broker.logs[DECISIONS.name] for record in log]
            if decided and chance.random() < 0.1:
                self._copy(chance.choice(decided))
            if chance.random() < 0.1:
                self._roll_something_back()

    def _decide(self, proposal: Proposal) -> None:
        chance = self._world.chance
        decision = Decision(
            verdict=chance.choice([Verdict.APPROVE, Verdict.APPROVE, Verdict.DECLINE]),
            plan_digest=proposal.planned.plan.digest,
            decided_by=chance.choice(["hanna", "kenji"]),
            decided_at=datetime.now(UTC),
        )
        self._world.broker.append(self._writer.write(DECISIONS.name, proposal.intent.id, proposal.intent, decision))

    def _copy(self, record: Record) -> None:
        self._world.broker.append(Outgoing(record.topic, record.key, record.value, record.headers))

    def _roll_something_back(self) -> None:
        deployed = [record for log in self._world.broker.logs[DEPLOYED.name] for record in log]
        if not deployed:
            return
        intent = self._reader.lineage(DEPLOYED.name, self._world.chance.choice(deployed))
        original = Intent(intent.id, intent.order, intent.generation, intent.digest, intent.order.append_ms)
        rollback = Rollback(decided_by="hanna", decided_at=datetime.now(UTC))
        self._world.broker.append(self._writer.write(DECISIONS.name, intent.id, original, rollback))
