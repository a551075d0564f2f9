"""Re-signs the contents of compacted topics when the signing key changes; and claims that no key can verify."""

from dataclasses import dataclass

from pipeline.control.control_topic import ControlTopic
from pipeline.kafka.claims import Claims
from pipeline.kafka.producer import publishing
from pipeline.kafka.records import Outgoing
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventReader, EventWriter
from pipeline.operations.operator import EVENT_SOURCE
from pipeline.operations.read_topics import read_all
from pipeline.runtime.proposals import Proposals
from pipeline.settings import Settings
from schemas.topics import CONTROL, PROPOSED


@dataclass(frozen=True, slots=True)
class Renewal:
    """How many records of one topic were re-signed or discarded, and how many claims are left."""

    topic: str
    done: int
    unjudged: int


async def renew_signatures(settings: Settings) -> list[Renewal]:
    """Signs orders and proposals with the first key, where an older one did. Raises: NotUsable."""
    writer = EventWriter(Keyring.open(settings.signing), EVENT_SOURCE)
    claims = await _read_claims(settings)
    renewed = {
        topic: [writer.renewed(topic, record) for record in each.signed_with_older_keys()]
        for topic, each in claims.items()
    }
    await _publish(settings, [record for records in renewed.values() for record in records])
    return [Renewal(topic, len(renewed[topic]), len(each.open)) for topic, each in claims.items()]


async def forget_claims(settings: Settings) -> list[Renewal]:
    """Permanently discards what no key here fits. Raises: NotUsable."""
    writer = EventWriter(Keyring.open(settings.signing), EVENT_SOURCE)
    claims = await _read_claims(settings)
    ends = {topic: [writer.signed(topic, key, None, {}) for key in each.open] for topic, each in claims.items()}
    genuine = [
        Outgoing(topic, key, record.value, record.headers)
        for topic, each in claims.items()
        for key, record in each.genuine.items()
        if key in each.open
    ]
    await _publish(settings, [record for records in ends.values() for record in records])
    await _publish(settings, genuine)
    return [Renewal(topic, len(ends[topic]), 0) for topic in claims]


async def _read_claims(settings: Settings) -> dict[str, Claims]:
    reader = EventReader.of(settings.signing)
    control, proposals = ControlTopic(reader), Proposals(reader)
    await read_all(settings.kafka, {CONTROL: control.take, PROPOSED: proposals.take})
    return {CONTROL.name: control.claims, PROPOSED.name: proposals.claims}


async def _publish(settings: Settings, records: list[Outgoing]) -> None:
    async with publishing(settings.kafka) as publisher:
        await publisher.deliver(records)
