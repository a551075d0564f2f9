"""An intent carried out → what was there before it. A compare-and-set: only while nothing newer has touched it.

It restores what was recorded when the intent was carried out, and guesses nothing. A mistake here undoes more than was
asked for.
"""

from collections.abc import Iterator

from agents.adapters.git.apply_plan import Work, find_record
from agents.adapters.git.files import Staged
from agents.adapters.git.ledger import (
    Entry,
    IntentRecord,
    ObjectLedger,
    StepRecord,
    read_intent,
    read_object,
    write_intent,
    write_object,
)
from agents.adapters.git.nephio_steps import Wish, WishedObject
from agents.adapters.git.packages import read_package, remove_package, write_package
from agents.adapters.git.target_values import Held
from agents.domain.verdicts import Declined, NothingToUndo
from schemas.envelope import Intent
from schemas.intent import Action, ObjectType
from schemas.reasons import DeclineReason


def undo(files: Staged, intent: Intent, original: str, namespace: str) -> Work:
    """Stages what takes the intent `original` back, as the work of `intent`; nothing where that was done before.

    Raises: Declined `conflict` naming the newer intents, or `infeasible` where `original` did nothing here.
    """
    done = find_record(files, intent)
    if done is not None:
        return Work(done, is_repeated=True)
    record = read_intent(files, original)
    if record is None:
        raise NothingToUndo(f"intent {original} was never carried out here: nothing to undo")
    steps = [step for step in reversed(record.steps) if step.outcome == "done"]
    _require_newest(files, {original, intent.id}, steps)
    newest = max((entry.order for step in steps for entry in _touched(files, step)), default=intent.order)
    last = intent.reordered(max(newest, intent.order))  # a broker's clock may have gone back since
    undone = IntentRecord(
        intent=intent.id,
        digest=intent.digest,
        generation=intent.generation,
        order=str(intent.order),
        plan=record.plan,
        steps=tuple(_undo_step(files, last, step, namespace) for step in steps),
    )
    write_intent(files, undone)
    write_intent(files, record.model_copy(update={"undone_by": intent.id}))
    return Work(undone, is_repeated=False)


def _require_newest(files: Staged, ours: set[str], steps: list[StepRecord]) -> None:
    newer = {entry.intent for step in steps for entry in _touched(files, step) if entry.intent not in ours}
    if newer:
        raise Declined(
            DeclineReason.CONFLICT,
            f"nothing was undone: newer intents have changed the same things since: {', '.join(sorted(newer))}",
            "Should those be undone first?",
        )


def _touched(files: Staged, step: StepRecord) -> Iterator[Entry]:
    """The heads that undoing the step changes: all of the object's where it comes or goes."""
    ledger = read_object(files, wish_of(step))
    is_forgotten = any(name not in ledger.names for name in step.after)
    if ledger.existence and (_is_whole(step) or is_forgotten):
        yield ledger.existence
    yield from (entry for name, entry in ledger.names.items() if _is_whole(step) or name in step.after)


def _is_whole(step: StepRecord) -> bool:
    return step.action is Action.DELETE or not step.existed


def _undo_step(files: Staged, intent: Intent, step: StepRecord, namespace: str) -> StepRecord:
    if step.action is Action.DELETE:
        return _restore(files, intent, step)
    if not step.existed:
        return _remove(files, intent, step)
    return _put_back(files, intent, step, namespace)


def _restore(files: Staged, intent: Intent, step: StepRecord) -> StepRecord:
    wish = wish_of(step)
    _require(not files.list(wish.place), step, "something else is in its place by now")
    for path, text in step.files.items():
        files.write(path, text.encode())
    ledger = read_object(files, wish)
    existence = _entry(intent, {"exists": False}, {"exists": True})
    write_object(files, wish, ledger.model_copy(update={"existence": existence, "deletion": existence}))
    return _undone(step, Action.DEPLOY, existed=False)


def _remove(files: Staged, intent: Intent, step: StepRecord) -> StepRecord:
    wish = wish_of(step)
    package = read_package(files, wish)
    there = dict(package.values) if package else {}
    _require(all(there.get(name, Held()) == held for name, held in step.after.items()), step, "it was changed by hand")
    removed = remove_package(files, wish)
    entry = _entry(intent, {"exists": package is not None}, {"exists": False})
    revision = read_object(files, wish).revision
    write_object(files, wish, ObjectLedger(existence=entry, deletion=entry, revision=revision))
    return _undone(step, Action.DELETE, existed=True).model_copy(update={"files": removed})


def _put_back(files: Staged, intent: Intent, step: StepRecord, namespace: str) -> StepRecord:
    wish = wish_of(step)
    package = read_package(files, wish)
    _require(package is not None, step, "its package was removed by hand")
    there = dict(package.values) if package else {}
    _require(all(there.get(name, Held()) == held for name, held in step.after.items()), step, "it was changed by hand")
    write_package(files, wish, there | step.before, namespace)
    ledger = read_object(files, wish)
    names = {
        name: _entry(intent, held.model_dump(), step.before[name].model_dump()) for name, held in step.after.items()
    }
    write_object(files, wish, ledger.model_copy(update={"names": ledger.names | names}))
    return _undone(step, step.action, existed=True)


def _require(is_so: bool, step: StepRecord, otherwise: str) -> None:
    if not is_so:
        raise Declined(
            DeclineReason.CONFLICT,
            f"nothing was undone: {step.object} at {step.site} cannot be put back, {otherwise}",
            f"What should {step.object} at {step.site} be? Send that as an intent.",
        )


def _entry(intent: Intent, before: dict[str, object], after: dict[str, object]) -> Entry:
    return Entry(order=intent.order, intent=intent.id, before=before, after=after)


def _undone(step: StepRecord, action: Action, *, existed: bool) -> StepRecord:
    """The step the other way round: undoing it in its turn brings the first one back."""
    return step.model_copy(
        update={
            "step": f"undo {step.step}",
            "action": action,
            "existed": existed,
            "before": step.after,
            "after": step.before,
            "files": {},
        }
    )


def wish_of(step: StepRecord) -> Wish:
    """The object that a recorded step was about."""
    return Wish(site=step.site, object=WishedObject(type=ObjectType(step.type), slug=step.object), action=step.action)
