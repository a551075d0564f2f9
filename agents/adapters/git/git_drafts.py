"""Drafts: what a proposal would change, as one commit on a branch of its own, `drafts/SITE/OBJECT/INTENT`.

People look at it, and comment on it, where they are used to; only what was proposed is ever carried out. A draft holds
no ledger, for it has no order yet. What somebody else adds to the branch is neither merged nor removed.
"""

from dataclasses import dataclass

from agents.adapters.git.apply_plan import carry_out
from agents.adapters.git.commit_messages import DRAFT_TRAILER, REQUEST, draft_message
from agents.adapters.git.fast_import import Draft
from agents.adapters.git.files import Staged
from agents.adapters.git.ledger import without_ledger
from agents.adapters.git.nephio_steps import read_wishes
from agents.adapters.git.ref_updates import RefUpdate, branch
from agents.adapters.git.working_copy import WorkingCopy
from agents.adapters.git.write_requests import Rules
from schemas.bodies import DraftBranch, IntentPlanned
from schemas.envelope import Intent


@dataclass(frozen=True)
class GitDrafts:
    """The drafts in the deployment repository, for the thread of its working copy."""

    copy: WorkingCopy
    rules: Rules

    def make(self, intent: Intent, planned: IntentPlanned) -> DraftBranch | None:
        """The draft, once it can be seen; None where no file would change, or the repository has no place for it.

        Raises: Declined, Failed, Rejected, Retryable, BlueprintNeeded: as carrying it out would.
        """
        base = self.copy.fetch()
        if base is None:
            return None  # its first branch must be the one that is deployed
        mine = Staged(self.copy.files(base))
        rules = self.rules
        work = carry_out(mine, intent, planned, rules.check, rules.namespace, rules.blueprints)
        changes = without_ledger(mine.changes)
        if work.is_repeated or not changes:
            return None
        name = branch_of(intent, planned)
        there = self.copy.fetch_ref(branch(name))
        if there and self._is_of(intent, there) and self._says(there, base, changes):
            return DraftBranch(branch=name, commit=there)
        message = draft_message(intent, f"{REQUEST}{planned.text}", work.record)
        [made] = self.copy.write(base, [Draft(changes, message)])
        if there and not (self._is_of(intent, there) and self._remove(name, there)):
            return None
        is_made = self.copy.push_refs([RefUpdate(branch(name), made, was="")])
        return DraftBranch(branch=name, commit=made) if is_made else None

    def remove(self, intent: Intent, draft: DraftBranch) -> bool:
        """Removes the branch, and is False where it could not be; what is gone or somebody else's is left alone."""
        there = self.copy.fetch_ref(branch(draft.branch))
        if there is None or not self._is_of(intent, there):
            return True
        return self._remove(draft.branch, there)

    def still(self, draft: DraftBranch) -> bool:
        """Whether its branch holds what was proposed, and nothing more."""
        return self.copy.fetch_ref(branch(draft.branch)) == draft.commit

    def _remove(self, name: str, there: str) -> bool:
        return self.copy.push_refs([RefUpdate(branch(name), None, was=there)])

    def _is_of(self, intent: Intent, commit: str) -> bool:
        return f"\n{DRAFT_TRAILER}: {intent.id}\n" in self.copy.message(commit)

    def _says(self, draft: str, base: str, changes: dict[str, bytes | None]) -> bool:
        """Whether it shows these changes, of what is there now."""
        before, now = self.copy.files(self.copy.parent(draft)), self.copy.files(base)
        return self.copy.changes(draft) == changes and all(before.read(path) == now.read(path) for path in changes)


def branch_of(intent: Intent, planned: IntentPlanned) -> str:
    """The same for the same proposal; it is named after the first package."""
    _, wish = read_wishes(planned)[0]
    return f"drafts/{wish.place}/{intent.id}"
