"""What the writer is asked for: plans to carry out, and intents to undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from agents.adapters.git.carrying import Work, carry_out
from agents.adapters.git.files import Staged
from agents.adapters.git.ledger import IntentRecord
from agents.adapters.git.messages import commit_message
from agents.adapters.git.undoing import undo
from agents.adapters.git.values import Check
from schemas.bodies import IntentPlanned
from schemas.envelope import Intent
from schemas.intent import Expectation


@dataclass(frozen=True)
class Rules:
    """What every change obeys: the guardrails, and the Kubernetes namespace of what is written."""

    check: Check
    namespace: str


class Request(Protocol):
    """One change, with the intent that wants it."""

    @property
    def intent(self) -> Intent:
        """Who it is done for."""

    @property
    def expectations(self) -> Sequence[Expectation]:
        """What the deployed fact repeats of the request."""

    def stage(self, files: Staged, rules: Rules) -> Work:
        """Stages the change. Raises: Declined, Failed, Rejected."""

    def message(self, record: IntentRecord) -> str:
        """The commit message."""


@dataclass(frozen=True)
class CarryOut:
    """A plan to carry out."""

    intent: Intent
    planned: IntentPlanned

    @property
    def expectations(self) -> Sequence[Expectation]:
        """Those of the plan."""
        return self.planned.expectations

    def stage(self, files: Staged, rules: Rules) -> Work:
        """See `carrying`."""
        return carry_out(files, self.intent, self.planned, rules.check, rules.namespace)

    def message(self, record: IntentRecord) -> str:
        """Why: the request."""
        return commit_message(self.intent, f"Request: {self.planned.text}", record)


@dataclass(frozen=True)
class Undo:
    """An intent to take back, on behalf of another one."""

    intent: Intent
    original: str

    @property
    def expectations(self) -> Sequence[Expectation]:
        """None: what is put back is in the results."""
        return ()

    def stage(self, files: Staged, rules: Rules) -> Work:
        """See `undoing`."""
        return undo(files, self.intent, self.original, rules.namespace)

    def message(self, record: IntentRecord) -> str:
        """Why: the intent that is undone."""
        return commit_message(self.intent, f"Undoes intent {self.original}", record)
