"""`nephoran`: the commands, a file each. Heavy imports wait until a command needs them, so that help is instant."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from pipeline.cli import (
    canary,
    control,
    costs,
    dead_letters,
    decisions,
    demo,
    diff,
    doctor,
    drain,
    evaluate,
    explain,
    history,
    kafka,
    knowledge,
    rewind,
    rollback,
    run,
    settings,
    signing,
    snapshot,
    status,
    submit,
    topics,
    watch,
)
from pipeline.cli.commands import Commands
from pipeline.cli.lag import lag
from pipeline.cli.slo import slo

app = typer.Typer(
    name="nephoran",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        typer.echo(f"nephoran {version('nephoran')}")
        raise typer.Exit


@app.callback()
def everywhere(
    settings_file: Annotated[
        Path | None,
        typer.Option(
            "--settings",
            envvar="NEPHORAN_SETTINGS",
            exists=True,
            dir_okay=False,
            help="A TOML file of settings; nephoran.toml in this folder by default. Variables take precedence.",
        ),
    ] = None,
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"] | None,
        typer.Option(help="Lowest severity that is logged to standard error.", show_default=False),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Carries network operators' intents over Apache Kafka into Nephio and O-RAN deployments.

    Exit codes: 0 done, 1 failed or declined, 2 wrong usage, 3 a service is not reachable.
    """
    if settings_file is not None:
        os.environ["NEPHORAN_SETTINGS"] = str(settings_file)
    if log_level is not None:
        os.environ["NEPHORAN_LOG__LEVEL"] = log_level


app.command()(demo.demo)
app.command()(kafka.kafka)
app.add_typer(topics.topics, name="topics")
app.command()(run.run)
app.command()(submit.submit)
app.command()(status.status)
app.command()(watch.watch)
app.command()(explain.explain)
app.command()(canary.canary)
app.command()(decisions.approve)
app.command()(decisions.decline)
app.command()(rollback.rollback)
app.command()(diff.diff)
app.command()(history.history)
app.command()(control.pause)
app.command()(control.resume)
app.command()(drain.drain)
app.command()(rewind.rewind)
app.command()(snapshot.snapshot)
app.command()(snapshot.restore)
app.command()(lag)
app.add_typer(slo, name="slo")
app.add_typer(control.circuit)
app.command()(costs.costs)
app.add_typer(dead_letters.app)
app.add_typer(signing.app)
app.add_typer(knowledge.app)
app.command()(doctor.doctor)
app.command()(evaluate.evaluate)
app.command()(settings.settings)
