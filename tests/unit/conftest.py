"""The knowledge pack that ships with the project, for every unit test."""

from pathlib import Path

import pytest

from agents.knowledge.pack import KnowledgePack
from agents.plan import MakePlan
from agents.planning.templates import Templates

PACK = Path(__file__).resolve().parents[2] / "deploy" / "knowledge"


@pytest.fixture(scope="session")
def pack() -> KnowledgePack:
    """The knowledge pack that ships with the project."""
    return KnowledgePack.load(PACK)


@pytest.fixture(scope="session")
def templates() -> Templates:
    """The templates that ship with the project."""
    return Templates.load(PACK)


@pytest.fixture
def make_plan(pack: KnowledgePack, templates: Templates) -> MakePlan:
    """A planner on the default pack."""
    return MakePlan(pack, templates)
