"""What a request asks for: expectations on network objects, in the spirit of 3GPP TS 28.312."""

from enum import StrEnum

from pydantic import Field

from schemas.body import Body


class Action(StrEnum):
    """What is to be done with an object."""

    DEPLOY = "deploy"
    SCALE = "scale"
    UPGRADE = "upgrade"
    CONFIGURE = "configure"
    ENSURE = "ensure"
    DELETE = "delete"


class ObjectType(StrEnum):
    """Core functions (TS 23.501), RAN functions (TS 38.401), RICs and their apps (O-RAN.WG1), slices, O-Clouds."""

    AMF = "amf"
    SMF = "smf"
    UPF = "upf"
    NRF = "nrf"
    AUSF = "ausf"
    UDM = "udm"
    UDR = "udr"
    PCF = "pcf"
    NSSF = "nssf"
    NEF = "nef"
    GNB = "gnb"
    CU_CP = "cu-cp"
    CU_UP = "cu-up"
    DU = "du"
    RU = "ru"
    CELL = "cell"
    NEAR_RT_RIC = "near-rt-ric"
    NON_RT_RIC = "non-rt-ric"
    XAPP = "xapp"
    RAPP = "rapp"
    SLICE = "slice"
    CLUSTER = "cluster"


class Condition(StrEnum):
    """How a target's value is meant."""

    EQUALS = "equals"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    INCREASE_BY = "increase_by"
    DECREASE_BY = "decrease_by"
    MULTIPLY_BY = "multiply_by"

    @property
    def is_relative(self) -> bool:
        """True where the result depends on the value found: only deploy may resolve it."""
        return self in (Condition.INCREASE_BY, Condition.DECREASE_BY, Condition.MULTIPLY_BY)


TARGET_UNITS: dict[str, str] = {
    "replicas": "count",
    "dl_throughput": "Mbps",
    "ul_throughput": "Mbps",
    "latency": "ms",
    "jitter": "ms",
    "packet_loss": "%",
    "availability": "%",
    "energy_saving": "%",
    "max_sessions": "count",
    "max_subscribers": "count",
    "max_ues": "count",
    "version": "",
    "prb_ratio_min": "%",
    "prb_ratio_max": "%",
    "prb_ratio_dedicated": "%",
    "priority_level": "",
    "load_threshold": "%",
    "tx_power": "dBm",
    "bandwidth": "MHz",
    "cpu": "cores",
    "memory": "GiB",
}
"""Every target name with the unit its values are given in."""


class Target(Body):
    """One wished value: `dl_throughput at_least 1000 Mbps`. The value of `version` is text, all others are numbers."""

    name: str
    condition: Condition
    value: float | str
    unit: str


class SliceId(Body):
    """An S-NSSAI (TS 23.003, 28.4.2): `sst` 0..255, `sd` six hexadecimal digits or absent."""

    sst: int = Field(ge=0, le=255)
    sd: str | None = None

    def __str__(self) -> str:
        return f"{self.sst}-{self.sd}" if self.sd else str(self.sst)


class IntentObject(Body):
    """What an expectation is about. `sites` are lower-case slugs of the inventory, in alphabetical order."""

    type: ObjectType
    name: str | None = None
    sites: tuple[str, ...] = ()
    slice: SliceId | None = None

    @property
    def slug(self) -> str:
        """The object's own name at its sites: as named, else its type, with its slice where it belongs to one."""
        if self.name:
            return self.name
        return f"{self.type}-{self.slice}" if self.slice else str(self.type)


class Expectation(Body):
    """One action on one object at all its sites. `evidence` quotes the request word for word."""

    action: Action
    object: IntentObject
    targets: tuple[Target, ...] = ()
    evidence: tuple[str, ...] = ()
