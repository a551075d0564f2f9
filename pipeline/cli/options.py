"""Options that several commands share."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from re import fullmatch
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON: schemas/json/cli/ has the shape of it.")]
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def require_known(what: str, name: str | None, known: Collection[str]) -> str | None:
    """The name, where it is one of these or none was given. Raises: BadParameter with the names there are."""
    if name is None or name in known:
        return name
    raise typer.BadParameter(f"no {what} {name}; known are {', '.join(known)}")


def known_stage(name: str | None) -> str | None:
    """The name of a stage. Raises: BadParameter."""
    from pipeline.flow import STAGES

    return require_known("stage", name, STAGES)


def parse_since(text: str) -> datetime:
    """A moment: `90s`, `30m`, `6h`, `2d` ago, or ISO 8601 (UTC where no zone is given)."""
    if ago := fullmatch(r"(\d+)([smhd])", text):
        return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a time: give 30m, 6h, 2d, or 2026-11-24T03:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Since = Annotated[
    datetime | None,
    typer.Option(
        parser=parse_since, metavar="WHEN", help="Only what is newer: 30m, 6h, 2d, or an ISO time.", show_default=False
    ),
]
