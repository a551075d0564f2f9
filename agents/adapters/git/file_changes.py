"""What a plan would change in the files of the deployment repository, tried and forgotten."""

from dataclasses import dataclass
from difflib import unified_diff

from agents.adapters.git.apply_plan import carry_out
from agents.adapters.git.files import Staged
from agents.adapters.git.ledger import FOLDER
from agents.adapters.git.write_requests import Rules, Staging
from schemas.bodies import IntentPlanned
from schemas.envelope import Intent


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file: None where there is none, before or after."""

    path: str
    before: str | None
    after: str | None

    @property
    def diff(self) -> str:
        """As `git diff` prints it."""
        old, new = (f"{side}/{self.path}" for side in "ab")
        sides = (old if self.before is not None else "/dev/null"), (new if self.after is not None else "/dev/null")
        lines = unified_diff((self.before or "").splitlines(), (self.after or "").splitlines(), *sides, lineterm="")
        return "\n".join(lines)


@dataclass(frozen=True)
class FilesOf:
    """A request for the files that a plan would change; the ledger, which changes with every plan, is left out."""

    intent: Intent
    planned: IntentPlanned

    def stage(self, files: Staged, rules: Rules) -> Staging[tuple[FileChange, ...]]:
        """Nothing is committed. Raises: Declined, Failed, Rejected where the plan cannot be carried out."""
        mine = Staged(files)
        carry_out(mine, self.intent, self.planned, rules.check, rules.namespace, rules.blueprints)
        changes = tuple(
            FileChange(path, _text(files.read(path)), _text(content))
            for path, content in sorted(mine.changes.items())
            if not path.startswith(f"{FOLDER}/")
        )
        return Staging(message=None, answer=lambda revision: changes)


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode(errors="replace")
