"""The prompt: fixed instructions, and every source fenced off as data."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from string import Template

from agents.goals.sources import Case
from agents.knowledge.pack import Guardrails, Inventory, KnowledgePack
from agents.planning.templates import Templates

PROMPTS = Path(__file__).resolve().parent / "prompts"


@dataclass(frozen=True, slots=True)
class Prompt:
    """The instructions, filled in once."""

    instructions: str

    @classmethod
    def load(cls, pack: KnowledgePack, templates: Templates, file: Path = PROMPTS / "goal.md") -> "Prompt":
        """The instructions with the sites there are, what can be done, and the rules."""
        parts = {"sites": _sites(pack.inventory), "ways": _ways(templates), "rules": _rules(pack.guardrails)}
        filled = {name: "\n".join(f"- {line}" for line in lines) for name, lines in parts.items()}
        return cls(Template(file.read_text(encoding="utf-8")).substitute(filled))


def message_of(case: Case) -> str:
    """The sources between marks that none of them can contain: they carry the digest of all."""
    told = [(json.dumps(each.name), each.text) for each in (*case.sources, *case.precedents)]
    mark = sha256(json.dumps(told).encode()).hexdigest()[:16]
    return "\n\n".join(f"<source {name} {mark}>\n{text}\n</source {mark}>" for name, text in told)


def _sites(inventory: Inventory) -> Iterator[str]:
    for slug, site in sorted(inventory.sites.items()):
        yield slug + "".join(f", {part}" for part in (site.city, site.country, site.kind) if part)


def _ways(templates: Templates) -> Iterator[str]:
    for each in templates.classes:
        for route in each.routes:
            targets = ", ".join(route.targets) if route.targets else "any target"
            yield f"{', '.join(route.actions)} of {', '.join(each.objects)}: {targets}"


def _rules(guardrails: Guardrails) -> Iterator[str]:
    for limit in guardrails.limits:
        yield f"{', '.join(limit.targets)}: {limit.rule}"
    yield f"never deleted: {', '.join(guardrails.never_deleted)}"
