"""`pending` → what became of it. A worker that was overtaken meanwhile must restore the newer wish first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic

from agents.adapters.git.files import Staged
from agents.adapters.git.write_requests import Rules, Staging
from agents.adapters.ledgered.interface import Interface, Piece, WishT
from agents.adapters.ledgered.messages import message, trailer
from agents.adapters.ledgered.records import Heads, Ledger, Record, StepEntry, pieces_of
from agents.domain.conclusion import Conclusion
from agents.domain.verdicts import Fatal
from schemas.envelope import Intent

Lost = Mapping[int, Mapping[str, Piece]]
"""By the place of a step: what newer intents want under its keys."""


@dataclass(frozen=True)
class Seen:
    """What the ledger says of an intent: its record, the pieces lost to newer ones, the heads of some objects."""

    record: Record | None
    lost: Lost
    heads: tuple[Heads, ...]


@dataclass(frozen=True)
class Look(Generic[WishT]):
    """Reads the ledger and commits nothing."""

    interface: Interface[WishT]
    intent: Intent
    wishes: tuple[WishT, ...] = ()

    def stage(self, files: Staged, rules: Rules) -> Staging[Seen]:
        """Raises: Failed, Rejected."""
        ledger = Ledger(files, self.interface.target)
        record = ledger.record_of(self.intent)
        lost = lost_of(self.interface, ledger, record) if record else {}
        seen = Seen(record, lost, tuple(ledger.heads(wish) for wish in self.wishes))
        return Staging(None, lambda revision: seen)


@dataclass(frozen=True)
class Finish(Generic[WishT]):
    """Ends what is pending: done, but for the step at `refused` and those after it, which were not.

    Answers the record, with the pieces lost to newer intents where those are not the ones `put_back` already. Where
    nothing was done the intent is forgotten, so that it may be tried again.
    """

    interface: Interface[WishT]
    intent: Intent
    put_back: Lost
    refused: int | None = None
    refusal: str | None = None

    def stage(self, files: Staged, rules: Rules) -> Staging[tuple[Record, Lost, str | None]]:
        """Raises: Failed, Rejected."""
        ledger = Ledger(files, self.interface.target)
        record = ledger.record_of(self.intent)
        if record is None:
            raise Fatal(f"the ledger has lost intent {self.intent.id}: was the history of its branch rewritten?")
        lost = lost_of(self.interface, ledger, record)
        ends = trailer(self.interface.target, self.intent.id)
        if not record.is_pending or lost != self.put_back:
            return Staging(None, lambda revision: (record, lost, revision), ends)
        steps = tuple(self._end(ledger, at, step, lost.get(at, {})) for at, step in enumerate(record.steps))
        ended = record.model_copy(update={"steps": steps, "refusal": self.refusal})
        if self.refused is not None and all(step.outcome in ("refused", "unchanged") for step in steps):
            ledger.forget(record)
        else:
            ledger.write_record(ended)
        original = ledger.record(record.undoes) if record.undoes and self.refused is not None else None
        if original is not None:
            ledger.write_record(original.model_copy(update={"undone_by": None}))
        return Staging(message(self.interface.target, self.intent, ended), lambda revision: (ended, {}, revision), ends)

    def _end(self, ledger: Ledger, at: int, step: StepEntry, lost: Mapping[str, Piece]) -> StepEntry:
        if step.outcome != "pending":
            return step
        wish = self.interface.read_wish(step.step, step.content)
        heads = ledger.heads(wish)
        mine = [key for key in step.after if key not in lost]
        if self.refused is not None and at >= self.refused:
            kept = {key: head for key, head in heads.names.items() if key not in mine}
            restored = kept | {key: step.previous[key] for key in mine if key in step.previous}
            ledger.write_heads(wish, heads.model_copy(update={"names": restored}))
            return step.model_copy(update={"outcome": "refused"})
        done = {key: heads.names[key].model_copy(update={"phase": "done"}) for key in mine}
        ledger.write_heads(wish, heads.model_copy(update={"names": heads.names | done}))
        return step.model_copy(update={"outcome": "done" if mine or not step.after else "superseded"})


@dataclass(frozen=True)
class Conclude(Generic[WishT]):
    """How the waiting ended. Answers how it has ended, for the first end holds."""

    interface: Interface[WishT]
    intent: Intent
    end: Conclusion

    def stage(self, files: Staged, rules: Rules) -> Staging[Conclusion]:
        """Raises: Failed, Rejected."""
        ledger = Ledger(files, self.interface.target)
        record = ledger.record_of(self.intent)
        if record is None or record.ended is not None:
            holds = self.end if record is None or record.ended is None else record.ended
            return Staging(None, lambda revision: holds)
        ledger.write_record(record.model_copy(update={"conclusion": self.end}))
        said = f"{self.interface.target}: {self.end.state}: {self.end.message or 'all is in force'}"
        return Staging(f"{said}\n\nObserved-Intent-Id: {self.intent.id}\n", lambda revision: self.end)


def lost_of(interface: Interface[WishT], ledger: Ledger, record: Record) -> Lost:
    """What newer intents want under the keys of pending steps."""
    lost = {
        at: pieces_of(ledger.heads(interface.read_wish(step.step, step.content)), step.after, record.intent)
        for at, step in enumerate(record.steps)
        if step.outcome == "pending"
    }
    return {at: pieces for at, pieces in lost.items() if pieces}
