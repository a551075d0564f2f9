"""An explanation for people: the request with the words it was read by, the verdict, what was understood, the plan."""

import re
from typing import TYPE_CHECKING

from pipeline.cli.plan_text import print_plan, target_words
from pipeline.cli.printing import indented, printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from pipeline.operations.explain import Explanation
    from schemas.intent import Expectation

_COLOURS = {"planned": "green", "proposed": "yellow", "declined": "red", "error": "red"}
_BECAME = {"used": "used", "open": "nothing is done about"}
_USED, _IN_QUESTION = "bold underline", "bold red"


def print_explanation(out: "Console", explanation: "Explanation") -> None:
    """Print it all; nothing is told by colour alone."""
    out.print(_highlighted(explanation))
    reason = f" ({explanation.reason})" if explanation.reason else ""
    out.print(f"\n{explanation.outcome}{reason}", style=f"bold {_COLOURS[explanation.outcome]}")
    if explanation.outcome in ("declined", "error"):
        indented(out, printable(explanation.message or ""), 2)
    if explanation.question:
        indented(out, f"asked back: {printable(explanation.question)}", 2)
    if explanation.words:
        out.print("words", style="bold")
    for stretch, became in explanation.words:
        indented(out, f"{_BECAME.get(became, became)}: {printable(' '.join(stretch.split()))}", 2, "dim")
    if explanation.expectations:
        out.print("understood", style="bold")
    for expectation in explanation.expectations:
        indented(out, expectation_words(expectation), 2)
        for words in expectation.evidence:
            indented(out, f"from “{printable(' '.join(words.split()))}”", 5, "dim")
    for assumption in explanation.assumptions:
        indented(out, f"assumed: {printable(assumption)}", 2)
    if explanation.plan:
        print_plan(out, explanation.plan, explanation.expectations)


def expectation_words(expectation: "Expectation") -> str:
    """`scale amf at tokyo-1: replicas 5`."""
    thing = expectation.object
    named = printable(thing.name or "")
    member = f"{'with S-NSSAI' if thing.type == 'slice' else 'of slice'} {thing.slice}" if thing.slice else ""
    what = " ".join(filter(None, (thing.type, named, member)))
    targets = ", ".join(target_words(target.model_dump()) for target in expectation.targets)
    return f"{expectation.action} {what} at {', '.join(thing.sites)}" + (f": {targets}" if targets else "")


def _highlighted(explanation: "Explanation") -> "Text":
    """The request, with the words that were used, or those in question."""
    from rich.text import Text

    shown = Text(printable(explanation.text))
    for expectation in explanation.expectations:
        for words in expectation.evidence:
            shown.highlight_words([printable(words)], _USED, case_sensitive=True)
    if explanation.outcome == "declined":
        shown.highlight_words(re.findall('"([^"]+)"', printable(explanation.message or "")), _IN_QUESTION)
    return shown
