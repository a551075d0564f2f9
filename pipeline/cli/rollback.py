"""`nephoran rollback`: restores what an intent has changed, as a separate intent."""

import asyncio
from typing import TYPE_CHECKING

import typer

from pipeline.cli.decisions import UNVERIFIED, Comment, IntentName, Timeout, Wait, Yes, ends_as
from pipeline.cli.exits import FAILED, say, stop_with
from pipeline.cli.options import AsJson
from pipeline.cli.printing import print_json, tell
from schemas.status import State

if TYPE_CHECKING:
    from pipeline.settings import Settings
    from schemas.envelope import Intent


def rollback(
    name: IntentName,
    comment: Comment = "",
    yes: Yes = False,
    wait: Wait = False,
    timeout: Timeout = 120.0,
    as_json: AsJson = False,
) -> None:
    """Restore what an intent has changed.

    What was there before was recorded; nothing is guessed. Where newer intents have changed the same things since, the
    rollback is declined (conflict) and names them. The intent stays deployed in the books, and is marked rolled_back.
    """
    from pipeline.cli.session import begin
    from pipeline.cli.status_lines import status_line
    from pipeline.operations.roll_back import find_carried_out, intent_of

    settings = begin()
    status = asyncio.run(find_carried_out(settings, name))
    if not yes:
        say(status_line(status))
        if status.text:
            say(f"         {status.text!r}")
        if not typer.confirm("restore what it has changed?", err=True):
            stop_with(FAILED, "nothing was requested")
    if not asyncio.run(_roll_back(settings, intent_of(status), comment, timeout if wait else None, as_json)):
        raise typer.Exit(FAILED)


async def _roll_back(
    settings: "Settings", original: "Intent", comment: str, wait_seconds: float | None, as_json: bool
) -> bool:
    from pipeline.operations.follow_intents import waiting_for

    if wait_seconds is None:
        await _ask(settings, original, comment, as_json)
        return True
    async with waiting_for(settings, [original.rollback().id]) as waiting:
        await _ask(settings, original, comment, as_json)
        return await ends_as(State.DEPLOYED, waiting, wait_seconds, as_json)


async def _ask(settings: "Settings", original: "Intent", comment: str, as_json: bool) -> None:
    from pipeline.operations.roll_back import roll_back

    asked = await roll_back(settings, original, comment)
    say(UNVERIFIED.format(by=asked.decided_by))
    if as_json:
        ids = {"intent_id": original.rollback().id, "rolls_back": original.id}
        print_json({**ids, **asked.model_dump(mode="json")}, is_one_of_many=True)
    else:
        tell(f"rollback of intent {original.id} published, as intent {original.rollback().id}")
