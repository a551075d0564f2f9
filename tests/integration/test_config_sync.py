"""What Config Sync complains about is told while a package is waited for. On a stand-in API server: there is no Config
Sync that runs here."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.adapters.nephio_site.settings import SiteSettings, SitesSettings
from agents.adapters.nephio_site.site_clusters import SiteClusters
from pipeline.stand_ins.ric.http_server import Answer, Request, Route, StandInServer
from tests.contract.far_sides.o2 import kubeconfig_for

ROOT_SYNCS = "/apis/configsync.gke.io/v1beta1/namespaces/config-management-system/rootsyncs"
STATUS: dict[str, Any] = {"type": "object"}
KNV1029 = "KNV1029: A directory MUST NOT contain two Namespace configs with the same name"
CONTENT = {
    "site": "tokyo-1",
    "name": "amf",
    "namespace": "nephoran",
    "is_deleted": False,
    "resources": [{"kind": "NFDeployment", "metadata": {"name": "amf", "namespace": "nephoran"}, "spec": {}}],
    "replicas": None,
}


def root_sync(name: str, **errors: str) -> dict[str, Any]:
    """A RootSync (configsync.gke.io/v1beta1) with an error in these parts of its status."""
    parts = {
        part: {"errors": [{"code": each[:7].removeprefix("KNV"), "errorMessage": each}]}
        for part, each in errors.items()
    }
    return {"metadata": {"name": name}, "status": {"source": {}, "rendering": {}, "sync": {}} | parts}


class Site:
    """A cluster where nothing of the package has arrived yet."""

    def __init__(self) -> None:
        self.root_syncs: list[dict[str, Any]] | None = []

    def routes(self) -> list[Route]:
        return [Route("GET", ROOT_SYNCS, self._list, {200: STATUS, 404: STATUS})]

    def _list(self, request: Request) -> Answer:
        if self.root_syncs is None:
            return Answer(404, {"kind": "Status", "code": 404})
        return Answer(200, {"kind": "RootSyncList", "items": self.root_syncs})


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def clusters(site: Site, tmp_path: Path) -> Iterator[SiteClusters]:
    with StandInServer(site.routes()) as server:
        settings = SiteSettings(kubeconfig=kubeconfig_for(tmp_path, server.url))
        yield SiteClusters(SitesSettings(clusters={"tokyo-1": settings}))
        assert server.violations == []


@pytest.mark.parametrize("part", ["source", "rendering", "sync"])
async def test_an_error_in_any_part_of_a_root_sync_is_told(site: Site, clusters: SiteClusters, part: str) -> None:
    site.root_syncs = [root_sync("others"), root_sync("tokyo-1", **{part: KNV1029})]
    seen = await clusters.observe(CONTENT)
    assert seen.state == "waiting"
    assert "is not there yet" in seen.message
    assert f"Config Sync: {KNV1029}" in seen.message
    await clusters.close()


@pytest.mark.parametrize("root_syncs", [[], [root_sync("tokyo-1")], None], ids=["none", "no errors", "no Config Sync"])
async def test_without_an_error_only_what_is_waited_for_is_told(
    site: Site, clusters: SiteClusters, root_syncs: list[dict[str, Any]] | None
) -> None:
    site.root_syncs = root_syncs
    seen = await clusters.observe(CONTENT)
    assert (seen.state, seen.message) == ("waiting", "NFDeployment amf is not there yet")
    await clusters.close()
