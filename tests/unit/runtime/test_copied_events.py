"""An event that is put onto its topic again long after it was made does nothing where its intent is over."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from agents.domain.verdicts import Rejected, Retryable
from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.records import Record, text_headers
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventReader, EventWriter
from pipeline.kafka.stage import AlreadySettled
from pipeline.runtime.copied_events import PROMPT_MS, CopiedEvents
from schemas.envelope import Intent, Order
from schemas.status import IntentStatus, State
from schemas.topics import PLANNED, STATUS

KEYRING = Keyring((b"the key of this test",))
NOW = datetime.now(UTC)
NOW_MS = round(NOW.timestamp() * 1_000)


def intent(number: int, generation: int = 0) -> Intent:
    return Intent(f"00000000-0000-5000-8000-{number:012}", Order(number, 0, 0), generation, "d" * 64, number)


def status(about: Intent, state: State, stage: str, keyring: Keyring = KEYRING) -> Record:
    said = IntentStatus(
        intent_id=about.id, state=state, generation=about.generation, stage=stage, at=NOW, order="1/0/0"
    )
    sent = EventWriter(keyring, f"nephoran/{stage}").write(STATUS.name, about.id, about, said)
    return Record(sent.topic, 0, 0, NOW_MS, sent.key, sent.value, sent.headers)


class Followed:
    """The topic as it is followed; records are handed over with the next catching up."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.follows = 0
        self.is_away = False
        self._take: Callable[[Record], None] = lambda record: None

    async def follow(self, take: Callable[[Record], None]) -> "Followed":
        self.follows += 1
        self._take = take
        return self

    async def catch_up(self) -> None:
        await asyncio.sleep(0)
        if self.is_away:
            raise NotUsable("no broker answers")
        for record in self.records:
            self._take(record)

    async def stop(self) -> None:
        self._take = lambda record: None


def put_there(made: datetime, at_ms: int = NOW_MS) -> Record:
    return Record(PLANNED.name, 0, 0, at_ms, None, None, text_headers([("ce_time", made.isoformat())]))


LATE = put_there(NOW - timedelta(milliseconds=PROMPT_MS + 1))


async def is_settled(copied_events: CopiedEvents, about: Intent, record: Record = LATE, stage: str = "deploy") -> bool:
    try:
        await copied_events.require_open(stage, record, about)
    except AlreadySettled:
        return True
    return False


async def test_a_late_one_is_settled_where_any_stage_has_refused_its_intent_in_this_generation_or_a_later_one() -> None:
    statuses = Followed()
    statuses.records = [
        status(intent(1), State.DECLINED, "plan"),
        status(intent(2, generation=1), State.FAILED, "deploy"),
        status(intent(3), State.DISCARDED, "operator"),
        status(intent(4), State.DECLINED, "plan", Keyring((b"the key of somebody else",))),
        status(intent(5), State.DEAD_LETTERED, "deploy"),
    ]
    copied_events = CopiedEvents(EventReader(KEYRING), statuses.follow)
    settled = [
        await is_settled(copied_events, each) for each in (intent(1), intent(2), intent(3), intent(4), intent(5))
    ]
    assert settled == [True, True, True, False, False]
    assert not await is_settled(copied_events, intent(1, generation=1))
    assert statuses.follows == 1


async def test_a_late_one_is_settled_where_its_own_stage_has_answered_it() -> None:
    statuses = Followed()
    copied_events = CopiedEvents(EventReader(KEYRING), statuses.follow)
    assert not await is_settled(copied_events, intent(1), stage="plan")
    statuses.records = [status(intent(1), State.PROPOSED, "plan")]
    assert await is_settled(copied_events, intent(1), stage="plan")
    assert not await is_settled(copied_events, intent(1), stage="deploy")


async def test_what_is_there_as_soon_as_it_was_made_is_not_looked_up() -> None:
    statuses = Followed()
    statuses.records = [status(intent(1), State.DECLINED, "plan")]
    copied_events = CopiedEvents(EventReader(KEYRING), statuses.follow)
    assert not await is_settled(copied_events, intent(1), put_there(NOW))
    assert statuses.follows == 0


async def test_a_clock_that_went_back_hides_no_copy() -> None:
    statuses = Followed()
    statuses.records = [status(intent(1), State.DECLINED, "plan")]
    copied_events = CopiedEvents(EventReader(KEYRING), statuses.follow)
    assert await is_settled(copied_events, intent(1), put_there(NOW, NOW_MS - PROMPT_MS - 1_000))


@pytest.mark.parametrize("headers", [(), (("ce_time", b"yesterday"),)])
async def test_one_that_is_older_than_what_is_kept_of_answers_or_does_not_say_is_refused(
    headers: tuple[tuple[str, bytes], ...],
) -> None:
    copied_events = CopiedEvents(EventReader(KEYRING), Followed().follow)
    for record in (put_there(NOW - timedelta(days=31)), LATE._replace(headers=headers)):
        with pytest.raises(Rejected) as refused:
            await copied_events.require_open("deploy", record, intent(1))
        assert refused.value.reason == "unverified"


async def test_where_it_cannot_be_told_nothing_is_done_until_it_can() -> None:
    statuses = Followed()
    statuses.records = [status(intent(1), State.DECLINED, "plan")]
    statuses.is_away = True
    copied_events = CopiedEvents(EventReader(KEYRING), statuses.follow)
    with pytest.raises(Retryable):
        await copied_events.require_open("deploy", LATE, intent(1))
    statuses.is_away = False
    assert await is_settled(copied_events, intent(1))
