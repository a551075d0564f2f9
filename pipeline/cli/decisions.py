"""`nephoran approve` and `nephoran decline`: the human in the loop."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.exits import FAILED, say, stop_with
from pipeline.cli.options import AsJson
from pipeline.cli.printing import print_json, tell
from schemas.bodies import Verdict
from schemas.status import State

if TYPE_CHECKING:
    from pipeline.operations.decide import Correction
    from pipeline.operations.follow_intents import Waiting
    from pipeline.runtime.proposals import Proposal
    from pipeline.settings import Settings
    from schemas.bodies import Decision

IntentName = Annotated[
    str, typer.Argument(metavar="ID", help="The intent's id, or its producer's: ce_id or source#ce_id.")
]
Edits = Annotated[
    list[str], typer.Option("--edit", metavar="SITE/OBJECT.TARGET=VALUE", help="Correct a value; may be repeated.")
]
Comment = Annotated[str, typer.Option(help="Why; the requester reads it.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask again.")]
Wait = Annotated[bool, typer.Option("--wait", help="Follow the intent to its end; exit 1 unless it is deployed.")]
Timeout = Annotated[float, typer.Option(min=0.1, help="How many seconds --wait waits.")]
UNVERIFIED = (
    "note: the command line verifies no identities; the decision is recorded as {by}, your name on this machine"
)


def approve(
    name: IntentName,
    edit: Edits = [],  # noqa: B006
    comment: Comment = "",
    yes: Yes = False,
    wait: Wait = False,
    timeout: Timeout = 120.0,
    as_json: AsJson = False,
) -> None:
    """Approve a proposed plan as it is shown: the request, what each step rests on, what it would change, its risk.

    --edit replaces a value of the plan by yours; the rules apply to it, too. A plan that has changed meanwhile
    is proposed again.
    """
    _decide(Verdict.APPROVE, name, comment, yes, as_json, timeout if wait else None, edit)


def decline(
    name: IntentName,
    comment: Comment = "",
    yes: Yes = False,
    wait: Wait = False,
    timeout: Timeout = 120.0,
    as_json: AsJson = False,
) -> None:
    """Decline a proposed plan.

    The intent ends as declined (not_approved), and its requester reads the comment.
    """
    _decide(Verdict.DECLINE, name, comment, yes, as_json, timeout if wait else None)


def _decide(
    verdict: Verdict,
    name: str,
    comment: str,
    yes: bool,
    as_json: bool,
    wait_seconds: float | None,
    edits: Sequence[str] = (),
) -> None:
    from pipeline.cli.session import begin
    from pipeline.operations.proposals import find_proposal

    settings = begin()
    proposal = asyncio.run(find_proposal(settings, name))
    seen, correction = _corrected(settings, proposal, edits)
    if not yes:
        _ask(settings, verdict, seen)
    is_as_decided = asyncio.run(_publish(settings, proposal, verdict, comment, wait_seconds, as_json, correction))
    if not is_as_decided:
        raise typer.Exit(FAILED)


def _corrected(
    settings: "Settings", proposal: "Proposal", edits: Sequence[str]
) -> "tuple[Proposal, Correction | None]":
    if not edits:
        return proposal, None
    from pipeline.operations.correct import corrected_proposal, edit_of
    from pipeline.operations.decide import Correction

    wished = tuple(map(edit_of, edits))
    seen = corrected_proposal(settings, proposal, wished)
    return seen, Correction(wished, seen.planned.plan.digest)


def _ask(settings: "Settings", verdict: Verdict, proposal: "Proposal") -> None:
    from pipeline.cli.proposal_list import show_proposal
    from pipeline.operations.differences import differences

    show_proposal(proposal, *asyncio.run(differences(settings, proposal)))
    if not typer.confirm(f"{verdict} this plan?", err=True):
        stop_with(FAILED, "nothing was decided")


async def _publish(
    settings: "Settings",
    proposal: "Proposal",
    verdict: Verdict,
    comment: str,
    wait_seconds: float | None,
    as_json: bool,
    correction: "Correction | None",
) -> bool:
    from pipeline.operations.decide import decide
    from pipeline.operations.follow_intents import waiting_for

    if wait_seconds is None:
        _tell(proposal, await decide(settings, proposal, verdict, comment, correction), as_json)
        return True
    async with waiting_for(settings, [proposal.intent.id]) as waiting:
        _tell(proposal, await decide(settings, proposal, verdict, comment, correction), as_json)
        wished = State.DEPLOYED if verdict == Verdict.APPROVE else State.DECLINED
        return await ends_as(wished, waiting, wait_seconds, as_json)


def _tell(proposal: "Proposal", decision: "Decision", as_json: bool) -> None:
    say(UNVERIFIED.format(by=decision.decided_by))
    if as_json:
        print_json({"intent_id": proposal.intent.id, **decision.model_dump(mode="json")}, is_one_of_many=True)
    else:
        tell(f"{decision.verdict} of intent {proposal.intent.id}, plan {decision.plan_digest[:12]}, published")


async def ends_as(wished: State, waiting: "Waiting", seconds: float, as_json: bool) -> bool:
    """Print each change of state until the end, and say whether that is the one wished for."""
    from pipeline.cli.status_lines import print_status

    is_as_wished = False
    try:
        async for status in waiting.changes(seconds, ends={State.PROPOSED}):
            print_status(status, as_json)
            is_as_wished = status.state == wished
    except TimeoutError:
        stop_with(
            FAILED,
            f"not at its end after {seconds:g} s: {', '.join(waiting.unfinished())}; follow with nephoran status",
        )
    return is_as_wished
