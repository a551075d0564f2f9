"""What knowledge is made of: a store of passages, and an embedder that tells how near two texts are in meaning."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from agents.domain.ports import Ranking
from agents.retrieval.passages import Held, Passage
from schemas.bodies import Citation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]
    """Of unit norm: the scalar product of two is their similarity, -1..1."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a store says of itself. `version` changes with every load; `embedder` made its vectors, empty: none did."""

    version: str = ""
    embedder: str = ""


class Refused(Exception):
    """The store did not do what was asked; the message says why, and what to do instead."""


class Embedder(Protocol):
    """Texts to vectors."""

    @property
    def name(self) -> str:
        """Vectors of embedders with different names do not compare."""

    async def embed_query(self, text: str) -> "Vector":
        """Raises: Retryable."""

    async def embed_passages(self, texts: Sequence[str]) -> "Sequence[Vector]":
        """One for each text. Raises: Retryable."""


class PassageStore(Protocol):
    """Passages with their vectors, found by words, by meaning, or by both."""

    @property
    def name(self) -> str:
        """The database behind it, as metrics call it."""

    async def find(self, query: str, vector: "Vector | None", limit: int, ranking: Ranking) -> tuple[Citation, ...]:
        """At most `limit` documents by their best passage, best first. KEYWORDS needs no vector. Raises: Retryable."""

    async def put(self, passages: Sequence[Passage], vectors: "Sequence[Vector] | None") -> None:
        """Whole documents, each in the place of what was held under its name. Raises: Retryable."""

    async def remove(self, documents: Collection[str]) -> None:
        """Raises: Retryable."""

    async def held(self) -> Mapping[str, Held]:
        """The documents, by name; the digest of one that lacks parts is empty. Raises: Retryable."""

    async def facts(self) -> Facts:
        """Raises: Retryable."""

    async def set_facts(self, facts: Facts) -> None:
        """Raises: Retryable."""

    async def close(self) -> None:
        """End its connections."""
