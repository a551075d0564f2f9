"""A deployment target whose work shows in the trace of its intent."""

from contextlib import AbstractContextManager

from agents.domain.conclusion import Conclusion
from agents.domain.ports import Carried, DeploymentTarget
from pipeline.telemetry.tracing import asking
from schemas.bodies import IntentPlanned, Observation, StepResult, StepTarget, Watch
from schemas.envelope import Intent


class TracedDeploymentTarget:
    """Another target, watched. What intents share (a push) is in the span of each of them, waiting included."""

    def __init__(self, target: DeploymentTarget, interface: StepTarget) -> None:
        self._target = target
        self._interface = str(interface)

    async def carry_out(self, intent: Intent, planned: IntentPlanned) -> Carried:
        """As the target does. Raises: what it raises."""
        with self._asking("carry out"):
            return await self._target.carry_out(intent, planned)

    async def undo(self, intent: Intent, original: str) -> Carried:
        """As the target does. Raises: what it raises."""
        with self._asking("undo"):
            return await self._target.undo(intent, original)

    async def preview(self, intent: Intent, planned: IntentPlanned) -> tuple[StepResult, ...]:
        """As the target does. Raises: what it raises."""
        with self._asking("preview"):
            return await self._target.preview(intent, planned)

    async def observe(self, watch: Watch) -> Observation:
        """As the target does. Raises: what it raises."""
        with self._asking("observe"):
            return await self._target.observe(watch)

    async def conclude(self, intent: Intent, end: Conclusion) -> Conclusion:
        """As the target does. Raises: what it raises."""
        with self._asking("conclude"):
            return await self._target.conclude(intent, end)

    def _asking(self, what: str) -> AbstractContextManager[object]:
        return asking(what, self._interface, {"nephoran.interface": self._interface})
