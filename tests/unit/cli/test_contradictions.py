"""Settings that contradict each other are refused at the start, all at once, beside those that do not hold at all."""

import pytest
from pydantic import ValidationError

from pipeline.cli.settings_faults import describe_faults
from pipeline.settings import Settings


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"BRAKE__DEAD_LETTERS": "30"}, "brake.dead_letters"),
        ({"BRAKE__PLACES": "11"}, "brake.places"),
        ({"ENGINE__FENCE_MARGIN_SECONDS": "10"}, "engine.fence_margin_seconds"),
        ({"ENGINE__HEARTBEAT_INTERVAL_SECONDS": "9"}, "engine.heartbeat_interval_seconds"),
        ({"ENGINE__MAX_POLL_INTERVAL_SECONDS": "5"}, "engine.max_poll_interval_seconds"),
        ({"ENGINE__FETCH_MAX_WAIT_MS": "40000"}, "engine.fetch_max_wait_ms"),
        ({"KAFKA__REQUEST_TIMEOUT_SECONDS": "10"}, "kafka.request_timeout_seconds"),
        ({"LANES__DRAIN_SECONDS": "12"}, "lanes.drain_seconds"),
        ({"LANES__RUNNING": "2000"}, "lanes.running"),
        ({"LANES__SPAN": "100"}, "lanes.span"),
        ({"RUN__STOP_SECONDS": "3"}, "run.stop_seconds"),
        ({"CIRCUITS__GIVE_UP_SECONDS": "20"}, "circuits.give_up_seconds"),
        ({"CANARY__PATIENCE_SECONDS": "90"}, "canary.patience_seconds"),
        ({"MODEL__NAME": "m", "MODEL__MOST_GOALS": "1024"}, "model.most_goals"),
    ],
)
def test_a_contradiction_is_told_with_both_settings(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], told: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"NEPHORAN_{name}", value)
    with pytest.raises(ValidationError) as refusal:
        Settings()
    (line,) = (describe_faults(refusal.value) or "").splitlines()[1:]
    assert f"{told} is" in line
    assert f"NEPHORAN_{told.replace('.', '__').upper()}" in line


def test_all_faults_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "BRAKE__DEAD_LETTERS": "30",
        "CANARY__PATIENCE_SECONDS": "90",
        "KAFKA__PARTITIONS": "none",
        "ENGINE__SESSION_TIMEOUT_SECONDS": "-1",
    }.items():
        monkeypatch.setenv(f"NEPHORAN_{name}", value)
    with pytest.raises(ValidationError) as refusal:
        Settings()
    told = describe_faults(refusal.value) or ""
    for name in (
        "brake.dead_letters",
        "canary.patience_seconds",
        "kafka.partitions",
        "engine.session_timeout_seconds",
    ):
        assert name in told


def test_the_defaults_do_not_contradict_each_other() -> None:
    Settings()
