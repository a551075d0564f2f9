"""An embedder in plain Python, for tests: texts are near where they share words."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from agents.retrieval.ports import Vector

_WORD = re.compile(r"[^\W_]+")


class WordHashEmbedder:
    """Counts words by their hash. It knows nothing of what they mean."""

    def __init__(self, dimensions: int = 64, name: str = "word-hash") -> None:
        self._dimensions = dimensions
        self.name = name

    async def embed_query(self, text: str) -> "Vector":
        """Of unit norm."""
        import numpy as np

        counts = np.full(self._dimensions, 1e-6, dtype=np.float32)
        for word in _WORD.findall(text.lower()):
            counts[crc32(word.encode()) % self._dimensions] += 1
        vector: Vector = counts / np.linalg.norm(counts)
        return vector

    async def embed_passages(self, texts: Sequence[str]) -> "Sequence[Vector]":
        """One for each text."""
        return [await self.embed_query(text) for text in texts]
