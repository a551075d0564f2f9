"""A deployment target whose work shows in the trace of its intent."""

from agents.domain.ports import Carried, DeploymentTarget
from pipeline.telemetry.tracing import asking
from schemas.bodies import IntentPlanned, StepTarget
from schemas.envelope import Intent


class TracedDeploymentTarget:
    """Another target, watched. What intents share (a push) is in the span of each of them, waiting included."""

    def __init__(self, target: DeploymentTarget, interface: StepTarget) -> None:
        self._target = target
        self._interface = str(interface)

    async def carry_out(self, intent: Intent, planned: IntentPlanned) -> Carried:
        """As the target does. Raises: what it raises."""
        with asking("carry out", self._interface, {"nephoran.interface": self._interface}):
            return await self._target.carry_out(intent, planned)
