"""Who changed an object, as the deployment repository remembers it: intents by their trailers, and people by name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from agents.adapters.git.commit_messages import ID_TRAILER, REQUEST
from agents.adapters.git.files import Staged
from agents.adapters.git.ledger import FOLDER
from agents.adapters.git.revisions import named_in
from agents.adapters.git.settings import GitSettings
from agents.adapters.git.working_copy import WorkingCopy
from agents.domain.spelling import nearest

_FORM = "%x1e" + "%x1f".join(("%H", "%cI", "%an", "%B"))
_TRAILER = re.compile(rf"^(?:Pending-|Observed-)?{ID_TRAILER}: (\S+)$", re.MULTILINE)
_LEDGERS = f"{FOLDER}/ledger/"


@dataclass(frozen=True, slots=True)
class Change:
    """One commit that changed the object. `intent_id` is None where people made it; `revision` is the package's tag."""

    commit: str
    at: datetime
    by: str
    intent_id: str | None
    what: tuple[str, ...]
    request: str | None = None
    revision: str | None = None


def history_of(settings: GitSettings, place: str, most: int) -> list[Change]:
    """At most so many changes of the object at `site/object`, the newest first. Raises: Retryable."""
    copy = WorkingCopy(settings)
    try:
        copy.fetch()
        return list(_changes(copy.log(_FORM, _paths(place), most), place))
    finally:
        copy.close()


def places_like(settings: GitSettings, place: str) -> tuple[str, ...]:
    """The objects of the repository, there or remembered, that are called almost so. Raises: Retryable."""
    copy = WorkingCopy(settings)
    try:
        files = Staged(copy.files(copy.fetch()))
        known = (path.removeprefix(_LEDGERS).rpartition(".")[0] for path in files.list(_LEDGERS.rstrip("/")))
        return nearest(place, known)
    finally:
        copy.close()


def _paths(place: str) -> tuple[str, ...]:
    """The package, its ledger, and the ledgers of the interfaces; `*` is no part of a name."""
    return (
        f":(literal){place}",
        f":(glob){_LEDGERS}{place}.*",
        f":(glob){FOLDER}/*/objects/{place}.*",
    )


def _changes(log: str, place: str) -> Iterator[Change]:
    for entry in log.split("\x1e")[1:]:
        commit, at, author, message = entry.split("\x1f", 3)
        intent = _TRAILER.search(message)
        lines = message.strip().splitlines()
        said = next((line.removeprefix(REQUEST) for line in lines if line.startswith(REQUEST)), None)
        steps = [line.removeprefix("- ") for line in lines if line.startswith("- ") and _is_of(place, line)]
        yield Change(
            commit,
            datetime.fromisoformat(at),
            author,
            intent[1] if intent else None,
            tuple(steps if intent and steps else lines[:1]),
            said if intent else None,
            next((each for each in named_in(message) if intent and each.startswith(f"{place}/")), None),
        )


def _is_of(place: str, line: str) -> bool:
    """Whether a line of our messages tells of the object: `scale amf at tokyo-1: …`, `configure tokyo-1/cell-12: …`."""
    site, _, name = place.partition("/")
    return f" {name} at {site}" in line or f" {place}" in line
