"""Where intents stand, in lines for people that fit on a terminal of 80 columns and on narrower ones."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pipeline.cli.printing import one_line, print_json, printable, table, tell
from schemas.status import IntentStatus, State

if TYPE_CHECKING:
    from rich.table import Table

    from schemas.control import LossReport, StageOrder


def books_line(books: Mapping[str, int], dry_runs: int = 0) -> str:
    """The books, which balance: what was received is the sum of the others. Dry runs are counted apart."""
    others = [f"{count} {name.replace('_', ' ')}" for name, count in books.items() if name != "received"]
    apart = f"; apart from these, {dry_runs} dry run{'s' * (dry_runs != 1)}" if dry_runs else ""
    return f"{books['received']} received: {', '.join(others)}{apart}"


def pause_line(order: "StageOrder") -> str:
    """That a stage is paused, by whom and why, and what ends it."""
    why = f": {one_line(order.why)}" if order.why else ""
    since = f"{order.at.astimezone():%m-%d %H:%M:%S}"
    return f"{order.stage} is paused since {since} by {order.by}{why} (nephoran resume {order.stage} ends it)"


def loss_line(loss: "LossReport") -> str:
    """What Kafka lost, when that was noticed, and by which stage."""
    return f"{loss.stage}: {one_line(loss.why)} (noticed at {loss.at.astimezone():%m-%d %H:%M:%S})"


def table_of(statuses: Iterable[IntentStatus]) -> "Table":
    """Intents with where they stand, two lines each, so that ids stay whole."""
    made = table("changed", "intent")
    for each in statuses:
        why = f" ({each.reason})" if each.reason else ""
        text = f"\n{one_line(each.text)}" if each.text else ""
        made.add_row(f"{each.at.astimezone():%m-%d %H:%M:%S}", f"{each.intent_id} {each.state}{why}{text}")
    return made


def status_line(status: IntentStatus) -> str:
    """What happened, why, and what to do next."""
    line = f"{status.at.astimezone():%H:%M:%S} {status.intent_id} {status.state}"
    if status.reason:
        line += f" ({status.reason})"
    if status.latency_seconds is not None:
        line += f" after {status.latency_seconds:.2f} s"
    return "\n".join([line, *(f"         {advice}" for advice in advice_on(status))])


def advice_on(status: IntentStatus) -> list[str]:
    """The message, the question, and the command to run next."""
    lines = [status.message or "", status.question or ""]
    if status.state == State.PROPOSED:
        lines.append(f"decide with: nephoran approve {status.intent_id}, or nephoran decline {status.intent_id}")
    if status.state == State.DEAD_LETTERED:
        lines.append(f"see: nephoran dead-letters show {status.intent_id}")
    if status.revision:
        lines.append(f"revision {status.revision}")
    return [printable(line) for line in lines if line]


def status_fields(status: IntentStatus) -> dict[str, Any]:
    """A status as JSON, with the book it counts in."""
    return {**status.model_dump(mode="json"), "book": status.book}


def print_status(status: IntentStatus, as_json: bool) -> None:
    """Print one change of state."""
    if as_json:
        print_json(status_fields(status), is_one_of_many=True)
    else:
        tell(status_line(status))
