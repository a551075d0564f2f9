"""`nephoran topics`: the topics of the table on the cluster."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.exits import NOT_REACHABLE, stop_with
from pipeline.cli.options import AsJson

if TYPE_CHECKING:
    from pipeline.kafka.topic_report import TopicReport

topics = typer.Typer(no_args_is_help=True, help="Create, check and list the topics the pipeline uses.")

SECONDS_A_DAY = 86_400


@topics.command()
def apply(as_json: AsJson = False) -> None:
    """Create the topics that are missing. Changes no topic: if one differs, says how and exits with 3."""
    from pipeline.cli.session import begin
    from pipeline.kafka.admin import apply_topics

    _print(asyncio.run(apply_topics(begin().kafka)), as_json)


@topics.command()
def check(as_json: AsJson = False) -> None:
    """Compare the topics with what the pipeline needs. Changes nothing; exits with 3 if one is missing or differs."""
    from pipeline.cli.session import begin
    from pipeline.kafka.admin import examine_topics
    from pipeline.kafka.topic_report import describe_faults

    reports = asyncio.run(examine_topics(begin().kafka))
    _print(reports, as_json)
    if faults := describe_faults(reports):
        stop_with(NOT_REACHABLE, faults)


@topics.command("list")
def list_topics(as_json: AsJson = False) -> None:
    """Show the topics and their settings. Changes nothing, and judges nothing."""
    from pipeline.cli.session import begin
    from pipeline.kafka.admin import examine_topics

    _print(asyncio.run(examine_topics(begin().kafka)), as_json)


@topics.command()
def rights(
    principal: Annotated[str, typer.Option(help="The principal of a role; ROLE stands for the role.")] = "User:ROLE",
    as_json: AsJson = False,
) -> None:
    """Print the ACLs that each role needs, as commands of Kafka's own tool. Changes nothing.

    Roles are the stages, producers, the gateway, and operators: people with the command line.
    """
    from pipeline.cli.printing import print_json
    from pipeline.cli.session import begin
    from pipeline.kafka.rights import rights as all_rights

    needed = all_rights(begin().kafka)
    if as_json:
        print_json([right._asdict() for right in needed])
        return
    for right in needed:
        typer.echo(right.command(principal.replace("ROLE", right.role)))


def _print(reports: "list[TopicReport]", as_json: bool) -> None:
    from pipeline.cli.printing import console, print_json, table

    if as_json:
        print_json([report.row() for report in reports])
        return
    shown = table("topic", "partitions", "copies", "cleanup", "kept", "verdict")
    for report in reports:
        shown.add_row(*_cells(report.row()))
    console().print(shown)


def _cells(row: "dict[str, str | int | None]") -> list[str]:
    kept = _days(row["retention_ms"]) if row["cleanup_policy"] == "delete" else None
    cells = [row["topic"], row["partitions"], row["copies"], row["cleanup_policy"], kept, row["verdict"]]
    return ["-" if cell is None else str(cell) for cell in cells]


def _days(milliseconds: str | int | None) -> str:
    return "for ever" if milliseconds in (None, -1) else f"{int(milliseconds or 0) / 1000 / SECONDS_A_DAY:g} d"
