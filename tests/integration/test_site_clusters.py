"""Packages watched on a real Kubernetes API server until they are so, whatever carries them out there."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.adapters.git.bare_repository import init_bare
from agents.adapters.git.git_deployment_target import GitDeploymentTarget
from agents.adapters.git.settings import GitSettings
from agents.adapters.nephio_site.settings import SiteSettings, SitesSettings
from agents.adapters.nephio_site.site_clusters import SiteClusters
from agents.adapters.system_clock import SystemClock
from agents.deploy import Deploy
from agents.domain.ports import Carried
from agents.domain.verdicts import Failed, Retryable, TimedOut
from agents.observe import Observe
from schemas.bodies import IntentObserving, IntentPlanned, StepTarget
from tests.servers.kubernetes_server import KubernetesServer, kubernetes
from tests.servers.site_cluster import site_running
from tests.unit.git.requests import at_most_20_replicas, intent, plan, scale, step

pytestmark = pytest.mark.slow
LONG_SECONDS = 60.0
SOON_SECONDS = 4.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubernetesServer]:
    with kubernetes(tmp_path_factory.mktemp("kubernetes")) as running:
        yield running


@dataclass
class Pipeline:
    """Deploy and observe on a repository and a site."""

    target: GitDeploymentTarget
    sites: SiteClusters
    repository: Path

    async def carry_out(self, name: str, at: int, planned: IntentPlanned) -> str:
        """How it was seen. Raises: Failed, TimedOut."""
        me, targets = intent(name, at), {StepTarget.NEPHIO: self.target}
        carried = await Deploy(targets, lambda planned: None)(planned, me)
        assert isinstance(carried, Carried)
        assert carried.watches
        body = IntentObserving(
            deployed=carried.deployed, watches=carried.watches, targets=carried.targets, since=datetime.now(UTC)
        )
        return str((await Observe(targets, SystemClock())(body, me)).deployed.summary)


@pytest.fixture
async def pipeline(request: pytest.FixtureRequest, server: KubernetesServer, tmp_path: Path) -> AsyncIterator[Pipeline]:
    """A parameter says how long things may take."""
    repository = tmp_path / "deployments.git"
    init_bare(repository)
    seconds = getattr(request, "param", LONG_SECONDS)
    cluster = SiteSettings(kubeconfig=server.kubeconfig)
    sites = SiteClusters(SitesSettings(clusters={"tokyo-1": cluster}, within_seconds=seconds))
    settings = GitSettings(repository=str(repository), cache=tmp_path / "cache", group_window_seconds=0)
    target = GitDeploymentTarget(settings, at_most_20_replicas, sites=sites)
    yield Pipeline(target, sites, repository)
    await target.close()
    await sites.close()


soon = pytest.mark.parametrize("pipeline", [SOON_SECONDS], indirect=True)


async def test_replicas_are_deployed_once_they_are_available_and_a_deletion_once_it_is_gone(
    server: KubernetesServer, pipeline: Pipeline
) -> None:
    async with site_running(server, pipeline.repository, "tokyo-1", "generic"):
        assert "Deployment amf has 5 available" in await pipeline.carry_out("a", 1, scale("tokyo-1/amf", 5))
        assert "Deployment amf has 2 available" in await pipeline.carry_out("b", 2, scale("tokyo-1/amf", 2))
        assert "NFDeployment amf is gone" in await pipeline.carry_out("c", 3, plan(step("delete", "tokyo-1/amf")))


@soon
async def test_an_operator_that_does_not_enforce_replicas_is_found_out(
    server: KubernetesServer, pipeline: Pipeline
) -> None:
    async with site_running(server, pipeline.repository, "tokyo-1", "free5gc"):
        with pytest.raises(TimedOut) as timed_out:
            await pipeline.carry_out("a", 1, scale("tokyo-1/amf", 5))
    assert "Deployment amf has 1 of 5 available" in timed_out.value.message


@soon
async def test_what_nobody_brings_to_the_site_times_out(pipeline: Pipeline) -> None:
    with pytest.raises(TimedOut) as timed_out:
        await pipeline.carry_out("a", 1, scale("tokyo-1/nowhere", 5))
    assert "is not there yet" in timed_out.value.message


async def test_what_stalls_has_failed_and_is_taken_out_of_the_repository_again(
    server: KubernetesServer, pipeline: Pipeline
) -> None:
    async with site_running(server, pipeline.repository, "tokyo-1", "stalling"):
        with pytest.raises(Failed) as failed:
            await pipeline.carry_out("a", 1, scale("tokyo-1/amf", 5))
    assert failed.value.reason == "undone"
    assert "Interface N2 not found" in failed.value.message


async def test_a_cluster_that_does_not_answer_says_nothing(tmp_path: Path) -> None:
    sites = SiteClusters(SitesSettings(clusters={"*": SiteSettings(kubeconfig=tmp_path / "missing")}))
    with pytest.raises(Retryable):
        await sites.observe({"site": "tokyo-1", "resources": [{"kind": "ConfigMap", "metadata": {"name": "a"}}]})
    await sites.close()
