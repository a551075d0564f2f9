"""Another deployment target behind a circuit breaker: if it does not answer, it is not called for a while."""

from agents.domain.circuit import Circuit, through
from agents.domain.conclusion import Conclusion
from agents.domain.ports import Carried, DeploymentTarget
from schemas.bodies import IntentPlanned, Observation, StepResult, Watch
from schemas.envelope import Intent


class CircuitBreakingDeploymentTarget:
    """`dependency` is what the target names in its Retryable when it is unavailable."""

    def __init__(self, target: DeploymentTarget, circuit: Circuit, dependency: str) -> None:
        self._target = target
        self._circuit = circuit
        self._dependency = dependency

    async def carry_out(self, intent: Intent, planned: IntentPlanned) -> Carried:
        """See the port. Raises: Retryable, untried, while the circuit is open."""
        return await through(self._circuit, self._dependency, lambda: self._target.carry_out(intent, planned))

    async def undo(self, intent: Intent, original: str) -> Carried:
        """See the port. Raises: Retryable, untried, while the circuit is open."""
        return await through(self._circuit, self._dependency, lambda: self._target.undo(intent, original))

    async def preview(self, intent: Intent, planned: IntentPlanned) -> tuple[StepResult, ...]:
        """See the port. Raises: Retryable, untried, while the circuit is open."""
        return await through(self._circuit, self._dependency, lambda: self._target.preview(intent, planned))

    async def observe(self, watch: Watch) -> Observation:
        """See the port. Raises: Retryable, untried, while the circuit is open."""
        return await through(self._circuit, self._dependency, lambda: self._target.observe(watch))

    async def conclude(self, intent: Intent, end: Conclusion) -> Conclusion:
        """See the port. Raises: Retryable, untried, while the circuit is open."""
        return await through(self._circuit, self._dependency, lambda: self._target.conclude(intent, end))
