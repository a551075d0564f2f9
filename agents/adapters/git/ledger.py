"""The ledger: who last changed what, so that no redelivered or replayed intent is done twice or undoes a newer one.

Two kinds of entries, both in the commit that makes the change. For each object, the head of every target name, of its
existence and of its last deletion. For each intent, the bytes it was carried out for, what became of its steps and what
undoing them takes. They lie outside the packages, so that deleting an object does not forget who deleted it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeVar

from pydantic import ValidationError, field_serializer, field_validator

from agents.adapters.git.files import Staged
from agents.adapters.git.nephio_steps import Wish
from agents.adapters.git.target_values import Held
from agents.domain.conclusion import Conclusion, conclusion_of
from agents.domain.verdicts import Failed
from schemas.body import Body
from schemas.envelope import Order
from schemas.intent import Action

FOLDER = ".nephoran"
SUFFIX = ".ledger"
"""JSON under a name that nobody takes for a resource: Config Sync and Argo CD parse every .json and .yaml they find."""
_SUFFIX_BEFORE = ".json"
"""What older versions called it: read on, and moved when it is written."""
Outcome = Literal["done", "unchanged", "superseded"]
_B = TypeVar("_B", bound=Body)


class Entry(Body):
    """The last change of one thing. `before` and `after` are what was held; existence is held as `exists`."""

    order: Order
    intent: str
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    phase: Literal["done"] = "done"

    @field_validator("order", mode="before")
    @classmethod
    def _parse(cls, order: object) -> object:
        return Order.parse(order) if isinstance(order, str) else order

    @field_serializer("order")
    def _write(self, order: Order) -> str:
        return str(order)


class ObjectLedger(Body):
    """The heads of one object at one site. `deletion` stays when the object is created again, and so does `revision`,
    the number of its package's newest one."""

    existence: Entry | None = None
    deletion: Entry | None = None
    names: dict[str, Entry] = {}
    revision: int | None = None

    def heads(self, wish: Wish) -> Iterator[Entry]:
        """The heads that this wish touches: a deletion touches everything, everything touches the last deletion."""
        touched: list[Entry | None] = [self.deletion]
        if wish.action in (Action.DEPLOY, Action.DELETE):
            touched.append(self.existence)
        touched += self.names.values() if wish.action is Action.DELETE else map(self.names.get, wish.names)
        return (entry for entry in touched if entry is not None)

    def newer_than(self, order: Order, wish: Wish) -> Entry | None:
        """The newest head touched by the wish that is newer than `order`, or None."""
        return max((head for head in self.heads(wish) if head.order > order), key=lambda head: head.order, default=None)


class StepRecord(Body):
    """What became of one step. `found` is what people had changed before it; `files` is what its deletion removed."""

    step: str
    site: str
    object: str
    type: str
    action: Action
    outcome: Outcome
    existed: bool
    before: dict[str, Held] = {}
    after: dict[str, Held] = {}
    found: dict[str, Held] = {}
    files: dict[str, str] = {}


class IntentRecord(Body):
    """That an intent was carried out, for which bytes, everything its undoing takes, and what became of it since.

    `revisions` are those of packages that it made: `tokyo-1/amf/v3`.
    """

    intent: str
    digest: str
    generation: int
    order: str
    plan: str
    steps: tuple[StepRecord, ...]
    revisions: tuple[str, ...] = ()
    conclusion: Conclusion | None = None
    undone_by: str | None = None

    @property
    def is_unchanged(self) -> bool:
        """True where the world already was as wished."""
        return all(step.outcome == "unchanged" for step in self.steps)

    @property
    def ended(self) -> Conclusion | None:
        """How it ended, None where nobody has said so yet."""
        if self.undone_by is None:
            return self.conclusion
        return conclusion_of(Failed("undone", f"it was undone by intent {self.undone_by}"))


def without_ledger(changes: Mapping[str, bytes | None]) -> dict[str, bytes | None]:
    """The changes of packages among these."""
    return {path: content for path, content in changes.items() if not path.startswith(f"{FOLDER}/")}


def object_path(wish: Wish) -> str:
    """Where the heads of the wish's object lie."""
    return f"{FOLDER}/ledger/{wish.site}/{wish.object.slug}{SUFFIX}"


def intent_path(intent_id: str) -> str:
    """Where an intent's record lies: fanned out by twice two digits, for Git rewrites whole folders on every change. Of
    500,000 intents those of two digits alone would be 140 KB of names."""
    return f"{FOLDER}/intents/{intent_id[:2]}/{intent_id[2:4]}/{intent_id}{SUFFIX}"


def read_object(files: Staged, wish: Wish) -> ObjectLedger:
    """The heads of the wish's object. Raises: Failed `ledger_unreadable`."""
    return _read(files, object_path(wish), ObjectLedger) or ObjectLedger()


def read_intent(files: Staged, intent_id: str) -> IntentRecord | None:
    """The intent's record, or None where it was never carried out. Raises: Failed `ledger_unreadable`."""
    return _read(files, intent_path(intent_id), IntentRecord)


def newest_head(files: Staged, wish: Wish) -> str | None:
    """The intent that last changed what the wish touches. Raises: Failed `ledger_unreadable`."""
    heads = list(read_object(files, wish).heads(wish))
    return max(heads, key=lambda head: head.order).intent if heads else None


def write_object(files: Staged, wish: Wish, ledger: ObjectLedger) -> None:
    """Stages the heads of the wish's object."""
    _write(files, object_path(wish), ledger)


def write_intent(files: Staged, record: IntentRecord) -> None:
    """Stages the intent's record."""
    _write(files, intent_path(record.intent), record)


def _write(files: Staged, path: str, body: Body) -> None:
    files.write(path, body.model_dump_json(indent=1, exclude_none=True).encode() + b"\n")
    for before in _paths_before(path):
        if files.read(before) is not None:
            files.remove(before)


def _paths_before(path: str) -> Iterator[str]:
    """Where older versions kept it, the newest first."""
    bare = path.removesuffix(SUFFIX)
    if bare.startswith(f"{FOLDER}/intents/"):
        first, _, name = bare.removeprefix(f"{FOLDER}/intents/").split("/")
        bare = f"{FOLDER}/intents/{first}/{name}"
        yield bare + SUFFIX
    yield bare + _SUFFIX_BEFORE


def _read(files: Staged, path: str, body: type[_B]) -> _B | None:
    for place in (path, *_paths_before(path)):
        if (content := files.read(place)) is not None:
            return _parsed(content, place, body)
    return None


def _parsed(content: bytes, path: str, body: type[_B]) -> _B:
    try:
        return body.model_validate_json(content)
    except ValidationError as fault:
        raise Failed(
            "ledger_unreadable",
            f"{path} in the deployment repository cannot be read, so it is not known what was done before: restore "
            f"it from an earlier commit (git log -- {path}), then replay this intent",
        ) from fault
