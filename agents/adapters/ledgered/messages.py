"""Messages of the commits that carry ledger entries: the one that ends an intent's work has the trailer `Intent-Id`."""

from agents.adapters.git.commit_messages import ID_TRAILER
from agents.adapters.ledgered.records import Record
from schemas.bodies import StepTarget
from schemas.envelope import Intent


def trailer(interface: StepTarget, intent_id: str) -> str:
    """What the commit that ended the intent's work on this interface is found by."""
    return f"{ID_TRAILER}: {intent_id}\nInterface: {interface}"


def message(interface: StepTarget, intent: Intent, record: Record) -> str:
    """One line a step, and whether it is only intended so far."""
    first = record.steps[0].step if record.steps else "nothing to do"
    more = f", and {len(record.steps) - 1} more" if len(record.steps) > 1 else ""
    name = f"Pending-{ID_TRAILER}" if record.is_pending else ID_TRAILER
    lines = [f"{interface}: {first}{more}", "", *(f"- {step.step}: {step.outcome}" for step in record.steps), ""]
    return "\n".join([*lines, f"{name}: {intent.id}", f"Interface: {interface}", f"Intent-Order: {intent.order}", ""])
