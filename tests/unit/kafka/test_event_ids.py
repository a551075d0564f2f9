"""Ids of intents and events: the same for every redelivery, and those that RFC 9562 gives them."""

from datetime import UTC, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventWriter
from schemas.envelope import Intent, Order, intent_id_of_event, intent_id_of_record
from schemas.status import IntentStatus, State
from schemas.topics import STATUS

INTENT = Intent("7b0f6a52-6f1b-5a86-a0bb-0c5f3c1f1d11", Order(1_000, 0, 0), 2, "d" * 64, 1_000)


def event_id(state: State, plan_digest: str | None = None) -> bytes:
    now = datetime.now(UTC)
    status = IntentStatus(
        intent_id=INTENT.id, state=state, stage="plan", at=now, order=str(INTENT.order), plan_digest=plan_digest
    )
    record = EventWriter(Keyring((b"key",)), "nephoran/plan").write(STATUS.name, INTENT.id, INTENT, status)
    return dict(record.headers)["ce_id"]


def test_ids_are_name_based_uuids() -> None:
    assert INTENT.event_id("nephoran/plan") == str(uuid5(UUID(INTENT.id), "2/nephoran/plan"))
    assert intent_id_of_event("shop", "7") == str(uuid5(NAMESPACE_URL, "shop#7"))
    assert intent_id_of_record("t", 1, 2, 3) == str(uuid5(NAMESPACE_URL, "kafka:t/1/2@3"))


def test_a_status_that_is_told_again_has_the_id_it_had() -> None:
    assert event_id(State.PLANNED, "digest") == event_id(State.PLANNED, "digest")


def test_statuses_that_say_different_things_have_different_ids() -> None:
    ids = {event_id(State.RECEIVED), event_id(State.PROPOSED, "one plan"), event_id(State.PROPOSED, "another plan")}
    assert len(ids) == 3
