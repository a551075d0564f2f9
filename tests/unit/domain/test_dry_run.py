"""Dry runs go as far as their plan, and the canary tells whether it is the right one."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from agents.deploy import Deploy
from agents.domain.verdicts import Declined, Rejected
from pipeline.kafka.records import Record
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventReader, EventWriter
from pipeline.operations.canary import judge
from pipeline.runtime.received_ids import ReceivedIds
from pipeline.runtime.record_readers import RequestReader
from pipeline.runtime.routes import to_planned_or_proposed
from pipeline.telemetry.canary_settings import CanarySettings
from schemas.bodies import IntentParsed, StepTarget
from schemas.reasons import DeclineReason
from schemas.status import IntentStatus, State
from schemas.topics import PARSED, RECEIVED
from tests.unit.git.requests import at_most_20_replicas, intent, plan, step, target

KEYRING = Keyring((b"a key",))
PLANNED = plan(step("upgrade", "tokyo-1/amf", target("version", "equals", "2.0.0")))
DRY = replace(intent("a", 1), is_dry_run=True)


def test_a_dry_run_ends_with_its_plan_even_where_the_plan_would_be_proposed() -> None:
    proposed = PLANNED.model_copy(
        update={"plan": PLANNED.plan.model_copy(update={"approval_reasons": ("upgrades are approved",)})}
    )
    for planned in (PLANNED, proposed):
        with pytest.raises(Declined) as declined:
            to_planned_or_proposed(DRY, planned)
        assert declined.value.reason is DeclineReason.NOT_APPROVED
        assert CanarySettings().expects in declined.value.message
    assert to_planned_or_proposed(intent("a", 1), proposed).state is State.PROPOSED


async def test_a_dry_run_that_reached_deploy_all_the_same_has_no_effect() -> None:
    double = InMemoryDeploymentTarget(at_most_20_replicas)
    with pytest.raises(Declined):
        await Deploy({StepTarget.NEPHIO: double}, lambda planned: None)(PLANNED, DRY)
    assert double.files == {}


def test_the_mark_of_a_dry_run_travels_under_the_signature() -> None:
    body = IntentParsed(text="upgrade it", expectations=())
    written = EventWriter(KEYRING, "nephoran/parse").write(PARSED.name, "k", DRY, body)
    record = Record(PARSED.name, 0, 0, 1, written.key, written.value, written.headers)
    assert EventReader(KEYRING).lineage(PARSED.name, record).is_dry_run
    bare = record._replace(headers=tuple(each for each in record.headers if each[0] != "nephoran-dry-run"))
    with pytest.raises(Rejected, match="signature"):
        EventReader(KEYRING).lineage(PARSED.name, bare)


@pytest.mark.parametrize(("value", "is_dry"), [(b'{"intent":"scale","dry_run":true}', True), (b"scale", False)])
def test_a_producer_marks_a_dry_run_in_its_request(value: bytes, is_dry: bool) -> None:
    reader = RequestReader(EventReader(KEYRING), ReceivedIds(EventReader(KEYRING)))
    _, opened = reader.read(Record(RECEIVED.name, 0, 0, 1, None, value), intent("a", 1))
    assert opened.is_dry_run is is_dry


def answer(state: State, reason: str | None = None, message: str | None = None) -> IntentStatus:
    return IntentStatus(
        intent_id="a", state=state, stage="plan", at=datetime.now(UTC), order="1/0/0", reason=reason, message=message
    )


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (answer(State.DECLINED, "not_approved", "Planned: upgrade tokyo-1/amf (nephio)."), "right"),
        (answer(State.DECLINED, "not_approved", "Planned: delete tokyo-1/amf (nephio)."), "wrong"),
        (answer(State.DECLINED, "ambiguous", "upgrade tokyo-1/amf (nephio)?"), "wrong"),
        (answer(State.PROPOSED), "wrong"),
        (answer(State.DEPLOYED, message="upgrade tokyo-1/amf (nephio)"), "wrong"),
        (answer(State.DEAD_LETTERED, "internal_error"), "wrong"),
    ],
)
def test_a_canary_is_right_only_as_a_dry_run_with_the_expected_plan(status: IntentStatus, outcome: str) -> None:
    assert judge(status, CanarySettings().expects)[0] == outcome
