"""What was answered before a group lost its offsets is not answered again."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from agents.domain.verdicts import Retryable
from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.records import Record, TopicPartition
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventReader, EventWriter
from pipeline.runtime.past_answers import PastAnswers
from schemas.envelope import Intent, Order
from schemas.status import IntentStatus, State
from schemas.topics import PLANNED, STATUS

KEYRING = Keyring((b"the key of this test",))
NOW_MS = round(time.time() * 1_000)
PLACE = TopicPartition(PLANNED.name, 0)


def intent(number: int, generation: int = 0) -> Intent:
    return Intent(f"00000000-0000-5000-8000-{number:012}", Order(number, 0, 0), generation, "d" * 64, number)


def status(about: Intent, state: State, stage: str = "deploy", keyring: Keyring = KEYRING) -> Record:
    said = IntentStatus(
        intent_id=about.id, state=state, generation=about.generation, stage=stage, at=datetime.now(UTC), order="1/0/0"
    )
    sent = EventWriter(keyring, f"nephoran/{stage}").write(STATUS.name, about.id, about, said)
    return Record(sent.topic, 0, 0, NOW_MS, sent.key, sent.value, sent.headers)


class Statuses:
    """The topic, and how often it was read. It may be away at first."""

    def __init__(self, *records: Record, is_away: bool = False) -> None:
        self._records = records
        self.is_away = is_away
        self.reads = 0

    async def read(self, take: Callable[[Record], None]) -> None:
        self.reads += 1
        await asyncio.sleep(0)
        if self.is_away:
            raise NotUsable("no broker answers")
        for record in self._records:
            take(record)


async def held(told: PastAnswers, about: Intent, timestamp_ms: int = NOW_MS - 1_000, partition: int = 0) -> bool:
    return await told.holds("deploy", Record(PLANNED.name, partition, 0, timestamp_ms, None, None), about)


async def test_only_answers_of_this_stage_and_generation_are_settled() -> None:
    statuses = Statuses(
        status(intent(1), State.DECLINED),
        status(intent(2), State.DEPLOYING),
        status(intent(3), State.PLANNED, "plan"),
        status(intent(4), State.DEPLOYED, keyring=Keyring((b"the key of somebody else",))),
    )
    told = PastAnswers(EventReader(KEYRING), statuses.read)
    told.begins_without_past(PLACE)
    every = (intent(1), intent(1, generation=1), intent(2), intent(3), intent(4))
    assert [await held(told, each) for each in every] == [True, False, False, False, False]
    assert statuses.reads == 1


async def test_a_partition_with_a_past_and_what_was_written_later_is_not_looked_up() -> None:
    statuses = Statuses(status(intent(1), State.DECLINED))
    told = PastAnswers(EventReader(KEYRING), statuses.read)
    told.begins_without_past(PLACE)
    assert not await held(told, intent(1), partition=1)
    assert not await held(told, intent(1), timestamp_ms=NOW_MS + 3_600_000)
    assert statuses.reads == 0


async def test_where_it_cannot_be_told_nothing_is_done_until_it_can() -> None:
    statuses = Statuses(status(intent(1), State.DECLINED), is_away=True)
    told = PastAnswers(EventReader(KEYRING), statuses.read)
    told.begins_without_past(PLACE)
    with pytest.raises(Retryable) as away:
        await held(told, intent(1))
    assert not away.value.was_tried
    statuses.is_away = False
    assert await held(told, intent(1))
    await told.close()
