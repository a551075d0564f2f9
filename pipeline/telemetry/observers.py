"""What agents and their adapters report through their observer ports, as metrics."""

from collections.abc import Iterable

from agents.domain.network_observer import RequestOutcome
from pipeline.telemetry.metrics import Metrics
from schemas.bodies import StepTarget


class NetworkMeter:
    """The `NetworkObserver` of a worker."""

    def __init__(self, metrics: Metrics, interfaces: Iterable[StepTarget] = (StepTarget.NEPHIO,)) -> None:
        self._metrics = metrics
        for interface in interfaces:
            for outcome in RequestOutcome:  # at 0 from the start, so that the first bad one is a rise
                metrics.oran_requests.labels(interface, outcome)

    def request_ended(self, interface: StepTarget, outcome: RequestOutcome, seconds: float) -> None:
        """Counted by outcome; every one is timed."""
        self._metrics.oran_requests.labels(interface, outcome).inc()
        self._metrics.oran_seconds.labels(interface).observe(seconds)
