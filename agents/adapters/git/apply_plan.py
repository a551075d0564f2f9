"""A plan → changes of files: packages, ledger, record. No Git here, so that every target with files obeys one ledger.

Refuses: an intent id seen before with other bytes, a first step that a newer intent has overtaken, relative wishes on
what is not known, values beyond the guardrails. A mistake here undoes somebody's newer intent or doubles an older one.
"""

from dataclasses import dataclass

from agents.adapters.git.blueprints import Blueprints, NoBlueprints
from agents.adapters.git.changes_by_people import require_newer_than_people
from agents.adapters.git.files import Staged
from agents.adapters.git.ledger import (
    Entry,
    IntentRecord,
    ObjectLedger,
    Outcome,
    StepRecord,
    intent_path,
    read_intent,
    read_object,
    write_intent,
    write_object,
)
from agents.adapters.git.nephio_steps import Wish, read_wishes
from agents.adapters.git.packages import Package, read_package, remove_package, write_package
from agents.adapters.git.target_values import NOTHING, Check, Held, resolve
from agents.domain.verdicts import Declined, Rejected
from schemas.bodies import IntentPlanned, Step, StepResult
from schemas.envelope import Intent
from schemas.intent import Action
from schemas.reasons import DeclineReason


@dataclass(frozen=True)
class Work:
    """What became of an intent, by this attempt or by an earlier one."""

    record: IntentRecord
    is_repeated: bool

    @property
    def results(self) -> tuple[StepResult, ...]:
        """The steps as the deployed intent reports them."""
        return tuple(
            StepResult(
                step=step.step,
                outcome=step.outcome if step.outcome == "superseded" or not self.is_repeated else "already_done",
                before={name: held.model_dump() for name, held in step.before.items()},
                after={name: held.model_dump() for name, held in step.after.items()},
                found={name: held.model_dump() for name, held in step.found.items()},
            )
            for step in self.record.steps
        )


def carry_out(
    files: Staged,
    intent: Intent,
    planned: IntentPlanned,
    check: Check,
    namespace: str,
    blueprints: Blueprints = NoBlueprints(),
) -> Work:
    """Stages everything the intent changes, or nothing where it was carried out before.

    Raises: Declined, Failed, Rejected, BlueprintNeeded; what was staged until then is to be thrown away.
    """
    done = find_record(files, intent)
    if done is not None:
        if done.ended is not None:
            done.ended.require_deployed()
        return Work(done, is_repeated=True)
    steps: list[StepRecord] = []
    for step, wish in read_wishes(planned):
        newer = read_object(files, wish).newer_than(intent.order, wish)
        if newer is None:
            steps.append(_carry_out_step(files, intent, step, wish, check, namespace, blueprints))
        elif steps:
            steps.append(_superseded(files, step, wish))
        else:
            raise Declined(
                DeclineReason.SUPERSEDED,
                f"a newer intent, {newer.intent}, has already changed {_what(wish)}; this one is older and changed "
                "nothing",
                "Is it still wanted? Then send it again.",
            )
    record = IntentRecord(
        intent=intent.id,
        digest=intent.digest,
        generation=intent.generation,
        order=str(intent.order),
        plan=planned.plan.digest,
        steps=tuple(steps),
    )
    write_intent(files, record)
    return Work(record, is_repeated=False)


def find_record(files: Staged, intent: Intent) -> IntentRecord | None:
    """What the intent did before, None where it did nothing yet. Raises: Rejected `id_reused`."""
    record = read_intent(files, intent.id)
    if record is not None and record.digest != intent.digest:
        raise Rejected(
            "id_reused",
            f"intent {intent.id} was carried out before for other bytes (SHA-256 {record.digest[:12]}…, these are "
            f"{intent.digest[:12]}…): give the new request its own id. See {intent_path(intent.id)}",
        )
    return record


def _carry_out_step(
    files: Staged, intent: Intent, step: Step, wish: Wish, check: Check, namespace: str, blueprints: Blueprints
) -> StepRecord:
    package = read_package(files, wish)
    changed = require_newer_than_people(files, intent, wish, package, _what(wish))
    found = changed if package else {}
    if wish.action is Action.DELETE:
        return _delete(files, intent, step, wish, package).model_copy(update={"found": found})
    if package is None:
        require_creatable(wish)
        _require_interfaces(wish)
    there = dict(package.values) if package else {}
    before = {name: there.get(name, Held()) for name in wish.names}
    after = _resolve(wish, before, check)
    outcome: Outcome = "unchanged" if package and before == after else "done"
    if outcome == "done":
        write_package(files, wish, there | after, namespace, blueprints)
    made = _held_by_blueprint(files, wish) if package is None else {}
    _remember(files, intent, wish, before, made | after, existed=package is not None)
    record = _record(step, wish, outcome, before, after, existed=package is not None)
    return record.model_copy(update={"found": found})


def require_creatable(wish: Wish) -> None:
    """An absolute wish says all there is to say of an absent object; an upgrade or "two more" needs one. Raises:
    Declined `infeasible`."""
    if wish.action is Action.UPGRADE or any(target.condition.is_relative for target in wish.targets):
        raise Declined(
            DeclineReason.INFEASIBLE,
            f"there is no {_what(wish)}, so it cannot be changed from what it is",
            f"What should {_what(wish)} be deployed with?",
        )


def _require_interfaces(wish: Wish) -> None:
    missing = sorted(set(wish.needs_interfaces) - {str(each.get("name")) for each in wish.interfaces})
    if missing:
        raise Declined(
            DeclineReason.INFEASIBLE,
            f"the {wish.object.type} that is to be made at {wish.site} cannot do without {', '.join(missing)}, and the "
            "inventory has no addresses for it (networks of the site in inventory.yaml)",
            f"Which interfaces does {wish.site} have for it?",
        )


def _held_by_blueprint(files: Staged, wish: Wish) -> dict[str, Held]:
    """What a package that was just made holds besides the wish: not a change by people."""
    package = read_package(files, wish) if wish.blueprint else None
    return dict(package.values) if package else {}


def _resolve(wish: Wish, before: dict[str, Held], check: Check) -> dict[str, Held]:
    after = dict(before)
    for target in wish.targets:
        after[target.name] = resolve(target, after[target.name], _what(wish))
    for name, held in after.items():
        for value in (held.value, held.min, held.max):
            if value is not None and held != before[name]:
                _require_allowed(wish, name, value, check)
    return after


def _require_allowed(wish: Wish, name: str, value: int | float | str, check: Check) -> None:
    for fault in check(str(wish.object.type), name, value):
        raise Declined(
            fault.reason,
            f"{name} of {_what(wish)} would be {value}: {fault.message}",
            f"Which {name} within the limits should it have?",
        )


def _delete(files: Staged, intent: Intent, step: Step, wish: Wish, package: Package | None) -> StepRecord:
    before = dict(package.values) if package else {}
    removed = remove_package(files, wish) if package else {}
    entry = Entry(order=intent.order, intent=intent.id, before={"exists": package is not None}, after={"exists": False})
    revision = read_object(files, wish).revision
    write_object(files, wish, ObjectLedger(existence=entry, deletion=entry, revision=revision))
    record = _record(step, wish, "done" if package else "unchanged", before, {}, existed=package is not None)
    return record.model_copy(update={"files": removed})


def _remember(
    files: Staged, intent: Intent, wish: Wish, before: dict[str, Held], after: dict[str, Held], *, existed: bool
) -> None:
    ledger = read_object(files, wish)
    names = {
        name: Entry(
            order=intent.order,
            intent=intent.id,
            before=before.get(name, NOTHING).model_dump(),
            after=held.model_dump(),
        )
        for name, held in after.items()
    }
    existence = ledger.existence
    if wish.action is Action.DEPLOY or not existed:
        existence = Entry(order=intent.order, intent=intent.id, before={"exists": existed}, after={"exists": True})
    write_object(files, wish, ledger.model_copy(update={"names": ledger.names | names, "existence": existence}))


def _superseded(files: Staged, step: Step, wish: Wish) -> StepRecord:
    package = read_package(files, wish)
    there = {name: package.values.get(name, Held()) for name in wish.names} if package else {}
    return _record(step, wish, "superseded", there, there, existed=package is not None)


def _record(
    step: Step, wish: Wish, outcome: Outcome, before: dict[str, Held], after: dict[str, Held], *, existed: bool
) -> StepRecord:
    return StepRecord(
        step=step.name,
        site=wish.site,
        object=wish.object.slug,
        type=str(wish.object.type),
        action=wish.action,
        outcome=outcome,
        existed=existed,
        before=before,
        after=after,
    )


def _what(wish: Wish) -> str:
    named = str(wish.object.type) if wish.object.slug == str(wish.object.type) else wish.object.slug
    return f"{named} at {wish.site}"
