"""An intent carried out → `pending` entries that put back what was there before it. A compare-and-set."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

from agents.adapters.git.files import Staged
from agents.adapters.git.write_requests import Rules, Staging
from agents.adapters.ledgered.interface import Interface, Pieces, WishT
from agents.adapters.ledgered.messages import message
from agents.adapters.ledgered.records import Head, Heads, Ledger, Record, StepEntry
from agents.domain.verdicts import Declined
from schemas.envelope import Intent
from schemas.reasons import DeclineReason


@dataclass(frozen=True)
class LookAtDone(Generic[WishT]):
    """The steps of an intent that may have had an effect, last first; None where it was never begun here."""

    interface: Interface[WishT]
    intent: Intent
    original: str

    def stage(self, files: Staged, rules: Rules) -> Staging[list[StepEntry] | None]:
        """Raises: Failed."""
        record = Ledger(files, self.interface.target).record(self.original)
        steps = None if record is None else _undoable(record, self.intent.id)
        return Staging(None, lambda revision: steps)


@dataclass(frozen=True)
class BeginUndo(Generic[WishT]):
    """Enters what is going to be put back. Answers the record, or None where the original has moved on since."""

    interface: Interface[WishT]
    intent: Intent
    original: str
    steps: Sequence[StepEntry]
    found: Sequence[Pieces]

    def stage(self, files: Staged, rules: Rules) -> Staging[Record | None]:
        """Raises: Declined `conflict`, Failed, Rejected."""
        ledger = Ledger(files, self.interface.target)
        known = ledger.record_of(self.intent)
        if known is not None:
            return Staging(None, lambda revision: known)
        original = ledger.record(self.original)
        if original is None or list(self.steps) != _undoable(original, self.intent.id):
            return Staging(None, lambda revision: None)
        self._require_newest(ledger)
        record = Record(
            intent=self.intent.id,
            digest=self.intent.digest,
            generation=self.intent.generation,
            order=self.intent.order,
            plan=original.plan,
            undoes=self.original,
            steps=tuple(self._enter(ledger, *each) for each in zip(self.steps, self.found, strict=True)),
        )
        ledger.write_record(original.model_copy(update={"undone_by": self.intent.id}))
        ledger.write_record(record)
        return Staging(message(self.interface.target, self.intent, record), lambda revision: record)

    def _require_newest(self, ledger: Ledger) -> None:
        newer: set[str] = set()
        for step in self.steps:
            heads = ledger.heads(self.interface.read_wish(step.step, step.content))
            newer |= {head.intent for head in heads.touched(step.after)}
        newer -= {self.original, self.intent.id}
        if newer:
            raise Declined(
                DeclineReason.CONFLICT,
                f"nothing was undone: newer intents have changed the same things since: {', '.join(sorted(newer))}",
                "Should those be undone first?",
            )

    def _enter(self, ledger: Ledger, step: StepEntry, found: Pieces) -> StepEntry:
        if step.undo.get("restore") == "nothing":
            raise Declined(DeclineReason.INFEASIBLE, f"{step.step} cannot be undone: {step.undo.get('why', '')}")
        there = dict(found)
        if any(there.get(key) not in _allowed(step, key) for key in step.after):
            raise Declined(
                DeclineReason.CONFLICT,
                f"nothing was undone: what {step.step} set was changed by hand since",
                "What should it be? Send that as an intent.",
            )
        wish = self.interface.read_wish(step.step, step.content)
        heads = ledger.heads(wish)
        before = {key: there.get(key) for key in step.after}
        is_unchanged = before == step.before
        new = {
            key: Head(
                order=max(self.intent.order, heads.names[key].order) if key in heads.names else self.intent.order,
                intent=self.intent.id,
                before=before[key],
                after=step.before[key],
                phase="done" if is_unchanged else "pending",
            )
            for key in step.after
        }
        ledger.write_heads(wish, Heads(names=heads.names | new, deletion=heads.deletion))
        return StepEntry(
            step=f"undo {step.step}",
            content=step.content,
            outcome="unchanged" if is_unchanged else "pending",
            before=before,
            after=step.before,
            previous={key: heads.names[key] for key in step.after if key in heads.names},
        )


def _undoable(record: Record, by: str) -> list[StepEntry]:
    """The steps that may have an effect still, last first."""
    if record.undone_by not in (None, by):
        return []
    return [step for step in reversed(record.steps) if step.is_undoable]


def _allowed(step: StepEntry, key: str) -> tuple[object, ...]:
    """What may be there: what the step set; where it is not known to be done, also what was there before it."""
    return (step.after[key], step.before[key]) if step.outcome == "pending" else (step.after[key],)
