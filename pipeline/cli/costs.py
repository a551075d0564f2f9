"""`nephoran costs`: what language models were asked, for whom, and at what cost."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.exits import say
from pipeline.cli.options import AsJson, Since
from pipeline.cli.printing import console, print_json, printable, table
from pipeline.operations.costs import By

if TYPE_CHECKING:
    from pipeline.operations.costs import CostLine, Costs
    from pipeline.settings import Settings

DEFAULT_DAYS = 30
_FIGURES = ("requests", "unanswered", "input_tokens", "output_tokens", "cost_usd")


def costs(
    by: Annotated[
        list[By] | None,
        typer.Option(help="What to sum by; repeat it for a finer sum. All three by default.", show_default=False),
    ] = None,
    since: Since = None,
    model: Annotated[str | None, typer.Option(help="Only this model.", show_default=False)] = None,
    requester: Annotated[
        str | None, typer.Option(help="Only requests on behalf of this producer (its ce_source).", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print what language models cost.

    By day, model and requester, of 30 days (UTC), unless --since says otherwise. Each machine keeps its own books;
    this prints those of the one it runs on. What the grammar reads costs nothing.
    """
    from pipeline.cli.session import begin
    from pipeline.operations.costs import read_costs

    settings = begin()
    now = datetime.now(UTC)
    first = (since or now - timedelta(days=DEFAULT_DAYS - 1)).astimezone(UTC).date()
    columns = by or list(By)
    found = asyncio.run(read_costs(settings.model, columns, first, now.date(), model, requester))
    if as_json:
        print_json(_as_json(found, columns))
        return
    _print(found, columns, settings)


def _as_json(found: "Costs", columns: list[By]) -> dict[str, Any]:
    def fields(line: "CostLine", names: Sequence[str]) -> dict[str, Any]:
        return {name: value for name, value in asdict(line).items() if name in (*names, *_FIGURES)}

    return {
        "lines": [fields(line, columns) for line in found.lines],
        "total": fields(found.total, []),
        "spent_today_usd": found.spent_today_usd,
        "daily_budget_usd": found.daily_budget_usd,
    }


def _print(found: "Costs", columns: list[By], settings: "Settings") -> None:
    if not found.lines:
        say(f"no language model was asked in this time, says this machine's account ({settings.model.accounting_file})")
        return
    made = table()
    for name in columns:
        made.add_column(name, overflow="fold", no_wrap=name is By.DAY)
    for heading in ("asked", "no answer", "tokens in", "tokens out", "USD"):
        made.add_column(heading, justify="right", min_width=6)
    for line in found.lines:
        made.add_row(*(printable(str(getattr(line, name))) for name in columns), *_figures(line))
    made.add_section()
    made.add_row("total", *("" for _ in columns[1:]), *_figures(found.total))
    console().print(made)
    if settings.model.is_configured and settings.model.price is None:
        say(f"no price is set for {settings.model.name}: its tokens are counted and its cost is not (model.prices)")
    if found.daily_budget_usd is not None:
        left = max(found.daily_budget_usd - found.spent_today_usd, 0.0)
        console().print(
            f"  today {found.spent_today_usd:.4f} of {found.daily_budget_usd:g} USD; {left:.4f} left until midnight UTC"
        )


def _figures(line: "CostLine") -> tuple[str, ...]:
    tokens = (f"{line.input_tokens:,}", f"{line.output_tokens:,}")
    return (f"{line.requests:,}", f"{line.unanswered:,}", *tokens, f"{line.cost_usd:.4f}")
