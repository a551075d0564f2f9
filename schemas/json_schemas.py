"""The bodies as JSON Schemas, one file each in `schemas/json/`, for those who read the topics in other languages.

`python -m schemas.json_schemas` renews the files. A change that is not additive is refused: it needs a new version.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schemas.bodies import (
    DeadLetterAction,
    Decision,
    IntentDeployed,
    IntentEnriched,
    IntentObserving,
    IntentParsed,
    IntentPlanned,
    IntentReceived,
    Rollback,
    RollbackPlanned,
)
from schemas.body import Body
from schemas.control import CircuitOrder, CircuitReport, LossReport, StageOrder
from schemas.status import IntentStatus

FOLDER = Path(__file__).parent / "json"
BODIES: tuple[type[Body], ...] = (
    *(IntentReceived, IntentParsed, IntentEnriched, IntentPlanned, IntentDeployed, IntentStatus),
    *(IntentObserving, Decision, Rollback, RollbackPlanned, DeadLetterAction),
    *(StageOrder, CircuitOrder, CircuitReport, LossReport),
)
ANNOTATIONS = {"title", "description", "default", "examples"}
"""Keywords that say something to people and constrain nothing."""
GROWING = {"properties", "$defs"}
"""Where names may be added."""


def schema_of(body: type[Body]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a body."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **body.model_json_schema()}


def text_of(schema: dict[str, Any]) -> str:
    """The schema as it lies in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def breaking_changes(before: dict[str, Any], after: dict[str, Any], at: str = "") -> Iterator[str]:
    """Changes that would break a reader or writer of `before`, one per line; nothing if fields were only added.

    An added field must be optional. Words for people may change.
    """
    holds_names = at.rpartition("/")[2] in GROWING
    for name in sorted(before.keys() | after.keys()):
        was, now, where = before.get(name), after.get(name), f"{at}/{name}"
        if was == now or (name in ANNOTATIONS and not holds_names) or (was is None and holds_names):
            continue
        if was is None and name in GROWING:
            continue
        if isinstance(was, dict) and isinstance(now, dict):
            yield from breaking_changes(was, now, where)
        else:
            yield f"{where} was {json.dumps(was)}, is {json.dumps(now)}"


def renew(folder: Path = FOLDER) -> list[str]:
    """Writes the files. Where a change is not additive, writes nothing and returns what is wrong."""
    faults, texts = [], {}
    for body in BODIES:
        file, schema = folder / f"{body.__name__}.json", schema_of(body)
        texts[file] = text_of(schema)
        if file.exists():
            before = json.loads(file.read_text(encoding="utf-8"))
            faults += [f"{body.__name__}{change}" for change in breaking_changes(before, schema)]
    if not faults:
        folder.mkdir(exist_ok=True)
        for file, text in texts.items():
            file.write_text(text, encoding="utf-8")
    return faults


if __name__ == "__main__":
    if found := renew():
        sys.exit("not additive, so it needs a new version (.v2) beside this one:\n  " + "\n  ".join(found))
