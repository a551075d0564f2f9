"""What the demo shows: where each intent stands while it runs, and what came out."""

import sys
from collections.abc import Iterable
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.demo.findings import OBJECTIVES_SECONDS, Check
from pipeline.demo.repository import Repository
from pipeline.demo.story import Story
from schemas.status import IntentStatus, State

COLOURS = {
    State.DEPLOYED: "green",
    State.DECLINED: "yellow",
    State.PROPOSED: "magenta",
    State.DEAD_LETTERED: "red",
    State.FAILED: "red",
}


def standing(story: Story, most: int = sys.maxsize) -> Table:
    """The live table: one line an intent, of those published last."""
    table = _table("where each intent stands", expand=True)
    table.add_column("request", no_wrap=True, overflow="ellipsis", ratio=3)
    table.add_column("sent as", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("why", no_wrap=True, overflow="ellipsis", ratio=2)
    for intent_id, sample in list(story.sample_of.items())[-most:]:
        status = story.statuses.get(intent_id)
        table.add_row(Text(sample.words), sample.form, _state(status), Text(_why(status)))
    return table


def _table(title: str, *columns: str, expand: bool = False) -> Table:
    table = Table(
        *columns,
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        expand=expand,
    )
    return table


def _state(status: IntentStatus | None) -> Text:
    if status is None:
        return Text("published", "dim")
    return Text(status.state.replace("_", " "), COLOURS.get(status.state, "cyan"))


def _why(status: IntentStatus | None) -> str:
    if status is None:
        return ""
    return status.reason or status.message or (f"commit {status.revision[:7]}" if status.revision else "")


def show_results(
    console: Console, story: Story, repository: Repository, report: dict[str, Any], checks: Iterable[Check]
) -> None:
    """Everything that came out."""
    for part in (
        standing(story),
        _declined(story),
        _commits(repository),
        _latencies(report["latency_seconds"]),
        _books(report["books"]),
        _checks(checks),
    ):
        console.print(part)


def _declined(story: Story) -> Table:
    table = _table("what was declined, and what was asked back", expand=True)
    table.add_column("request", ratio=2)
    table.add_column("reason", no_wrap=True)
    table.add_column("answer", ratio=3)
    for intent_id, sample in story.sample_of.items():
        status = story.statuses.get(intent_id)
        if status is not None and status.state == State.DECLINED:
            table.add_row(Text(sample.words), Text(status.reason or ""), _answer(status))
    return table


def _answer(status: IntentStatus) -> Text:
    answer = Text(status.message or "")
    if status.question:
        answer.append(f"\n→ {status.question}" if status.message else f"→ {status.question}", "italic")
    return answer


def _commits(repository: Repository) -> RenderableType:
    packages = repository.packages()
    table = _table(f"the deployment repository: {len(packages)} kpt packages, one commit per intent", expand=True)
    for name in ("commit", "intent", "what"):
        table.add_column(name, no_wrap=True, overflow="ellipsis", ratio=1 if name == "what" else None)
    for commit in repository.commits():
        table.add_row(commit.revision, commit.intent_id[:8], Text(commit.subject))
    return table


def _latencies(latencies: dict[str, dict[str, float]]) -> Table:
    p50, p95, p99 = OBJECTIVES_SECONDS
    table = _table("seconds between the broker's append times, waiting included")
    table.add_column("")
    for name in ("intents", "P50", "P95", "P99"):
        table.add_column(name, justify="right")
    for name, figures in latencies.items():
        cells = [f"{figures[each]:.3f}" if each in figures else "" for each in ("p50", "p95", "p99")]
        table.add_row(name.replace("_", " "), f"{figures['count']:.0f}", *cells)
    table.add_row("the handbook's objective, end to end", "", f"< {p50:g}", f"< {p95:g}", f"< {p99:g}", style="dim")
    return table


def _books(books: dict[str, int]) -> Table:
    table = _table("the books")
    table.add_column("")
    table.add_column("intents", justify="right")
    for name, count in books.items():
        table.add_row("duplicate (records)" if name == "duplicate" else name.replace("_", " "), str(count))
    return table


def _checks(checks: Iterable[Check]) -> Table:
    table = _table("promises", "", "promise", "evidence")
    for check in checks:
        mark = Text("kept", "green") if check.is_kept else Text("BROKEN", "bold red")
        table.add_row(mark, check.promise, Text(check.evidence))
    return table
