"""How to reach the clusters of the sites."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class SiteSettings(BaseModel):
    """One cluster."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kubeconfig: Path
    """Its kubeconfig, credentials included; the current context is used. Reading is enough: `get` of nfdeployments,
    deployments and configmaps, `list` of rootsyncs."""


class SitesSettings(BaseModel):
    """Which cluster is which site."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clusters: dict[str, SiteSettings] = {}
    """By site, or `*` for every site that has none of its own. Packages of a site without one are "committed, not
    observed"."""
    within_seconds: float = Field(default=900.0, gt=0)
    """How long a package may take to be in force completely: Config Sync polls every 15 s, images and pods take
    minutes."""
    timeout_seconds: float = Field(default=10.0, gt=0, le=60)
    """How long one request may take."""

    def cluster_of(self, site: str) -> SiteSettings | None:
        """The cluster of a site, None where there is no way to look."""
        return self.clusters.get(site, self.clusters.get("*"))
