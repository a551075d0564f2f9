"""Settings of the O2 interface."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, model_validator

from agents.adapters.rest.settings import RestEndpointSettings


class O2EndpointSettings(BaseModel):
    """One O-Cloud: its IMS over REST (`url` and what belongs to it), or Nephio's custom resource (`kubeconfig`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: HttpUrl | None = None
    token_file: Path | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    """As for A1: the root of the endpoint, and files with what opens it."""
    kubeconfig: Path | None = None
    """The kubeconfig of the management cluster, credentials included; its current context is used."""
    timeout_seconds: float = Field(default=10.0, gt=0, le=60)
    """How long one request may take. Below the 60 s for which a lane tries one event again."""

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.url is None) == (self.kubeconfig is None):
            raise ValueError("name either a url or a kubeconfig")
        if self.url is not None:
            self.rest()
        return self

    def rest(self) -> RestEndpointSettings:
        """What belongs to the REST endpoint. Raises: ValueError."""
        return RestEndpointSettings.model_validate(self.model_dump(exclude={"kubeconfig"}))


class O2Settings(BaseModel):
    """Which O-Cloud has which site."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoints: dict[str, O2EndpointSettings] = {}
    """By site, or `*` for every site that has none of its own. Without any, O2 is not connected."""
    provisioning_seconds: float = Field(default=7_200.0, gt=0)
    """How long provisioning may take before it counts as timed out. O-Clouds' own limits are 30 to 90 minutes."""
    settle_seconds: float = Field(default=15.0, ge=0)
    """For this long after a change `fulfilled` may still describe the previous state, and does not count."""

    def endpoint_of(self, site: str) -> tuple[str, O2EndpointSettings] | None:
        """The endpoint that has the site, with the name it is set under."""
        name = site if site in self.endpoints else "*"
        return (name, self.endpoints[name]) if name in self.endpoints else None
