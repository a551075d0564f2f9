"""A plan → `pending` entries of the ledger, committed before anything is done.

Refuses what Git's ledger refuses: other bytes under the same id, a first step that a newer intent has overtaken,
relative wishes on what is not known, values beyond the guardrails. A mistake here doubles or reverses an effect.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from agents.adapters.git.files import Staged
from agents.adapters.git.target_values import Check
from agents.adapters.git.write_requests import Rules, Staging
from agents.adapters.ledgered.interface import Interface, Pieces, WishT
from agents.adapters.ledgered.messages import message
from agents.adapters.ledgered.records import Head, Heads, Ledger, Record, StepEntry
from agents.domain.verdicts import Declined, Retryable
from schemas.envelope import Intent
from schemas.intent import Action
from schemas.reasons import DeclineReason

Found = Sequence[tuple[Heads, Pieces]]
"""For each step the heads that stood when the interface was read, and what was read."""


@dataclass(frozen=True)
class Task(Generic[WishT]):
    """One step of a plan, decoded."""

    step: str
    wish: WishT
    undo: Mapping[str, Any]


@dataclass(frozen=True)
class Begin(Generic[WishT]):
    """Enters what is going to be done, or only tries to where it is a `preview`.

    Answers the intent's record, or None where the heads have moved since `found`.
    """

    interface: Interface[WishT]
    intent: Intent
    plan_digest: str
    tasks: Sequence[Task[WishT]]
    found: Found
    is_preview: bool = False

    def stage(self, files: Staged, rules: Rules) -> Staging[Record | None]:
        """Raises: Declined, Failed, Rejected, Retryable."""
        ledger = Ledger(files, self.interface.target)
        known = ledger.record_of(self.intent)
        if known is not None and not self.is_preview:
            return Staging(None, lambda revision: known)
        if any(ledger.heads(task.wish) != heads for task, (heads, _) in zip(self.tasks, self.found, strict=True)):
            return Staging(None, lambda revision: None)
        steps: list[StepEntry] = []
        for task, (_, found) in zip(self.tasks, self.found, strict=True):
            steps.append(self._enter(ledger, task, found, rules.check, is_first=not steps))
        record = Record(
            intent=self.intent.id,
            digest=self.intent.digest,
            generation=self.intent.generation,
            order=self.intent.order,
            plan=self.plan_digest,
            steps=tuple(steps),
        )
        ledger.write_record(record)
        said = None if self.is_preview else message(self.interface.target, self.intent, record)
        return Staging(said, lambda revision: record)

    def _enter(self, ledger: Ledger, task: Task[WishT], found: Pieces, check: Check, *, is_first: bool) -> StepEntry:
        wish = task.wish
        heads = ledger.heads(wish)
        keys = found.keys() | heads.names.keys() if wish.action is Action.DELETE else found.keys()
        touched = heads.touched(keys)
        newest = max(touched, key=lambda head: head.order, default=None)
        if newest is not None and newest.order > self.intent.order:
            if is_first:
                raise _superseded(task, newest)
            return _entry(task, "superseded", found, found)
        _require_settled(self.interface, task, [head for head in touched if head.intent != self.intent.id])
        before = {key: found.get(key) for key in sorted(keys)}
        after = dict.fromkeys(before) | dict(self.interface.wanted(wish, found))
        _require_allowed(self.interface, wish, found, after, check)
        is_unchanged = before == after
        new = {key: _head(self.intent, before[key], piece, is_done=is_unchanged) for key, piece in after.items()}
        deletion = _head(self.intent, None, None, is_done=True) if wish.action is Action.DELETE else heads.deletion
        ledger.write_heads(wish, Heads(names=heads.names | new, deletion=deletion))
        previous = {key: heads.names[key] for key in after if key in heads.names}
        entry = _entry(task, "unchanged" if is_unchanged else "pending", before, after)
        return entry.model_copy(update={"previous": previous})


def _entry(task: Task[WishT], outcome: Any, before: Pieces, after: Pieces) -> StepEntry:
    return StepEntry(
        step=task.step,
        content=task.wish.model_dump(mode="json"),
        undo=dict(task.undo),
        outcome=outcome,
        before=dict(before),
        after=dict(after),
    )


def _head(intent: Intent, before: Any, after: Any, *, is_done: bool) -> Head:
    return Head(
        order=intent.order, intent=intent.id, before=before, after=after, phase="done" if is_done else "pending"
    )


def _superseded(task: Task[WishT], newer: Head) -> Declined:
    return Declined(
        DeclineReason.SUPERSEDED,
        f"a newer intent, {newer.intent}, has already changed {what(task)}; this one is older and changed nothing",
        "Is it still wanted? Then send it again.",
    )


def _require_settled(interface: Interface[WishT], task: Task[WishT], others: Sequence[Head]) -> None:
    """A relative wish has nothing to count from while another intent may or may not be done."""
    if not any(target.condition.is_relative for target in task.wish.targets):
        return
    for head in others:
        if head.phase == "pending":
            raise Retryable(
                f"intent {head.intent} is still being carried out on {what(task)}, so it is not known what to count "
                "from: replay it, or ask for an exact value",
                dependency=str(interface.target),
                delay_seconds=1,
                was_tried=True,
            )


def _require_allowed(interface: Interface[WishT], wish: WishT, before: Pieces, after: Pieces, check: Check) -> None:
    there = interface.values(wish, before)
    for name, held in interface.values(wish, after).items():
        if held == there.get(name):
            continue
        for value in (held.value, held.min, held.max):
            for fault in check(str(wish.object.type), name, value) if value is not None else ():
                raise Declined(
                    fault.reason,
                    f"{name} of {wish.object.slug} at {wish.site} would be {value}: {fault.message}",
                    f"Which {name} within the limits should it have?",
                )


def what(task: Task[WishT]) -> str:
    """The object of the task, for people."""
    return f"{task.wish.object.slug} at {task.wish.site}"
