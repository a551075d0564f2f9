"""Observes the requests to the network's interfaces: metrics implement it; agents know nothing of them."""

from enum import StrEnum
from typing import Protocol

from schemas.bodies import StepTarget


class RequestOutcome(StrEnum):
    """How a request to an interface ended: metric labels."""

    DONE = "done"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"
    UNAVAILABLE = "unavailable"


class NetworkObserver(Protocol):
    """Called as requests end, from any thread; its arguments name no intent."""

    def request_ended(self, interface: StepTarget, outcome: RequestOutcome, seconds: float) -> None:
        """One request was sent and has ended."""


class NobodyWatchesTheNetwork:
    """Watches nothing: for tests, and for use outside a worker."""

    def request_ended(self, interface: StepTarget, outcome: RequestOutcome, seconds: float) -> None:
        """Nothing."""
