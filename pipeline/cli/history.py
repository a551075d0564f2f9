"""`nephoran history`: who changed what, by which intent."""

from dataclasses import asdict
from re import fullmatch
from typing import Annotated

import typer

from pipeline.cli.exits import FAILED, stop_with
from pipeline.cli.options import AsJson
from pipeline.cli.printing import console, indented, one_line, print_json, printable


def _site_and_object(place: str) -> str:
    if not fullmatch(r"[\w.-]+/[\w.-]+", place):
        raise typer.BadParameter(f"{place!r} is no SITE/OBJECT, such as tokyo-1/amf")
    return place


def history(
    place: Annotated[str, typer.Argument(metavar="SITE/OBJECT", help="As in tokyo-1/amf.", callback=_site_and_object)],
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Tell who changed an object, when, what, and by which intent, from the deployment repository.

    Changes by hand are told, too. Needs no Kafka. Example: nephoran history tokyo-1/amf
    """
    from agents.adapters.git.object_history import history_of, places_like
    from pipeline.cli.session import begin

    settings = begin()
    changes = history_of(settings.git, place, limit)
    if as_json:
        print_json([asdict(change) | {"at": change.at.isoformat()} for change in changes])
        return
    if not changes:
        meant = " or ".join(places_like(settings.git, place))
        stop_with(FAILED, f"nothing was ever changed at {place}{f'; did you mean {meant}?' if meant else ''}")
    out = console()
    for change in changes:
        who = f"intent {change.intent_id}" if change.intent_id else f"{change.by}, by hand"
        moment = f"{change.at.astimezone():%Y-%m-%d %H:%M:%S %Z}"
        tag = f", {change.revision}" if change.revision else ""
        out.print(f"{moment}  {printable(who)}  (commit {change.commit[:12]}{printable(tag)})", soft_wrap=True)
        for line in change.what:
            indented(out, printable(line), 2)
        if change.request:
            indented(out, f'"{one_line(change.request)}"', 2, "dim")
    if len(changes) == limit:
        out.print(f"There may be more: --limit {2 * limit}")
