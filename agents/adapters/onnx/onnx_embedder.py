"""An embedder in this process: e5-small-v2 by ONNX Runtime, 384 dimensions, 5 ms a query on one core."""

import asyncio
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from agents.adapters.onnx.encoder_files import MODEL, NAME, TOKENIZER
from agents.domain.verdicts import Retryable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agents.retrieval.ports import Vector

_MOST_TOKENS = 512
"""Of the encoder. What is beyond is not seen: passages are cut shorter."""


class OnnxEmbedder:
    """`files` gives the folder of the encoder when it is first needed; it may take long, or raise Retryable."""

    name = NAME

    def __init__(self, files: Callable[[], Path], threads: int = 1) -> None:
        self._files = files
        self._threads = threads
        self._opening = Lock()

    async def embed_query(self, text: str) -> "Vector":
        """Raises: Retryable where the encoder cannot be had."""
        [vector] = await asyncio.to_thread(self._embed, [f"query: {text}"])
        return vector

    async def embed_passages(self, texts: Sequence[str]) -> "Sequence[Vector]":
        """One for each text. Raises: Retryable where the encoder cannot be had."""
        return await asyncio.to_thread(self._embed, [f"passage: {text}" for text in texts])

    def _embed(self, texts: list[str]) -> "list[Vector]":
        """The prefixes are those that e5 was trained with (arXiv 2212.03533, 4)."""
        with self._opening:
            encoder = self._encoder
        return [encoder.vector(text) for text in texts]

    @cached_property
    def _encoder(self) -> "_Encoder":
        return _Encoder(self._files(), self._threads)


class _Encoder:
    def __init__(self, folder: Path, threads: int) -> None:
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as fault:
            raise Retryable(
                "the on-board embedder needs the extra: pip install 'nephoran[embeddings]'", dependency="embedder"
            ) from fault
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._session: Any = onnxruntime.InferenceSession(folder / MODEL, options, providers=["CPUExecutionProvider"])
        self._tokenizer.enable_truncation(_MOST_TOKENS)

    def vector(self, text: str) -> "Vector":
        """The mean over the tokens, of unit norm. One text at a time: padding would cost more than a batch saves."""
        import numpy as np

        tokens = self._tokenizer.encode(text)
        inputs = {
            "input_ids": np.array([tokens.ids], dtype=np.int64),
            "attention_mask": np.array([tokens.attention_mask], dtype=np.int64),
            "token_type_ids": np.zeros((1, len(tokens.ids)), dtype=np.int64),
        }
        (states,) = self._session.run(None, inputs)
        mean: NDArray[np.float32] = states[0].mean(axis=0)
        return (mean / np.linalg.norm(mean)).astype(np.float32)
