"""`nephoran slo`: how well the service level objectives are met."""

from re import fullmatch
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.exits import FAILED, stop_with
from pipeline.cli.options import AsJson
from pipeline.cli.printing import console, print_json, table

if TYPE_CHECKING:
    from pipeline.operations.slo_report import Kept

slo = typer.Typer(no_args_is_help=True, help="Show how well the service level objectives are met.")
NO_DATA = "no data"


@slo.callback()
def objectives() -> None:
    """Show how well the service level objectives are met."""


def parse_window(text: str) -> str:
    """A duration as Prometheus writes it."""
    if not fullmatch(r"(\d+(ms|s|m|h|d|w|y))+", text):
        raise typer.BadParameter(f"{text!r} is not a duration: give 1h, 7d or 30d")
    return text


@slo.command()
def report(
    window: Annotated[str, typer.Option(parser=parse_window, metavar="DURATION", help="How far back to look.")] = "30d",
    prometheus: Annotated[
        str | None, typer.Option(metavar="URL", help="The Prometheus server to ask.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print every objective, what was measured, the error budget left and how fast it burns (last hour).

    Exits with 1 if a budget is spent, with 3 if Prometheus does not answer. Without events there is no figure.
    """
    from pipeline.cli.session import begin
    from pipeline.operations.slo_report import slo_report
    from pipeline.telemetry.objectives import load_objectives

    settings = begin().slo
    url = prometheus or settings.prometheus_url
    kept = slo_report(load_objectives(settings.folder), url, window)
    if as_json:
        print_json({"window": window, "objectives": [each.row() for each in kept]})
    else:
        _print(kept, window)
    if all(each.measured_percent is None for each in kept):
        typer.echo(f"{url} has no events over {window}: does it scrape the workers' /metrics?", err=True)
    if spent := [each.name for each in kept if each.is_spent]:
        stop_with(FAILED, f"the error budget over {window} is spent: {', '.join(spent)}")


def _print(kept: "list[Kept]", window: str) -> None:
    shown = table("objective", "target", "measured", "budget left", "burn rate", title=f"over {window}")
    for each in kept:
        shown.add_row(
            each.name,
            f"{each.objective_percent:g} %" + (f" in {each.limit_seconds:g} s" if each.limit_seconds else ""),
            _figure(each.measured_percent, "{:.3f} %"),
            _figure(each.budget_left_percent, "{:.1f} %"),
            _figure(each.burn_rate, "{:.2f} x"),
        )
    console().print(shown)


def _figure(value: float | None, form: str) -> str:
    return NO_DATA if value is None else form.format(value)
