"""`nephoran diff`: what a proposal would change, before anybody says yes."""

import asyncio
from typing import TYPE_CHECKING

from pipeline.cli.decisions import IntentName
from pipeline.cli.exits import say
from pipeline.cli.options import AsJson
from pipeline.cli.printing import console, indented, print_json, printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agents.adapters.git.file_changes import FileChange
    from schemas.bodies import StepResult

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def diff(name: IntentName, as_json: AsJson = False) -> None:
    """Show what a proposal would change just now: the files of the deployment repository, and values over interfaces.

    Nothing is changed. Example: nephoran diff change-4711
    """
    from pipeline.cli.proposal_list import draft_lines
    from pipeline.cli.session import begin
    from pipeline.operations.differences import differences, file_changes
    from pipeline.operations.proposals import find_proposal

    settings = begin()
    proposal = asyncio.run(find_proposal(settings, name))
    files = asyncio.run(file_changes(settings, proposal))
    steps, why_not = asyncio.run(differences(settings, proposal))
    if as_json:
        print_json(
            {
                "intent_id": proposal.intent.id,
                "files": [
                    {"path": file.path, "before": file.before, "after": file.after, "diff": file.diff} for file in files
                ],
                "steps": {step: {"before": found.before, "after": found.after} for step, found in steps.items()},
                "not_known": why_not,
                "draft": proposal.planned.draft.model_dump() if proposal.planned.draft else None,
            }
        )
        return
    _print(files, steps, why_not)
    for line in draft_lines(proposal):
        say(line)
    if settings.porch.kubeconfig is not None:
        say("packages go through Porch here: the files are what they would be, were they written to Git directly")


def _print(files: "Sequence[FileChange]", steps: "Mapping[str, StepResult]", why_not: "Sequence[str]") -> None:
    from pipeline.cli.plan_text import change_lines

    out = console()
    for step, found in steps.items():
        indented(out, printable(f"{step}: {'; '.join(change_lines(found))}"), 0)
    for why in why_not:
        indented(out, f"what it would change is not known: {printable(why)}", 0, "yellow")
    for file in files:
        for line in file.diff.splitlines():
            out.print(printable(line), style=_STYLES.get(line[:1], ""), soft_wrap=True)
    if not files:
        out.print("no file of the deployment repository would change")
