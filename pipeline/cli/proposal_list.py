"""The proposals that wait for a decision, as `nephoran status --waiting` prints them; and one with its plan."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.cli.printing import console, indented, one_line, print_json, printable, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.runtime.proposals import Proposal
    from pipeline.settings import Settings
    from schemas.bodies import StepResult


def show_proposals(settings: "Settings", as_json: bool) -> None:
    """Print every proposal that waits, the oldest first."""
    from pipeline.operations.proposals import waiting_proposals

    proposals = asyncio.run(waiting_proposals(settings))
    if as_json:
        print_json([proposal_fields(each) for each in proposals])
        return
    made = table("proposed", "intent")
    for each in proposals:
        plan = each.planned.plan
        because = printable("; ".join(plan.approval_reasons))
        made.add_row(
            _moment(each),
            f"{each.intent.id} {plan.risk} risk\n{one_line(each.planned.text)}\nbecause: {because}"
            + "".join(f"\n{line}" for line in draft_lines(each)),
        )
    console().print(made if proposals else "no proposal waits for a decision")


def show_proposal(proposal: "Proposal", found: "Mapping[str, StepResult]", why_not: "Sequence[str]") -> None:
    """Print one proposal on one screen: the request, the plan with its grounds, and what it would change just now.

    `found` tells that by step name; `why_not` why it cannot be told of some.
    """
    from pipeline.cli.plan_text import print_plan

    out = console()
    out.print(f"intent {proposal.intent.id}, proposed {_moment(proposal)}")
    out.print(f"  {printable(proposal.planned.text)}", style="italic")
    print_plan(out, proposal.planned.plan, proposal.planned.expectations, found)
    for line in draft_lines(proposal):
        indented(out, line, 2)
    for each in proposal.planned.precedents:
        indented(out, f"before: {printable(each.excerpt)} ({printable(each.source)})", 2, "dim")
    for why in why_not:
        indented(out, f"what it would change is unknown: {printable(why)}", 2, "yellow")


def proposal_fields(proposal: "Proposal") -> dict[str, object]:
    """A proposal as JSON."""
    return {
        "intent_id": proposal.intent.id,
        "producer_id": proposal.intent.producer_id,
        "proposed_at": datetime.fromtimestamp(proposal.proposed_ms / 1000, UTC).isoformat(),
        "plan_digest": proposal.planned.plan.digest,
        "because": list(proposal.planned.plan.approval_reasons),
        "text": proposal.planned.text,
        "plan": proposal.planned.plan.model_dump(mode="json"),
        "draft": proposal.planned.draft.model_dump() if proposal.planned.draft else None,
        "precedents": [each.model_dump(mode="json") for each in proposal.planned.precedents],
    }


def draft_lines(proposal: "Proposal") -> "Iterator[str]":
    """Where its commit can be looked at in the deployment repository."""
    if draft := proposal.planned.draft:
        yield printable(f"draft: commit {draft.commit[:12]} on branch {draft.branch}")


def _moment(proposal: "Proposal") -> str:
    return f"{datetime.fromtimestamp(proposal.proposed_ms / 1000).astimezone():%Y-%m-%d %H:%M:%S}"
