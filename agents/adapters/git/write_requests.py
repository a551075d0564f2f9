"""Requests to the writer: plans to carry out, intents to undo, and ledger entries of other targets."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, TypeVar

from agents.adapters.git.apply_plan import Work, carry_out, find_record
from agents.adapters.git.blueprints import Blueprints, NoBlueprints
from agents.adapters.git.commit_messages import ID_TRAILER, REQUEST, commit_message
from agents.adapters.git.files import Staged
from agents.adapters.git.ledger import newest_head, write_intent
from agents.adapters.git.nephio_steps import read_wishes
from agents.adapters.git.revisions import Newest, revised
from agents.adapters.git.site_watches import NoSites, Sites, unobserved, watches_of
from agents.adapters.git.target_values import Check
from agents.adapters.git.undo import undo
from agents.domain.conclusion import Conclusion
from agents.domain.ports import Carried
from schemas.bodies import DraftBranch, IntentDeployed, IntentPlanned, StepResult
from schemas.envelope import Intent
from schemas.intent import Expectation

AnswerT = TypeVar("AnswerT", covariant=True)


@dataclass(frozen=True)
class Rules:
    """What every change obeys: the guardrails, and the Kubernetes namespace of what is written.

    `newest` is where revisions of packages count from; None where they are not counted.
    """

    check: Check
    namespace: str
    sites: Sites = field(default_factory=NoSites)
    blueprints: Blueprints = field(default_factory=NoBlueprints)
    newest: Newest | None = None


@dataclass(frozen=True)
class Staging(Generic[AnswerT]):
    """The changes that a request made to the files. `message` None means that there is nothing to commit.

    `answer` makes the answer of the revision: the commit made, else the newest whose message has `trailer`. That commit
    gets the tags of these `revisions`, and merges `draft` where it makes the same change.
    """

    message: str | None
    answer: Callable[[str | None], AnswerT]
    trailer: str | None = None
    revisions: tuple[str, ...] = ()
    draft: DraftBranch | None = None


class Request(Protocol[AnswerT]):
    """One change, with the intent that wants it."""

    @property
    def intent(self) -> Intent:
        """Who it is done for."""

    def stage(self, files: Staged, rules: Rules) -> Staging[AnswerT]:
        """Stages the change. Raises: Declined, Failed, Rejected, Retryable."""


@dataclass(frozen=True)
class CarryOut:
    """A plan to carry out. `draft` is its branch where that still holds what was proposed."""

    intent: Intent
    planned: IntentPlanned
    draft: DraftBranch | None = None

    def stage(self, files: Staged, rules: Rules) -> Staging[Carried]:
        """See `carrying`. The message says why: the request."""
        work = carry_out(files, self.intent, self.planned, rules.check, rules.namespace, rules.blueprints)
        work = revised(files, work, rules.newest)
        message = commit_message(self.intent, f"{REQUEST}{self.planned.text}", work.record)
        return replace(_staging(files, rules, work, message, self.planned.expectations), draft=self.draft)


@dataclass(frozen=True)
class Undo:
    """An intent to roll back, on behalf of another one."""

    intent: Intent
    original: str

    def stage(self, files: Staged, rules: Rules) -> Staging[Carried]:
        """See `undoing`. The message says why: the intent that is undone; what is put back is in the results."""
        work = revised(files, undo(files, self.intent, self.original, rules.namespace), rules.newest)
        message = commit_message(self.intent, f"Undoes intent {self.original}", work.record)
        return _staging(files, rules, work, message, ())


@dataclass(frozen=True)
class Conclude:
    """How the watching of an intent ended, to be recorded."""

    intent: Intent
    end: Conclusion

    def stage(self, files: Staged, rules: Rules) -> Staging[Conclusion]:
        """The first conclusion holds. Raises: Failed, Rejected."""
        record = find_record(files, self.intent)
        if record is None or record.ended is not None:
            holds = self.end if record is None or record.ended is None else record.ended
            return Staging(message=None, answer=lambda revision: holds)
        write_intent(files, record.model_copy(update={"conclusion": self.end}))
        message = f"{self.end.state}: {self.end.message or 'all is in force'}\n\nObserved-Intent-Id: {self.intent.id}\n"
        return Staging(message, lambda revision: self.end)


@dataclass(frozen=True)
class Preview:
    """A plan to try on the files, and to forget. What was carried out before is so, whatever became of it since."""

    intent: Intent
    planned: IntentPlanned

    def stage(self, files: Staged, rules: Rules) -> Staging[tuple[StepResult, ...]]:
        """See `carrying`; nothing is committed."""
        heads = [newest_head(files, wish) for _, wish in read_wishes(self.planned)]
        done = find_record(files, self.intent)
        work = (
            Work(done, is_repeated=True)
            if done
            else carry_out(files, self.intent, self.planned, rules.check, rules.namespace, rules.blueprints)
        )
        results = tuple(
            result.model_copy(update={"head": head}) for result, head in zip(work.results, heads, strict=True)
        )
        return Staging(message=None, answer=lambda revision: results)


def _staging(
    files: Staged, rules: Rules, work: Work, message: str, expectations: tuple[Expectation, ...]
) -> Staging[Carried]:
    is_over = work.record.conclusion is not None
    watches = () if is_over else tuple(watches_of(files, work.record, rules.sites, rules.namespace))
    deployed = IntentDeployed(
        expectations=expectations, results=work.results, remarks=unobserved(work.record, rules.sites)
    )
    return Staging(
        message=None if work.is_repeated else message,
        answer=lambda revision: Carried(
            deployed.model_copy(update={"revision": revision}), is_unchanged=work.record.is_unchanged, watches=watches
        ),
        trailer=f"{ID_TRAILER}: {work.record.intent}\nIntent-Order: {work.record.order}",
        revisions=work.record.revisions,
    )
