"""Commit messages: what was done, why, and the trailers that machines find it by."""

from agents.adapters.git.ledger import IntentRecord, StepRecord
from agents.adapters.git.target_values import Held
from schemas.envelope import Intent
from schemas.intent import Action

ID_TRAILER = "Intent-Id"
DRAFT_TRAILER = f"Draft-{ID_TRAILER}"
REVISION_TRAILER = "Package-Revision"
REQUEST = "Request: "
_SUBJECT_CHARACTERS = 100
_REQUEST_CHARACTERS = 300


def commit_message(intent: Intent, why: str, record: IntentRecord) -> str:
    """Subject, the first line of why, one line a step, trailers."""
    lines = [_subject(record), "", _first_line(why), ""]
    lines += [f"- {_describe(step)}" for step in record.steps]
    lines += ["", f"{ID_TRAILER}: {intent.id}", f"Intent-Order: {intent.order}"]
    lines += [f"Intent-Generation: {intent.generation}"]
    lines += [f"{REVISION_TRAILER}: {revision}" for revision in record.revisions]
    return "\n".join([*lines, ""])


def draft_message(intent: Intent, why: str, record: IntentRecord) -> str:
    """The same of a draft, which is not carried out and whose intent has no order yet."""
    lines = [_subject(record), "", _first_line(why), "", *(f"- {_describe(step)}" for step in record.steps), ""]
    return "\n".join([*lines, f"{DRAFT_TRAILER}: {intent.id}", f"Plan: {record.plan}", ""])


def _subject(record: IntentRecord) -> str:
    if not record.steps:
        return "nothing to undo"
    first = next((step for step in record.steps if step.outcome == "done"), record.steps[0])
    more = len(record.steps) - 1
    text = _describe(first) + (f", and {more} more" if more else "")
    return text if len(text) <= _SUBJECT_CHARACTERS else text[: _SUBJECT_CHARACTERS - 1] + "…"


def _describe(step: StepRecord) -> str:
    what = f"{step.action} {step.object} at {step.site}"
    if step.outcome == "superseded":
        return f"{what}: skipped, a newer intent holds"
    if step.outcome == "unchanged":
        return f"{what}: unchanged, already absent" if step.action is Action.DELETE else f"{what}: unchanged"
    if not step.existed:
        what = f"{what} (new)"
    changes = "; ".join(_change(step, name) for name in step.after if step.before.get(name) != step.after[name])
    by_people = f" (people had changed {', '.join(step.found)})" if step.found else ""
    return f"{what}: {changes}{by_people}" if changes else f"{what}{by_people}"


def _change(step: StepRecord, name: str) -> str:
    before = step.before.get(name, Held())
    return f"{name} {step.after[name]}" if before == Held() else f"{name} {before} → {step.after[name]}"


def _first_line(text: str) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    printable = "".join(character if character.isprintable() else " " for character in line)
    return printable if len(printable) <= _REQUEST_CHARACTERS else printable[: _REQUEST_CHARACTERS - 1] + "…"
