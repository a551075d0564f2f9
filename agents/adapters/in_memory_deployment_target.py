"""Plans carried out on a dictionary of files: the same packages and the same ledger rules, without Git."""

from typing import TypeVar

from agents.adapters.git.files import InMemoryFiles, Staged
from agents.adapters.git.target_values import Check
from agents.adapters.git.write_requests import CarryOut, Conclude, Preview, Request, Rules, Undo
from agents.domain.conclusion import Conclusion
from agents.domain.ports import Carried
from schemas.bodies import DraftBranch, IntentPlanned, Observation, StepResult, Watch
from schemas.envelope import Intent

_T = TypeVar("_T")


class InMemoryDeploymentTarget:
    """A `DeploymentTarget` that keeps `files` by path and the ids of the intents in the order of their `commits`; and
    `Drafts`, of which it keeps who has one on which plan."""

    def __init__(self, check: Check, namespace: str = "nephoran") -> None:
        self.files: dict[str, bytes] = {}
        self.commits: list[str] = []
        self.drafts: dict[str, str] = {}
        self._rules = Rules(check, namespace)

    async def carry_out(self, intent: Intent, planned: IntentPlanned) -> Carried:
        """See the port; the revision is the number of the commit."""
        carried = await self.commit(CarryOut(intent, planned))
        self.drafts.pop(intent.id, None)
        return carried

    async def draft(self, intent: Intent, planned: IntentPlanned) -> DraftBranch | None:
        """See the port."""
        if all(result.outcome != "done" for result in await self.preview(intent, planned)):
            return None
        self.drafts[intent.id] = planned.plan.digest
        return DraftBranch(branch=f"drafts/{intent.id}", commit=planned.plan.digest)

    async def withdraw(self, intent: Intent, draft: DraftBranch) -> bool:
        """See the port."""
        self.drafts.pop(intent.id, None)
        return True

    async def undo(self, intent: Intent, original: str) -> Carried:
        """Takes the intent with the id `original` back, under the same rules as the Git deployment target."""
        return await self.commit(Undo(intent, original))

    async def preview(self, intent: Intent, planned: IntentPlanned) -> tuple[StepResult, ...]:
        """See the port."""
        return await self.commit(Preview(intent, planned))

    async def observe(self, watch: Watch) -> Observation:
        """What is committed is all that is known here."""
        return Observation(state="in_force", message="committed, not observed")

    async def conclude(self, intent: Intent, end: Conclusion) -> Conclusion:
        """See the port."""
        return await self.commit(Conclude(intent, end))

    async def commit(self, request: Request[_T]) -> _T:
        """The answer to any request. Raises: what it raises; then nothing of it is kept."""
        staged = Staged(InMemoryFiles(self.files))
        staging = request.stage(staged, self._rules)
        if staging.message is not None:
            self._write(request.intent.id, staged)
        return staging.answer(
            str(self.commits.index(request.intent.id) + 1) if request.intent.id in self.commits else None
        )

    def _write(self, intent_id: str, staged: Staged) -> None:
        for path, content in staged.changes.items():
            if content is None:
                self.files.pop(path, None)
            else:
                self.files[path] = content
        self.commits.append(intent_id)
