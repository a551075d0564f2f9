"""The circuits of one worker, one per endpoint, which open by themselves or by order of people."""

import asyncio
from collections.abc import Callable
from random import uniform

from pydantic import BaseModel, ConfigDict, Field

from agents.adapters.system_clock import SystemClock
from agents.domain.circuit import Circuit
from agents.domain.ports import Clock
from schemas.control import CircuitOrder

ENDPOINTS = ("git", "porch", "model", "weaviate", "a1", "o1", "o2")
"""What is asked over a network and may fail: deployment repository, language model, vector database, interfaces."""


def is_endpoint(name: str) -> bool:
    """True for these, and for one of several behind an interface: `o1/tokyo-1/du-7`."""
    kind, _, which = name.partition("/")
    return name in ENDPOINTS or (kind in ("a1", "o1", "o2") and bool(which))


LEAST_PAUSE_SECONDS = 0.1
LEAST_WAIT_SECONDS = 5.0
"""While a probe is under way, hundreds of events wait for its end: this often each checks whether another may go."""


class CircuitSettings(BaseModel):
    """When the circuit of an endpoint (the deployment repository, an interface, a model) opens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    failures: int = Field(5, ge=1)
    """Consecutive failures that open the circuit. Concurrent requests count as one. Fewer open it for a hiccup; more
    keep calling an endpoint that is down."""
    open_seconds: float = Field(30.0, gt=0)
    """How long nothing is sent; after that a single request is tried."""
    give_up_seconds: float = Field(3_600.0, gt=0)
    """How long an event waits for an open circuit before it becomes the dead letter `dependency_unavailable`. Longer
    than a usual outage; meanwhile the event holds its key and its lane."""


class Circuits:
    """Circuits by endpoint. `on_change` is called with the endpoint, and whether its circuit is now open."""

    def __init__(
        self,
        settings: CircuitSettings,
        on_change: Callable[[str, bool], None] = lambda endpoint, is_open: None,
        clock: Clock | None = None,
    ) -> None:
        self.give_up_seconds = settings.give_up_seconds
        self._settings = settings
        self._clock = clock or SystemClock()
        self._on_change = on_change
        self._circuits: dict[str, Circuit] = {}
        self._closed: dict[str, asyncio.Event] = {}

    @property
    def open_endpoints(self) -> list[str]:
        """Those whose circuits are open now."""
        return [endpoint for endpoint, circuit in self._circuits.items() if circuit.is_open]

    def of(self, endpoint: str) -> Circuit:
        """The circuit of this endpoint, closed at first."""
        if endpoint not in self._circuits:
            closed = self._closed[endpoint] = asyncio.Event()
            closed.set()

            def changed(is_open: bool) -> None:
                closed.clear() if is_open else closed.set()
                self._on_change(endpoint, is_open)

            self._circuits[endpoint] = Circuit(
                self._clock, self._settings.failures, self._settings.open_seconds, changed
            )
        return self._circuits[endpoint]

    def obey(self, order: CircuitOrder) -> None:
        """Open the circuits that were ordered open, close those that were ordered closed."""
        circuit = self.of(order.endpoint)
        if order.is_open:
            circuit.hold_open()
        else:
            circuit.close()

    async def until_worth_trying(self, endpoint: str, seconds: float) -> None:
        """Returns when the circuit closes, or when it may be time for a probe: after `seconds` and a little."""
        circuit = self.of(endpoint)
        patience = max(seconds, LEAST_WAIT_SECONDS) * uniform(1.0, 1.2)
        if not circuit.is_open:
            await asyncio.sleep(max(seconds, LEAST_PAUSE_SECONDS))
            return
        try:
            async with asyncio.timeout(patience):
                await self._closed[endpoint].wait()
        except TimeoutError:
            return
