"""What agents and their adapters tell through their observer ports, as metrics."""

from agents.domain.network_observer import RequestOutcome
from pipeline.telemetry.metrics import Metrics
from schemas.bodies import StepTarget


class NetworkMeter:
    """The `NetworkObserver` of a worker."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        for outcome in RequestOutcome:  # at 0 from the start, so that the first bad one is a rise
            metrics.oran_requests.labels(StepTarget.NEPHIO, outcome)

    def request_ended(self, interface: StepTarget, outcome: RequestOutcome, seconds: float) -> None:
        """Counted by outcome; every one is timed."""
        self._metrics.oran_requests.labels(interface, outcome).inc()
        self._metrics.oran_seconds.labels(interface).observe(seconds)
