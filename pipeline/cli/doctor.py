"""`nephoran doctor`: every dependency checked, with the fix for what is wrong."""

import asyncio
from dataclasses import asdict

import typer

from pipeline.cli.exits import FAILED, NOT_REACHABLE
from pipeline.cli.options import AsJson

STYLES = {"ok": "green", "note": "cyan", "wrong": "red", "unreachable": "red"}
WIDTH = max(map(len, STYLES)) + 2


def doctor(as_json: AsJson = False) -> None:
    """Check every dependency, with the fix for what is wrong.

    Exit 3 if a service is unreachable or not as required, 1 where something here is wrong. Changes nothing.
    """
    from pipeline.cli.printing import console, print_json
    from pipeline.cli.session import begin
    from pipeline.operations.doctor import checkup

    findings = asyncio.run(checkup(begin()))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            out = console()
            out.print(f"{finding.verdict:<{WIDTH}}", style=STYLES[finding.verdict], end="")
            out.print(f"{finding.what}: {finding.found}", soft_wrap=True)
    verdicts = {finding.verdict for finding in findings}
    if "unreachable" in verdicts:
        raise typer.Exit(NOT_REACHABLE)
    if "wrong" in verdicts:
        raise typer.Exit(FAILED)
