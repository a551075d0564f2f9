"""An embedder behind OpenAI's protocol."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from openai import APIError, AsyncOpenAI

from agents.domain.verdicts import Retryable
from agents.retrieval.settings import EmbeddingSettings

if TYPE_CHECKING:
    from agents.retrieval.ports import Vector

_NO_KEY = "none-needed"
"""The client insists on one; servers that ask for none ignore it."""


class OpenAiEmbedder:
    """Queries are asked for once and in time, for keywords can answer; loads with patience."""

    def __init__(self, settings: EmbeddingSettings) -> None:
        self._settings = settings
        self._client = AsyncOpenAI(
            base_url=settings.base_url, api_key=settings.api_key.get_secret_value() or _NO_KEY, max_retries=0
        )

    @property
    def name(self) -> str:
        """The model as its provider calls it."""
        return self._settings.name

    async def embed_query(self, text: str) -> "Vector":
        """Raises: Retryable."""
        [vector] = await self._embed(self._client, [text], self._settings.query_seconds)
        return vector

    async def embed_passages(self, texts: Sequence[str]) -> "Sequence[Vector]":
        """One for each text. Raises: Retryable after the last attempt."""
        patient = self._client.with_options(
            max_retries=self._settings.load_attempts - 1, timeout=self._settings.load_seconds
        )
        return await self._embed(patient, list(texts), self._settings.load_seconds * self._settings.load_attempts)

    async def _embed(self, client: AsyncOpenAI, texts: list[str], within_seconds: float) -> "list[Vector]":
        try:
            async with asyncio.timeout(within_seconds):
                answer = await client.embeddings.create(model=self.name, input=texts, encoding_format="float")
            return _vectors_of(answer, len(texts))
        except TimeoutError as fault:
            raise self._away(f"did not answer within {within_seconds:g} s") from fault
        except APIError as fault:
            raise self._away(f"did not answer: {fault.message}; check NEPHORAN_EMBEDDINGS__BASE_URL") from fault
        except (ValueError, TypeError, AttributeError) as fault:
            raise self._away(f"did not answer with a list of {len(texts)} vectors") from fault

    def _away(self, what: str) -> Retryable:
        return Retryable(f"the embedder {self.name} {what}", dependency="embedder")

    async def close(self) -> None:
        """End its connections."""
        await self._client.close()


def _vectors_of(answer: Any, count: int) -> "list[Vector]":
    """By their index, of unit norm: the client checks nothing of what a server sends. Raises: ValueError."""
    import numpy as np

    ordered = sorted(answer.data, key=lambda each: each.index)
    matrix = np.array([each.embedding for each in ordered], dtype=np.float32)
    norms = np.linalg.norm(matrix, axis=1, keepdims=True) if matrix.ndim == 2 else np.zeros(1)
    is_whole = [each.index for each in ordered] == list(range(count))
    if not is_whole or not np.all(norms > 0) or not np.all(np.isfinite(norms)):
        raise ValueError("vectors are missing, or mean nothing")
    return list(matrix / norms)
