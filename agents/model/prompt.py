"""What a model is told: fixed instructions, and the request fenced off as data."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from string import Template

from agents.knowledge.pack import Inventory

PROMPTS = Path(__file__).resolve().parent / "prompts"


@dataclass(frozen=True, slots=True)
class Prompt:
    """The instructions of one purpose, filled in once."""

    instructions: str

    @classmethod
    def load(cls, inventory: Inventory, file: Path = PROMPTS / "reading.md") -> "Prompt":
        """The instructions with the sites there are."""
        sites = "\n".join(
            f"- {slug}" + "".join(f", {part}" for part in (site.city, site.country, site.kind) if part)
            for slug, site in sorted(inventory.sites.items())
        )
        return cls(Template(file.read_text(encoding="utf-8")).substitute(sites=sites))

    def request_of(self, text: str, unknown_words: tuple[str, ...]) -> str:
        """The request between two marks that it cannot contain: they carry its own digest."""
        mark = sha256(text.encode()).hexdigest()[:16]
        words = "\n".join(f"- {word}" for word in unknown_words)
        return f"Unknown words:\n{words}\n\n<request {mark}>\n{text}\n</request {mark}>"
