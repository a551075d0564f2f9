"""A site's addresses for a function's interfaces and networks, in the terms of an NFDeployment.

The fields are those of `spec.interfaces` and `spec.networkInstances` (nephio-project/api,
`workload.nephio.org/v1alpha1`).
"""

from ipaddress import ip_address, ip_interface, ip_network
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


def _interface(text: str) -> str:
    """With the length of its prefix: 172.2.0.10/24."""
    ip_interface(text)
    return _with_length(text, "172.2.0.10/24")


def _with_length(text: str, example: str) -> str:
    if "/" not in text:
        raise ValueError(f"{text} needs the length of its prefix, as in {example}")
    return text


def _address(text: str) -> str:
    ip_address(text)
    return text


def _network(text: str) -> str:
    ip_network(text)
    return _with_length(text, "10.1.0.0/16")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Address(_Part):
    """Where an interface is, and its way out."""

    address: Annotated[str, AfterValidator(_interface)]
    gateway: Annotated[str, AfterValidator(_address)] | None = None


class Interface(_Part):
    """One interface of the function: `n2`, `n3`, …"""

    name: str = Field(min_length=1)
    ipv4: Address | None = None
    ipv6: Address | None = None
    vlan_id: int | None = Field(None, ge=1, le=4094, alias="vlanID")


class Pool(_Part):
    """Addresses for subscribers."""

    prefix: Annotated[str, AfterValidator(_network)]


class DataNetwork(_Part):
    """A data network by its name (DNN)."""

    name: str = Field(min_length=1)
    pool: tuple[Pool, ...] = ()


class NetworkInstance(_Part):
    """A network that interfaces are in."""

    name: str = Field(min_length=1)
    interfaces: tuple[str, ...] = ()
    data_networks: tuple[DataNetwork, ...] = Field((), alias="dataNetworks")


class FunctionNetworks(_Part):
    """What one function has at a site."""

    interfaces: tuple[Interface, ...] = Field(min_length=1)
    network_instances: tuple[NetworkInstance, ...] = Field((), alias="networkInstances")

    @model_validator(mode="after")
    def _names_what_exists(self) -> "FunctionNetworks":
        named = {name for instance in self.network_instances for name in instance.interfaces}
        if unknown := sorted(named - {each.name for each in self.interfaces}):
            raise ValueError(f"networkInstances name {', '.join(unknown)}: add it to the interfaces")
        return self

    @property
    def content(self) -> dict[str, Any]:
        """As the step of a plan carries it."""
        found = {
            "interfaces": [each.model_dump(exclude_none=True, by_alias=True) for each in self.interfaces],
            "network_instances": [
                each.model_dump(exclude_defaults=True, by_alias=True, mode="json") for each in self.network_instances
            ],
        }
        return {name: each for name, each in found.items() if each}
