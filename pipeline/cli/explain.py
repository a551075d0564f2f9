"""`nephoran explain`: what would be done with a request, and why."""

import asyncio
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.exits import FAILED, NOT_REACHABLE
from pipeline.cli.options import AsJson
from pipeline.cli.printing import console, print_json

if TYPE_CHECKING:
    from pipeline.operations.explain import Explainer, Explanation

FIELDS = (
    "outcome",
    "reason",
    "question",
    "message",
    "expectations",
    "not_acted_on",
    "assumptions",
    "plan",
    "knowledge",
    "text",
)


def explain(
    text: Annotated[str | None, typer.Argument(help="The request.", show_default=False)] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Requests from standard input, a line each, text or {"text": …}.')
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what would be done with a request, without any effect.

    Parses, enriches and plans in this process; no broker is needed. With --jsonl every line is answered by one JSON
    object, in order and at once. A line that begins with { is JSON, as on the topic; one that holds no request gets
    the outcome "error" and does not stop the others.
    """
    from pipeline.app import App
    from pipeline.cli.session import begin
    from pipeline.operations.explain import Explainer, never_waiting

    if jsonl == (text is not None):
        raise typer.BadParameter("give either the request or --jsonl")
    explainer = Explainer(App(never_waiting(begin())))
    if jsonl:
        asyncio.run(_answer_lines(explainer, iter(sys.stdin.buffer.readline, b"")))
        return
    explanation = asyncio.run(explainer.explain(text or ""))
    if as_json:
        print_json(explanation_fields(explanation))
    else:
        from pipeline.cli.explanation_text import print_explanation

        print_explanation(console(), explanation)
    _exit_by(explanation)


async def _answer_lines(explainer: "Explainer", lines: Iterable[bytes]) -> None:
    for line in lines:
        print_json(explanation_fields(await explainer.explain_line(line)), is_one_of_many=True)


def _exit_by(explanation: "Explanation") -> None:
    if explanation.reason in ("retries_exhausted", "dependency_unavailable"):
        raise typer.Exit(NOT_REACHABLE)
    if explanation.outcome in ("declined", "error"):
        raise typer.Exit(FAILED)


def explanation_fields(explanation: "Explanation") -> dict[str, Any]:
    """An explanation as JSON, what matters most first."""
    fields = explanation.model_dump(mode="json")
    return {name: fields[name] for name in FIELDS}
