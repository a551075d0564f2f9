"""What keeps workers from working although everything answers: pauses, open circuits, another signing key."""

import asyncio
from collections.abc import Iterator

from pipeline.control.control_topic import ControlTopic
from pipeline.kafka.not_usable import NotPossible
from pipeline.operations.finding import Finding
from pipeline.operations.orders import require_obeyed
from pipeline.settings import Settings


async def findings_of_workers(settings: Settings, control: ControlTopic) -> list[Finding]:
    """Those of the control topic, and whether the workers that live now accept our key."""
    return [*_of_circuits(control), *_of_pauses(control), await _of_keys(settings)]


def _of_circuits(control: ControlTopic) -> Iterator[Finding]:
    opened = [each for each in control.circuit_standings() if each.opened_by]
    for each in opened:
        since = f" since {each.since:%Y-%m-%d %H:%M:%S} UTC" if each.since else ""
        why = f": {each.why}" if each.why else ""
        yield Finding(
            f"circuit {each.endpoint}",
            "wrong",
            f"open{since}, by {', '.join(each.opened_by)}{why}. What needs it waits, and is a dead "
            f"letter after an hour: mend it, then `nephoran circuit close {each.endpoint}` "
            "(docs/runbooks/CircuitOpen.md)",
        )
    if not opened:
        yield Finding("circuits", "ok", "none is open: no endpoint is left alone")


def _of_pauses(control: ControlTopic) -> Iterator[Finding]:
    for order in control.paused():
        why = f": {order.why}" if order.why else ""
        yield Finding(
            f"stage {order.stage}",
            "note",
            f"paused since {order.at:%Y-%m-%d %H:%M:%S} UTC by {order.by}{why}; it goes on after `nephoran resume "
            f"{order.stage}`",
        )


async def _of_keys(settings: Settings) -> Finding:
    what = "signing key of the workers"
    try:
        await asyncio.to_thread(require_obeyed, settings)
    except NotPossible as fault:
        return Finding(what, "wrong", str(fault))
    return Finding(what, "ok", "no worker at work is without this machine's key")
