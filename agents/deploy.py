"""IntentPlanned → asks the deployment targets of its steps → IntentDeployed, or what has to be watched first.

Refuses, before any effect, plans that nobody approved or that were changed on the way, and plans with a step for an
interface that is not connected. What a target refuses half way is undone on the others. A mistake here carries out what
nobody wanted, or half of what somebody wanted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agents.domain.dry_run import require_for_real
from agents.domain.ports import Carried, DeploymentTarget, Drafts
from agents.domain.saga import Undone, failed_with, names_of, undo_everywhere
from agents.domain.verdicts import Declined, Failed, NothingToUndo, Rejected
from agents.planning.standing import Standing, only_for
from schemas.bodies import IntentDeployed, IntentPlanned, NamedIntent, RollbackPlanned, StepTarget, Watch
from schemas.envelope import Intent
from schemas.reasons import DeclineReason

RequireApproved = Callable[[IntentPlanned], None]
"""Passes what may be carried out: the plan's digest, guardrails and approval. Raises: Declined or Rejected."""
_AGAIN = "Is it still wanted? Submit the request again, to have it proposed on what is there now."


@dataclass(frozen=True)
class RolledBack:
    """A rollback: what was restored, and which intent it undid."""

    original: NamedIntent
    deployed: IntentDeployed
    watches: tuple[Watch, ...] = ()
    targets: tuple[StepTarget, ...] = ()


class Deploy:
    """Carries out plans on `targets`, the connected interfaces, and rolls intents back. `drafts` are over with
    that, and made when they are first asked."""

    def __init__(
        self,
        targets: Mapping[StepTarget, DeploymentTarget],
        require_approved: RequireApproved,
        drafts: Callable[[], Drafts | None] = lambda: None,
    ) -> None:
        self._targets = targets
        self._require_approved = require_approved
        self._standing = Standing(lambda: targets, drafts)

    async def __call__(self, body: IntentPlanned | RollbackPlanned, intent: Intent) -> Carried | RolledBack:
        """What was done. Raises: what the guardrails and the targets raise, Declined `unsupported`, Failed."""
        if isinstance(body, RollbackPlanned):
            return await self._roll_back(body, intent)
        require_for_real(intent, body)
        self._require_approved(body)
        require_connected(body, self._targets)
        try:
            if body.stands_on and (why := await self._standing.moved(intent, body)):
                raise Declined(DeclineReason.CONFLICT, f"What was approved has {why}.", _AGAIN)
            return await self._carry_out(body, intent)
        except (Declined, Failed):
            await self._standing.withdraw(intent, body.draft)
            raise

    async def _carry_out(self, body: IntentPlanned, intent: Intent) -> Carried:
        order = tuple(dict.fromkeys(step.target for step in body.plan.steps))
        done: list[Carried] = []
        for target in order:
            try:
                done.append(await self._targets[target].carry_out(intent, only_for(target, body)))
            except (Declined, Failed, Rejected) as verdict:
                if isinstance(verdict, Failed) and verdict.is_old and verdict.reason != "undone":
                    raise
                undone = await self._undo(order[: len(done) + 1], intent)
                if undone.is_nothing:
                    raise
                raise failed_with(undone, f"{target} refused: {verdict.message}") from verdict
        return merge(body, done)

    async def _undo(self, order: tuple[StepTarget, ...], intent: Intent) -> Undone:
        return await undo_everywhere(self._targets, order, intent.rollback(), intent.id)

    async def _roll_back(self, body: RollbackPlanned, intent: Intent) -> RolledBack:
        require_rollback_of(body.original, intent)
        undone = await undo_everywhere(self._targets, tuple(self._targets), intent, body.original.id)
        if undone.is_nothing:
            connected = names_of(self._targets)
            raise NothingToUndo(f"intent {body.original.id} was never carried out over {connected}: nothing to undo")
        if undone.left and undone.results:
            raise Failed("partly_done", undone.summary)
        if undone.left:
            raise undone.left[0][1]
        deployed = IntentDeployed(expectations=(), results=undone.results, revision=undone.revision)
        return RolledBack(body.original, deployed, undone.watches, tuple(self._targets))


def require_rollback_of(original: NamedIntent, intent: Intent) -> None:
    """A rollback has the one identity that the intent it takes back gives it. Raises: Rejected `malformed_plan`."""
    if intent.id != Intent.of(original).rollback().id:
        raise Rejected("malformed_plan", f"intent {intent.id} is not the one that takes back {original.id}")


def require_connected(body: IntentPlanned, targets: Mapping[StepTarget, DeploymentTarget]) -> None:
    """Raises: Declined `unsupported`, naming every step whose interface is not connected."""
    missing = [step for step in body.plan.steps if step.target not in targets]
    if not missing:
        return
    steps = ", ".join(f"{step.name} ({step.target})" for step in missing)
    interfaces = names_of(step.target for step in missing)
    raise Declined(
        DeclineReason.UNSUPPORTED,
        f"no {interfaces} interface is connected here, and these steps need it: {steps}. Nothing was done.",
        f"Should the rest be carried out without {interfaces}? Then send it as a separate intent.",
    )


def merge(body: IntentPlanned, done: list[Carried]) -> Carried:
    """One fact for the whole plan; the revision is the deployment repository's."""
    return Carried(
        IntentDeployed(
            expectations=body.expectations,
            results=tuple(result for carried in done for result in carried.deployed.results),
            revision=next((carried.deployed.revision for carried in done if carried.deployed.revision), None),
            remarks=tuple(dict.fromkeys(remark for carried in done for remark in carried.deployed.remarks)),
        ),
        is_unchanged=all(carried.is_unchanged for carried in done),
        watches=tuple(watch for carried in done for watch in carried.watches),
        targets=tuple(dict.fromkeys(step.target for step in body.plan.steps)),
    )
