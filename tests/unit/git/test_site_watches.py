"""What is to be seen at a site after a commit, and what an API server's answers say of it."""

from collections.abc import Mapping
from typing import Any

import pytest

from agents.adapters.git.files import InMemoryFiles, Staged
from agents.adapters.git.ledger import read_intent
from agents.adapters.git.site_watches import NoSites, unobserved, watches_of
from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from agents.adapters.nephio_site.judging import judge, judge_absence, judge_workload
from schemas.bodies import IntentPlanned, Watch
from tests.unit.git.requests import at_most_20_replicas, intent, plan, scale, step


class OnlyTokyo(NoSites):
    """One site can be looked at."""

    def within_seconds(self, site: str) -> float | None:
        return 60.0 if site == "tokyo-1" else None


async def watched(*plans: IntentPlanned) -> tuple[list[Watch], tuple[str, ...]]:
    """What is to be seen after the last of these, and what is said of the rest."""
    double = InMemoryDeploymentTarget(at_most_20_replicas)
    for number, planned in enumerate(plans):
        await double.carry_out(intent(str(number), number), planned)
    files = Staged(InMemoryFiles(double.files))
    record = read_intent(files, intent(str(len(plans) - 1), 0).id)
    assert record is not None
    return list(watches_of(files, record, OnlyTokyo(), "nephoran")), unobserved(record, OnlyTokyo())


async def test_what_was_written_for_a_site_is_looked_for_there() -> None:
    ((watch,), said) = await watched(scale("tokyo-1/amf", 5))
    assert [each["kind"] for each in watch.content["resources"]] == ["NFDeployment", "ConfigMap"]
    assert watch.content["resources"][1]["data"] == {"replicas": "5"}
    assert (watch.content["replicas"], watch.within_seconds, said) == (5, 60.0, ())


async def test_a_site_that_nobody_can_look_at_is_said_to_be_committed_and_not_observed() -> None:
    assert await watched(scale("osaka-1/amf", 5)) == ([], ("committed, not observed",))


async def test_what_was_deleted_is_looked_for_until_it_is_gone() -> None:
    ((watch,), _) = await watched(scale("tokyo-1/amf", 5), plan(step("delete", "tokyo-1/amf")))
    assert watch.content["is_deleted"]
    assert [each["metadata"]["name"] for each in watch.content["resources"]] == ["amf", "amf-parameters"]


NF = {"kind": "NFDeployment", "metadata": {"name": "amf"}, "spec": {"capacity": {"maxSubscribers": 6}}}


def nf(*conditions: Mapping[str, Any], subscribers: int = 6, generation: int = 2) -> dict[str, Any]:
    return {
        "metadata": {"name": "amf", "generation": generation},
        "spec": {"capacity": {"maxSubscribers": subscribers}, "provider": "added by others"},
        "status": {"conditions": list(conditions)},
    }


def condition(kind: str, status: str, generation: int = 2) -> dict[str, Any]:
    return {"type": kind, "status": status, "observedGeneration": generation, "message": f"{kind} is {status}"}


@pytest.mark.parametrize(
    ("found", "state", "said"),
    [
        (None, "waiting", "not there yet"),
        (nf(condition("Available", "True"), subscribers=5), "waiting", "differs in spec.capacity.maxSubscribers"),
        (nf(), "waiting", "no such condition yet"),
        (nf(condition("Available", "False")), "waiting", "Available is False"),
        (nf(condition("Available", "True", generation=1)), "waiting", "no such condition yet"),
        (nf(condition("Stalled", "True"), condition("Available", "True")), "failed", "Stalled is True"),
        (nf(condition("Ready", "True")), "in_force", "is ready"),
        (nf(condition("Available", "True")), "in_force", "is available"),
    ],
)
def test_a_function_is_in_force_once_its_controller_says_so_of_what_stands_there(
    found: dict[str, Any] | None, state: str, said: str
) -> None:
    seen = judge(NF, found)
    assert seen.state == state
    assert said in seen.message


def workload(available: int, updated: int, observed: int = 3, replicas: int = 5) -> dict[str, Any]:
    return {
        "metadata": {"generation": 3},
        "spec": {"replicas": replicas},
        "status": {"observedGeneration": observed, "availableReplicas": available, "updatedReplicas": updated},
    }


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (workload(5, 5), "in_force"),
        (workload(5, 5, observed=2), "waiting"),
        (workload(4, 5), "waiting"),
        (workload(5, 2), "waiting"),
        (workload(1, 1), "waiting"),
        (None, "in_force"),
    ],
)
def test_replicas_are_counted_where_a_controller_made_a_deployment(found: dict[str, Any] | None, state: str) -> None:
    assert judge_workload("amf", found, 5).state == state


def test_a_deployment_that_does_not_progress_has_failed() -> None:
    found = workload(1, 1)
    found["status"]["conditions"] = [{"type": "Progressing", "status": "False", "message": "no image"}]
    wanted = {"kind": "Deployment", "metadata": {"name": "nrf"}, "spec": {"replicas": 5}}
    assert (judge(wanted, found).state, judge(wanted, found).message) == (
        "failed",
        "Deployment nrf does not progress: no image",
    )


def test_what_is_being_deleted_is_there_until_it_is_gone() -> None:
    assert judge_absence(NF, nf()).state == "waiting"
    assert judge_absence(NF, None).state == "in_force"
