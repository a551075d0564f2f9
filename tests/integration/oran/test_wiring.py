"""The interfaces as a worker has them: from settings, through their circuits, into its metrics."""

import json
from pathlib import Path

import pytest

from agents.adapters.git.bare_repository import init_bare
from agents.domain.verdicts import Retryable
from pipeline.app import App
from pipeline.control.circuits import Circuits
from pipeline.local_kafka.free_ports import find_free_ports
from pipeline.settings import Settings
from pipeline.stand_ins.ric.http_server import StandInServer
from pipeline.stand_ins.ric.near_rt_ric import standard_routes
from pipeline.stand_ins.ric.policies import Policies
from schemas.bodies import StepTarget
from tests.contract.far_sides.a1 import TYPE, service_target_schema
from tests.contract.far_sides.planned import planned
from tests.unit.git.requests import intent

PLAN = planned("tokyo-1/du-7", "du", "load_threshold", "equals", 70)


async def test_an_interface_that_is_down_is_counted_left_alone_and_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    init_bare(tmp_path / "deployments.git")
    [port] = find_free_ports(1)
    for name, value in {
        "GIT__REPOSITORY": str(tmp_path / "deployments.git"),
        "GIT__CACHE": str(tmp_path / "cache"),
        "CIRCUITS__FAILURES": "3",
        "A1__ENDPOINTS": json.dumps({"tokyo-1": {"url": f"http://127.0.0.1:{port}"}}),
    }.items():
        monkeypatch.setenv(f"NEPHORAN_{name}", value)
    settings = Settings()
    app = App(settings, circuits=Circuits(settings.circuits))
    target = app.targets[StepTarget.A1]
    for _ in range(5):
        with pytest.raises(Retryable) as retryable:
            await target.carry_out(intent("a", 1), PLAN)
        assert retryable.value.dependency == "a1/tokyo-1"
    assert not retryable.value.was_tried
    is_down = app.metrics.oran_requests.labels(StepTarget.A1, "unavailable")
    assert is_down._value.get() == 3
    assert app.circuits.open_endpoints == ["a1/tokyo-1"]

    policies = Policies({TYPE: service_target_schema()})
    with StandInServer(standard_routes(policies), port):
        app.circuits.of("a1/tokyo-1").close()
        await target.carry_out(intent("a", 1), PLAN)
    assert len(policies.changes) == 1
    assert is_down._value.get() == 3
    assert app.metrics.oran_requests.labels(StepTarget.A1, "done")._value.get() > 0
    assert app.metrics.oran_requests.labels(StepTarget.NEPHIO, "done")._value.get() > 0
    await app.close()


def test_what_is_not_set_is_not_connected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEPHORAN_GIT__REPOSITORY", str(tmp_path / "deployments.git"))
    assert set(App(Settings()).targets) == {StepTarget.NEPHIO}
