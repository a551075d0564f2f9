"""`nephoran submit`: publishes intents, and follows them to the end if asked to."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from pipeline.cli.exits import FAILED, say, stop_with
from pipeline.cli.options import AsJson
from pipeline.cli.printing import print_json, tell
from schemas.bodies import Priority

if TYPE_CHECKING:
    from pipeline.operations.submit import Labels, Submission
    from pipeline.settings import Settings

Timeout = Annotated[float, typer.Option(min=0.1, help="How many seconds --wait waits.")]


def submit(
    text: Annotated[str | None, typer.Argument(help="The request, as text or as JSON.", show_default=False)] = None,
    file: Annotated[
        typer.FileBinaryRead | None,
        typer.Option("--file", "-f", help="One request a line, text or JSON; - is standard input.", show_default=False),
    ] = None,
    priority: Annotated[Priority | None, typer.Option(help="A hint for people.", show_default=False)] = None,
    event_id: Annotated[
        str | None,
        typer.Option("--id", help="Your own id (ce_id): sent twice, it counts once. With -f the line number is added."),
    ] = None,
    source: Annotated[str, typer.Option(help="Who is asking (ce_source).")] = "nephoran/submit",
    key: Annotated[
        str | None,
        typer.Option(help="The record's key: requests with equal keys keep their order.", show_default=False),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Follow them to the end; exit 1 unless they are done.")] = False,
    timeout: Timeout = 120.0,
    as_json: AsJson = False,
) -> None:
    """Publish intents, and with --wait follow them to the end.

    They are acknowledged by all in-sync replicas of intents.received. With --wait every change of state is printed.
    Waiting succeeds when the intent is deployed or proposed.
    """
    from pipeline.cli.session import begin
    from pipeline.operations.submit import Labels

    settings = begin()
    labels = Labels(priority, source, event_id, key)
    submissions = _submissions(text, file, labels)
    if not wait:
        asyncio.run(_publish(settings, submissions, as_json))
        return
    ended_well = asyncio.run(
        _publish_and_follow(settings, submissions, timeout, is_named=bool(event_id), as_json=as_json)
    )
    if not ended_well:
        raise typer.Exit(FAILED)


def _submissions(text: str | None, file: BinaryIO | None, labels: "Labels") -> "Sequence[Submission]":
    from pipeline.operations.submit import submission_of, submissions_of

    if (text is None) == (file is None):
        raise typer.BadParameter("give either the request or -f FILE")
    if file is not None:
        return submissions_of(file, labels)
    return [submission_of((text or "").encode(errors="surrogateescape"), labels)]


async def _publish(settings: "Settings", submissions: "Sequence[Submission]", as_json: bool) -> None:
    from pipeline.operations.submit import submit as publish

    await publish(settings, submissions)
    for submission in submissions:
        _print_submission(submission, as_json)


def _print_submission(submission: "Submission", as_json: bool) -> None:
    if as_json:
        fields = {"intent_id": submission.intent_id, "producer_id": submission.producer_id, "state": "submitted"}
        print_json(fields, is_one_of_many=True)
    else:
        tell(f"submitted {submission.intent_id} (ce_id {submission.event_id})")


async def _publish_and_follow(
    settings: "Settings", submissions: "Sequence[Submission]", timeout: float, *, is_named: bool, as_json: bool
) -> bool:
    from pipeline.cli.status_lines import print_status
    from pipeline.kafka.topic_views import FROM_NOW_ON
    from pipeline.operations.follow_intents import SUCCESSES, waiting_for
    from schemas.status import State

    digests = {submission.intent_id: submission.digest for submission in submissions}
    ended_well, strangers = True, set[str]()
    async with waiting_for(settings, digests, since_ms=None if is_named else FROM_NOW_ON) as waiting:
        await _publish(settings, submissions, as_json)
        try:
            async for status in waiting.changes(timeout, ends={State.PROPOSED}):
                if status.digest in (None, digests[status.intent_id]):
                    print_status(status, as_json)
                    ended_well &= status.state in SUCCESSES or not status.is_final
                elif status.intent_id not in strangers:
                    strangers.add(status.intent_id)
                    say(f"{status.intent_id}: this id belongs to an earlier request with other words; use another --id")
        except TimeoutError:
            on_the_way = ", ".join(waiting.unfinished())
            stop_with(FAILED, f"still under way after {timeout:g} s: {on_the_way}; follow with nephoran status ID")
    return ended_well and not strangers
