"""What the grammar makes of a labelled request, in the shape of its label."""

import asyncio
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from agents.domain.ports import Reading
from agents.domain.rules import approval_reasons
from agents.domain.verdicts import Declined
from agents.knowledge.pack import KnowledgePack
from agents.knowledge.settings import KnowledgeSettings
from agents.understanding.grammar_understanding import GrammarUnderstanding
from schemas.intent import Expectation

GOLD = Path(__file__).parent


@cache
def pack() -> KnowledgePack:
    """The pack that ships with the project."""
    return KnowledgePack.load(KnowledgeSettings().folder)


@cache
def grammar() -> GrammarUnderstanding:
    """The grammar with the words of that pack."""
    return GrammarUnderstanding(pack())


def cases() -> list[dict[str, Any]]:
    """Every labelled request of this folder."""
    lines = [line for path in sorted(GOLD.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]
    return [json.loads(line) for line in lines]


def read(text: str) -> Reading | Declined:
    """The reading, or why there is none."""
    try:
        return asyncio.run(grammar().read(text))
    except Declined as declined:
        return declined


@dataclass(frozen=True)
class Judged:
    """One case with its answer."""

    case: dict[str, Any]
    answer: Reading | Declined

    @property
    def is_right(self) -> bool:
        """True for the labelled outcome with the labelled expectations, or with an accepted reason."""
        if isinstance(self.answer, Declined):
            return self.case["outcome"] == "declined" and self.answer.reason in self.case["reasons"]
        outcome = "proposed" if approval_reasons(self.answer.expectations, pack()) else "planned"
        return outcome == self.case["outcome"] and not self.is_wrong_deployment

    @property
    def is_wrong_deployment(self) -> bool:
        """True where something would be carried out that was not asked for."""
        if isinstance(self.answer, Declined):
            return False
        return asked(self.answer.expectations) != sorted(_said(each) for each in self.case.get("expectations", []))


def asked(expectations: tuple[Expectation, ...]) -> list[str]:
    """What expectations ask for, whatever their order and evidence."""
    return sorted(_said(each.model_dump(mode="json")) for each in expectations)


def _said(expectation: dict[str, Any]) -> str:
    thing, identity = expectation["object"], expectation["object"]["slice"]
    targets = sorted(
        (each["name"], each["condition"], _value(each["value"]), each["unit"]) for each in expectation["targets"]
    )
    sliced = (identity["sst"], identity.get("sd")) if identity else None
    return repr((expectation["action"], thing["type"], thing["name"], sorted(thing["sites"]), sliced, targets))


def _value(value: float | str) -> float | str:
    return value if isinstance(value, str) else float(value)
