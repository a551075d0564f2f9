"""Settings of the A1 interface."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.adapters.rest.settings import RestEndpointSettings


class Dialect(StrEnum):
    """The dialects of A1 policies."""

    AUTO = "auto"
    """Found out by asking, once per worker."""
    STANDARD = "a1-p-v2"
    """O-RAN.WG2 A1AP v02.00: `/A1-P/v2`, types by name."""
    MEDIATOR = "osc-mediator"
    """The near-RT RIC of the O-RAN Software Community: `/A1-P/v2`, types by number."""
    SIMULATOR = "osc-simulator"
    """Its simulator in version OSC_2.1.0: `/a1-p`, types by number."""
    MANAGEMENT = "pms-v3"
    """The policy management service of a non-RT RIC: `/a1-policy-management/v1`."""


class A1EndpointSettings(RestEndpointSettings):
    """One near-RT RIC, or a policy management service in front of several."""

    dialect: Dialect = Dialect.AUTO
    ric: str | None = None
    """The near-RT RIC as the policy management service knows it (`nearRtRicId`); nobody else needs it."""


class A1Settings(BaseModel):
    """Which near-RT RIC serves which site."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoints: dict[str, A1EndpointSettings] = {}
    """By site, or `*` for every site that has none of its own. Without any, A1 is not connected."""
    policy_types: dict[str, int] = {}
    """Numbers of policy types by the names that the templates use, for the dialects with numbers. A type that is not
    here is looked for by its `name`."""
    enforcement_seconds: float = Field(default=300.0, gt=0)
    """How long a policy that was accepted may take to be enforced. A near-RT RIC answers at once; its applications
    take seconds."""

    @model_validator(mode="after")
    def _rics_are_named(self) -> Self:
        for site, endpoint in self.endpoints.items():
            if endpoint.dialect is Dialect.MANAGEMENT and endpoint.ric is None:
                raise ValueError(f"endpoints.{site}: a policy management service needs a ric")
        return self

    def endpoint_of(self, site: str) -> tuple[str, A1EndpointSettings] | None:
        """The endpoint that serves the site, with the name it is set under."""
        name = site if site in self.endpoints else "*"
        return (name, self.endpoints[name]) if name in self.endpoints else None
