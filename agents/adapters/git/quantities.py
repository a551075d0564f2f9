"""Values as Kubernetes and 3GPP write them, and back.

NFDeployment capacity (nephio-project/api, `req.nephio.org/v1alpha1` Capacity): throughput is a Kubernetes quantity in
bit/s, `maxSessions` and `maxSubscribers` are whole thousands.
"""

import math
import re
from decimal import Decimal

from agents.adapters.git.target_values import Value, tidy

_QUANTITY = re.compile(r"(?P<number>(\d{1,30}(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?)(?P<suffix>[numkMGTPE]|[KMGTPE]i)?")
"""A Kubernetes quantity (apimachinery `resource.Quantity`): decimal or binary suffix, or decimal exponent."""
_FACTOR = {
    "": Decimal(1),
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate(("k", "M", "G", "T", "P", "E"), start=1)},
    **{suffix: Decimal(1024) ** power for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), start=1)},
    **{suffix: Decimal(1000) ** -power for power, suffix in enumerate(("m", "u", "n"), start=1)},
}
_MBPS = 1_000_000


def throughput_quantity(mbps: Value) -> str:
    """The shortest exact quantity in bit/s: 1000 → `1G`, 1500 → `1500M`."""
    bits = round(float(mbps) * _MBPS)
    for suffix in ("G", "M", "k"):
        whole, rest = divmod(bits, int(_FACTOR[suffix]))
        if not rest:
            return f"{whole}{suffix}"
    return str(bits)


def mbps_of_quantity(quantity: object) -> Value | None:
    """The throughput in Mbps, or None where it is no quantity."""
    match = _QUANTITY.fullmatch(str(quantity).strip())
    if match is None:
        return None
    return tidy(float(Decimal(match["number"]) * _FACTOR[match["suffix"] or ""] / _MBPS))


def thousands(count: Value) -> int:
    """The count in whole thousands, rounded up: a capacity below what was asked for would break the wish."""
    return math.ceil(float(count) / 1000)


def count_of_thousands(value: object) -> Value | None:
    """The count that whole thousands stand for, or None where it is no number."""
    is_whole = not isinstance(value, bool) and re.fullmatch(r"0|[1-9]\d{0,17}", str(value))
    return int(str(value)) * 1000 if is_whole else None


def kbps(mbps: Value) -> str:
    """Throughput in kbit/s, the unit of TS 28.541 throughput attributes."""
    return str(round(float(mbps) * 1000))
