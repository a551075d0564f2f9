"""The quantiles that latency objectives are stated in."""

from collections.abc import Sequence
from statistics import quantiles


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """P50, P95 and P99 in seconds, interpolated, and the count they rest on; the count alone where it is 0."""
    if not seconds:
        return {"count": 0}
    cuts = quantiles(seconds, n=100, method="inclusive") if len(seconds) > 1 else [seconds[0]] * 99
    return {"count": len(seconds), "p50": cuts[49], "p95": cuts[94], "p99": cuts[98]}
