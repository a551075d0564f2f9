"""The ledger of an interface: heads by object, records by intent, as files of the deployment repository."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, PlainSerializer, ValidationError

from agents.adapters.git.files import Staged
from agents.adapters.git.ledger import FOLDER, SUFFIX
from agents.adapters.git.nephio_steps import Wish
from agents.adapters.ledgered.interface import Piece
from agents.domain.conclusion import Conclusion, conclusion_of
from agents.domain.verdicts import Failed, Rejected
from schemas.bodies import StepTarget
from schemas.body import Body
from schemas.envelope import Intent, Order

OrderText = Annotated[
    Order,
    BeforeValidator(lambda order: Order.parse(order) if isinstance(order, str) else order),
    PlainSerializer(str),
]
_B = TypeVar("_B", bound=Body)


class Head(Body):
    """Who last changed one thing. `pending`: the change was decided on, and may or may not be done."""

    order: OrderText
    intent: str
    before: Piece
    after: Piece
    phase: Literal["pending", "done"] = "pending"


class Heads(Body):
    """The heads of one object by key. `deletion` is the last one of the whole object, which everything touches."""

    names: dict[str, Head] = {}
    deletion: Head | None = None

    def touched(self, keys: Iterable[str]) -> list[Head]:
        """The heads that a change under these keys has to respect."""
        heads = [self.names[key] for key in keys if key in self.names]
        return [*heads, self.deletion] if self.deletion else heads


class StepEntry(Body):
    """What became of one step. `previous` are the heads that come back where it is refused."""

    step: str
    content: dict[str, Any]
    undo: dict[str, Any] = {}
    outcome: Literal["pending", "done", "unchanged", "superseded", "refused"]
    before: dict[str, Piece]
    after: dict[str, Piece]
    previous: dict[str, Head] = {}

    @property
    def is_undoable(self) -> bool:
        """True where it may have had an effect that nobody has taken back."""
        return self.outcome in ("done", "pending")


class Record(Body):
    """That an intent was carried out here, for which bytes, and everything that resuming and undoing take.

    `undoes` is the intent that this one takes back, `undone_by` the one that took it back, `refusal` why the interface
    refused some of it for good.
    """

    intent: str
    digest: str
    generation: int
    order: OrderText
    plan: str
    steps: tuple[StepEntry, ...]
    undoes: str | None = None
    undone_by: str | None = None
    refusal: str | None = None
    conclusion: Conclusion | None = None

    @property
    def ended(self) -> Conclusion | None:
        """How its waiting ended, where it has; what was taken back has failed."""
        if self.undone_by is not None:
            return conclusion_of(Failed("undone", f"it was undone by intent {self.undone_by}"))
        if self.refusal is not None:
            return conclusion_of(Failed("partly_done", self.refusal))
        return self.conclusion

    @property
    def is_pending(self) -> bool:
        """True where something may still have to be done."""
        return any(step.outcome == "pending" for step in self.steps)

    @property
    def is_unchanged(self) -> bool:
        """True where the world already was as wished."""
        return all(step.outcome == "unchanged" for step in self.steps)


class Ledger:
    """The ledger of one interface in some files."""

    def __init__(self, files: Staged, interface: StepTarget) -> None:
        self._files = files
        self._folder = f"{FOLDER}/{interface}"

    def heads(self, wish: Wish) -> Heads:
        """The heads of the wish's object. Raises: Failed `ledger_unreadable`."""
        return self._read(self._place_of(wish), Heads) or Heads()

    def record(self, intent_id: str) -> Record | None:
        """The intent's record, None where it was never begun here. Raises: Failed `ledger_unreadable`."""
        return self._read(self._place_of_record(intent_id), Record)

    def record_of(self, intent: Intent) -> Record | None:
        """The same. Raises: Rejected `id_reused` where it is for other bytes."""
        record = self.record(intent.id)
        if record is not None and record.digest != intent.digest:
            raise Rejected(
                "id_reused",
                f"intent {intent.id} was carried out before for other bytes (SHA-256 {record.digest[:12]}…, these are "
                f"{intent.digest[:12]}…): give the new request its own id",
            )
        return record

    def write_heads(self, wish: Wish, heads: Heads) -> None:
        """Stages them."""
        self._write(self._place_of(wish), heads)

    def write_record(self, record: Record) -> None:
        """Stages it."""
        self._write(self._place_of_record(record.intent), record)

    def forget(self, record: Record) -> None:
        """Stages that the intent was never begun."""
        self._files.remove(self._place_of_record(record.intent))

    def _place_of(self, wish: Wish) -> str:
        return f"{self._folder}/objects/{wish.site}/{wish.object.slug}{SUFFIX}"

    def _place_of_record(self, intent_id: str) -> str:
        return f"{self._folder}/intents/{intent_id[:2]}/{intent_id[2:4]}/{intent_id}{SUFFIX}"

    def _write(self, path: str, body: Body) -> None:
        self._files.write(path, body.model_dump_json(indent=1).encode() + b"\n")

    def _read(self, path: str, body: type[_B]) -> _B | None:
        content = self._files.read(path)
        if content is None:
            return None
        try:
            return body.model_validate_json(content)
        except ValidationError as fault:
            raise Failed(
                "ledger_unreadable",
                f"{path} in the deployment repository cannot be read, so it is not known what was done before: "
                f"restore it from an earlier commit (git log -- {path}), then replay this intent",
            ) from fault


def pieces_of(heads: Heads, keys: Mapping[str, Piece], intent_id: str) -> dict[str, Piece]:
    """What newer intents want under these keys instead of `intent_id`."""
    return {key: heads.names[key].after for key in keys if key in heads.names and heads.names[key].intent != intent_id}
