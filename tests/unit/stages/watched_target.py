"""A deployment target whose effects take their time, on the ledger of the real one."""

from collections.abc import Iterator

from agents.adapters.git.files import InMemoryFiles, Staged
from agents.adapters.git.ledger import read_intent
from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from agents.domain.ports import Carried
from agents.domain.verdicts import Retryable
from schemas.bodies import IntentPlanned, Observation, StepTarget, Watch
from schemas.envelope import Intent
from tests.unit.git.requests import at_most_20_replicas


class WatchedTarget(InMemoryDeploymentTarget):
    """Says of every look what `seen` says next, the last of it again and again; None is no answer."""

    def __init__(self, *seen: str | None, to: StepTarget = StepTarget.NEPHIO, within_seconds: float = 60) -> None:
        super().__init__(at_most_20_replicas)
        self.seen = list(seen)
        self.looks = 0
        self._to = to
        self._within_seconds = within_seconds

    async def carry_out(self, intent: Intent, planned: IntentPlanned) -> Carried:
        """See the port; every step is watched until the ledger says how that ended."""
        carried = await super().carry_out(intent, planned)
        record = read_intent(Staged(InMemoryFiles(self.files)), intent.id)
        if record is None or record.conclusion is not None:
            return carried
        return Carried(carried.deployed, carried.is_unchanged, tuple(self._watches(carried)))

    def _watches(self, carried: Carried) -> Iterator[Watch]:
        for result in carried.deployed.results:
            yield Watch(target=self._to, step=result.step, content={}, within_seconds=self._within_seconds)

    async def observe(self, watch: Watch) -> Observation:
        """See the port."""
        self.looks += 1
        state = self.seen.pop(0) if len(self.seen) > 1 else self.seen[0]
        if state is None:
            raise Retryable("no answer", dependency="site")
        assert state in ("in_force", "waiting", "failed")
        return Observation(state=state, message=f"replicas are {state}")  # type: ignore[arg-type]
