"""Plans carried out on a dictionary of files: the same packages and the same ledger rules, without Git."""

from agents.adapters.git.files import InMemoryFiles, Staged
from agents.adapters.git.requests import CarryOut, Request, Rules, Undo
from agents.adapters.git.values import Check
from agents.ports import Carried
from schemas.bodies import IntentDeployed, IntentPlanned
from schemas.envelope import Intent


class InMemoryDeploymentTarget:
    """A `DeploymentTarget` that keeps `files` by path and the ids of the intents in the order of their `commits`."""

    def __init__(self, check: Check, namespace: str = "nephoran") -> None:
        self.files: dict[str, bytes] = {}
        self.commits: list[str] = []
        self._rules = Rules(check, namespace)

    async def carry_out(self, intent: Intent, planned: IntentPlanned) -> Carried:
        """See the port; the revision is the number of the commit."""
        return self._do(CarryOut(intent, planned))

    async def undo(self, intent: Intent, original: str) -> Carried:
        """Takes the intent with the id `original` back, under the same rules as the Git deployment target."""
        return self._do(Undo(intent, original))

    def _do(self, request: Request) -> Carried:
        staged = Staged(InMemoryFiles(self.files))
        work = request.stage(staged, self._rules)
        if not work.is_repeated:
            self._commit(request.intent.id, staged)
        deployed = IntentDeployed(
            expectations=tuple(request.expectations),
            results=work.results,
            revision=str(self.commits.index(request.intent.id) + 1),
        )
        return Carried(deployed, is_unchanged=work.record.is_unchanged)

    def _commit(self, intent_id: str, staged: Staged) -> None:
        for path, content in staged.changes.items():
            if content is None:
                self.files.pop(path, None)
            else:
                self.files[path] = content
        self.commits.append(intent_id)
