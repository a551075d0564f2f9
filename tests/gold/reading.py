"""What the grammar makes of a labelled request, in the shape of its label."""

import asyncio
import json
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
from tests.gold.judging import Answer, said

GOLD = Path(__file__).parent
FILES = sorted(GOLD.glob("*.jsonl"))
TRAPS = sorted((GOLD / "traps").glob("*.jsonl"))
HELD_OUT = sorted((GOLD / "held_out").glob("*.jsonl"))


@cache
def pack() -> KnowledgePack:
    """The pack that ships with the project."""
    return KnowledgePack.load(KnowledgeSettings().folder)


@cache
def grammar() -> GrammarUnderstanding:
    """The grammar with the words of that pack."""
    return GrammarUnderstanding(pack())


def cases(files: list[Path] = FILES) -> list[dict[str, Any]]:
    """Every labelled request of these files."""
    return [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]


@cache
def read(text: str) -> Reading | Declined:
    """The reading, or why there is none."""
    try:
        return asyncio.run(grammar().read(text))
    except Declined as declined:
        return declined


@cache
def answer_to(text: str) -> Answer:
    """What would become of the request: words that nothing was done about are for somebody to approve."""
    reading = read(text)
    if isinstance(reading, Declined):
        return Answer("declined", reading.reason)
    left = tuple(getattr(reading, "not_acted_on", ()))
    is_proposed = left or approval_reasons(reading.expectations, pack())
    made = tuple(each.model_dump(mode="json") for each in reading.expectations)
    return Answer("proposed" if is_proposed else "planned", None, made, left)


def asked(expectations: tuple[Expectation, ...]) -> list[str]:
    """What expectations ask for, whatever their order and evidence."""
    return said([each.model_dump(mode="json") for each in expectations])
