"""What each command prints with `--json`, as JSON Schemas in `schemas/json/cli/`: a list is an array, an empty one too.

`python -m pipeline.cli.json_shapes` renews the files. Commands that report as they go print one object a line instead.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from agents.retrieval.loading import Loaded
from pipeline.cli.shapes.intents import (
    ChangeRow,
    Decided,
    Diff,
    Explained,
    IntentRow,
    Overview,
    ProposalRow,
    RollbackAsked,
    StatusRow,
    Submitted,
)
from pipeline.cli.shapes.letters import (
    JobSummary,
    LetterOutcome,
    LetterRow,
    LetterStats,
    LetterWhole,
)
from pipeline.cli.shapes.operations import (
    CircuitRow,
    CitationRow,
    Copied,
    CostReport,
    Drained,
    LagRow,
    Rewound,
    RightRow,
    SettingRow,
    SignedRow,
    SloReport,
    TopicRow,
)
from pipeline.operations.canary import CanaryRun
from pipeline.operations.described_settings import Described
from pipeline.operations.finding import Finding
from pipeline.operations.load_knowledge import Holdings
from schemas.control import CircuitOrder, StageOrder
from schemas.json_schemas import FOLDER as BODIES
from schemas.json_schemas import text_of

FOLDER = BODIES / "cli"


@dataclass(frozen=True)
class Shape:
    """The output of one command: `of` is the type of the whole, or of each line where it prints `lines`."""

    of: Any
    lines: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12)."""
        found = TypeAdapter(self.of).json_schema(mode="serialization")
        head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
        return head | ({"$comment": "of each line"} if self.lines else {}) | found


_TOPICS = Shape(list[TopicRow])
SHAPES = {
    "topics apply": _TOPICS,
    "topics check": _TOPICS,
    "topics list": _TOPICS,
    "topics rights": Shape(list[RightRow]),
    "submit": Shape(Submitted | StatusRow, lines=True),
    "status": Shape(Overview),
    "status ID": Shape(list[IntentRow]),
    "status --waiting": Shape(list[ProposalRow]),
    "watch": Shape(StatusRow, lines=True),
    "explain": Shape(Explained),
    "canary": Shape(CanaryRun, lines=True),
    "approve": Shape(Decided | StatusRow, lines=True),
    "decline": Shape(Decided | StatusRow, lines=True),
    "rollback": Shape(RollbackAsked | StatusRow, lines=True),
    "diff": Shape(Diff),
    "history": Shape(list[ChangeRow]),
    "pause": Shape(list[StageOrder]),
    "resume": Shape(list[StageOrder]),
    "drain": Shape(Drained),
    "rewind": Shape(Rewound),
    "snapshot": Shape(Copied),
    "restore": Shape(Copied),
    "lag": Shape(list[LagRow]),
    "slo report": Shape(SloReport),
    "circuit open": Shape(CircuitOrder),
    "circuit close": Shape(CircuitOrder),
    "circuit list": Shape(list[CircuitRow]),
    "costs": Shape(CostReport),
    "dead-letters list": Shape(list[LetterRow]),
    "dead-letters show": Shape(list[LetterWhole]),
    "dead-letters stats": Shape(LetterStats),
    "dead-letters replay": Shape(LetterOutcome | JobSummary, lines=True),
    "dead-letters discard": Shape(LetterOutcome, lines=True),
    "signing renew": Shape(dict[str, SignedRow]),
    "signing forget": Shape(dict[str, SignedRow]),
    "knowledge load": Shape(Loaded),
    "knowledge search": Shape(list[CitationRow]),
    "knowledge stats": Shape(list[Holdings]),
    "knowledge evaluate": Shape(dict[str, Any]),
    "doctor": Shape(list[Finding]),
    "evaluate": Shape(dict[str, Any]),
    "settings": Shape(dict[str, SettingRow]),
    "settings --describe": Shape(list[Described]),
}
"""By the words that call it; options where they change the shape."""


def file_of(command: str) -> str:
    """The file that holds the shape of this command."""
    return f"{command.replace(' --', '-').replace(' ', '-').lower()}.json"


def renew(folder: Path = FOLDER) -> None:
    """Write the files."""
    folder.mkdir(parents=True, exist_ok=True)
    for command, shape in SHAPES.items():
        (folder / file_of(command)).write_text(text_of(shape.schema), encoding="utf-8")


if __name__ == "__main__":
    renew()
