"""A circuit breaker: what keeps failing is not called for a while, then tried with a single request."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from agents.domain.ports import Clock
from agents.domain.verdicts import Failed, Retryable

T = TypeVar("T")


class Circuit:
    """Closed lets everything pass; open lets nothing pass for `open_seconds`; after that one probe decides.

    `on_change` is called when it opens and when it closes. Ours rather than a library's: purgatory and pybreaker let
    any number of callers pass as the probe, and aiobreaker is no longer kept.
    """

    def __init__(
        self,
        clock: Clock,
        failures: int = 5,
        open_seconds: float = 30.0,
        on_change: Callable[[bool], None] = lambda is_open: None,
    ) -> None:
        self._clock = clock
        self._allowed_failures = failures
        self._open_seconds = open_seconds
        self._on_change = on_change
        self._failures = 0
        self._open_until: float | None = None
        self._is_probing = False
        self._is_held_open = False
        self._last_failure = -1.0

    def now(self) -> float:
        """The moment, for `failed`."""
        return self._clock.monotonic()

    @property
    def is_open(self) -> bool:
        """True from the failure that opened it to the success that closes it, and while it is held open."""
        return self._is_held_open or self._open_until is not None

    def seconds_to_wait(self) -> float:
        """0 where a request may go now; it then has to be answered by `succeeded`, `failed` or `gave_up`."""
        if self._is_held_open:
            return self._open_seconds
        if self._open_until is None:
            return 0.0
        left = self._open_until - self._clock.monotonic()
        if left > 0:
            return left
        if self._is_probing:
            return 1.0
        self._is_probing = True
        return 0.0

    def succeeded(self, *, is_probe: bool = False) -> None:
        """It answered, whatever it said. Only its probe closes an open circuit: other requests were sent before."""
        if self._open_until is not None and not is_probe:
            return
        self._become(is_held_open=self._is_held_open, open_until=None)

    def failed(self, begun: float | None = None, *, is_probe: bool = False) -> None:
        """It did not answer. Concurrent requests fail together and count once: `begun` identifies them. What was sent
        before an open circuit's probe decides nothing."""
        if self._open_until is not None and not is_probe:
            return
        if begun is not None and begun <= self._last_failure and not is_probe:
            return
        self._last_failure = self.now()
        self._failures += 1
        if is_probe or self._failures >= self._allowed_failures:
            self.open_for(self._open_seconds)

    def gave_up(self) -> None:
        """The probe ended without an answer from it: cancelled, or not sent by our own limits."""
        self._is_probing = False

    def open_for(self, seconds: float) -> None:
        """Lets nothing pass for this long: too many failures, a wrong key, or the provider asked for it."""
        until = max(self._open_until or 0.0, self._clock.monotonic() + seconds)
        self._become(is_held_open=self._is_held_open, open_until=until)

    def hold_open(self) -> None:
        """Lets nothing pass until `close`: for maintenance."""
        self._become(is_held_open=True, open_until=self._open_until)

    def close(self) -> None:
        """Lets everything pass again, whatever happened before."""
        self._become(is_held_open=False, open_until=None)

    def _become(self, *, is_held_open: bool, open_until: float | None) -> None:
        was_open = self.is_open
        self._is_held_open = is_held_open
        self._open_until = open_until
        self._is_probing = False
        if open_until is None:
            self._failures = 0
        if self.is_open != was_open:
            self._on_change(self.is_open)


async def through(circuit: Circuit, dependency: str, work: Callable[[], Awaitable[T]]) -> T:
    """The result of `work`, which counts for the circuit as an answer of `dependency`.

    Raises: Retryable untried while the circuit is open, and what `work` raises. Of that a Retryable for `dependency`
    counts as a failure, Failed as an answer, and nothing else, for it may have come without asking.
    """
    if wait := circuit.seconds_to_wait():
        message = f"{dependency} is not called for now, its circuit is open: see `nephoran circuit list`"
        raise Retryable(message, dependency=dependency, delay_seconds=wait, was_tried=False)
    begun = circuit.now()
    is_probe = circuit.is_open
    try:
        result = await work()
    except Failed:
        circuit.succeeded(is_probe=is_probe)
        raise
    except Retryable as error:
        if error.dependency == dependency:
            circuit.failed(begun, is_probe=is_probe)
        raise
    finally:
        if is_probe:
            circuit.gave_up()
    circuit.succeeded(is_probe=is_probe)
    return result
