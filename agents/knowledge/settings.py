"""Where the operator's knowledge lies."""

import sys
from pathlib import Path

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field


def shipped_folder(name: str) -> Path:
    """A folder of `deploy/` that ships with the project: in the source tree, else where the wheel put it."""
    in_tree = Path(__file__).resolve().parents[2] / "deploy" / name
    return in_tree if in_tree.is_dir() else Path(sys.prefix) / "share" / "nephoran" / name


class KnowledgeSettings(BaseModel):
    """The knowledge pack: inventory, guardrails, lexicon, templates and documents."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(default_factory=lambda: shipped_folder("knowledge"))
    """A folder of files laid out like the default one, which it replaces as a whole."""

    database: Path = Field(default_factory=lambda: user_data_path("nephoran") / "knowledge.sqlite")
    """What `nephoran knowledge load` fills, and what answers while Weaviate is unavailable. If the file does not exist,
    the documents of the pack are searched."""
