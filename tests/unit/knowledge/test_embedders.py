"""Embedders at their vendors' edge: what a server or a repository may send, and what becomes of it."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr

from agents.adapters.onnx.encoder_files import COORDINATE, encoder_files
from agents.adapters.openai.openai_embedder import OpenAiEmbedder
from agents.domain.verdicts import Retryable
from agents.retrieval.settings import EmbeddingSettings


class StandIn(BaseHTTPRequestHandler):
    """A server that speaks the embeddings protocol and answers what the test wants."""

    replies: list[Any] = []
    asked: list[dict[str, Any]] = []

    def do_POST(self) -> None:
        self.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        status, content = reply if isinstance(reply, tuple) else (200, reply)
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    StandIn.replies, StandIn.asked = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def vectors(*values: list[float], order: list[int] | None = None) -> dict[str, Any]:
    data = [{"object": "embedding", "index": n, "embedding": each} for n, each in enumerate(values)]
    return {"object": "list", "model": "m", "data": [data[n] for n in order or range(len(data))], "usage": {}}


def embedder_at(address: str) -> OpenAiEmbedder:
    settings = EmbeddingSettings(by="endpoint", base_url=address, name="m", api_key=SecretStr("key"), load_attempts=3)
    return OpenAiEmbedder(settings)


async def test_vectors_come_in_the_order_of_the_texts_and_of_unit_norm(address: str) -> None:
    StandIn.replies = [vectors([3.0, 4.0], [0.0, 2.0], order=[1, 0])]
    embedder = embedder_at(address)
    first, second = await embedder.embed_passages(["one", "two"])
    np.testing.assert_allclose([first, second], [[0.6, 0.8], [0.0, 1.0]], rtol=1e-6)
    assert StandIn.asked[0]["input"] == ["one", "two"]
    await embedder.close()


async def test_a_load_is_patient_and_a_query_is_not(address: str) -> None:
    StandIn.replies = [(500, {}), (429, {}), vectors([1.0, 0.0])]
    embedder = embedder_at(address)
    assert len(await embedder.embed_passages(["one"])) == 1
    StandIn.replies, StandIn.asked[:] = [(500, {}), vectors([1.0, 0.0])], []
    with pytest.raises(Retryable) as verdict:
        await embedder.embed_query("one")
    assert verdict.value.dependency == "embedder"
    assert len(StandIn.asked) == 1
    await embedder.close()


@pytest.mark.parametrize(
    "reply",
    [
        vectors(),
        vectors([1.0, 0.0], [1.0, 0.0]),
        vectors([0.0, 0.0]),
        vectors([1e400, 0.0]),
        vectors(["a"]),  # type: ignore[list-item]
        {"object": "list", "data": None},
        {"object": "list", "data": [{"index": 0}]},
        {"error": "none of it"},
        (401, {"error": {"message": "wrong key"}}),
    ],
)
async def test_an_answer_that_is_no_vector_is_an_error_to_see(reply: Any, address: str) -> None:
    StandIn.replies = [reply]
    embedder = embedder_at(address)
    with pytest.raises(Retryable):
        await embedder.embed_query("one")
    await embedder.close()


async def test_a_server_that_is_not_there_is_an_error_to_see() -> None:
    embedder = embedder_at("http://127.0.0.1:9/v1")
    with pytest.raises(Retryable, match="m"):
        await embedder.embed_query("one")
    await embedder.close()


def test_an_encoder_that_is_not_the_pinned_one_is_not_used_and_leaves_nothing(tmp_path: Path) -> None:
    group, artifact, version = COORDINATE.split(":")
    place = tmp_path / "repository" / group.replace(".", "/") / artifact / version
    place.mkdir(parents=True)
    (place / f"{artifact}-{version}.jar").write_bytes(b"PK\x03\x04 something else")
    with pytest.raises(Retryable, match="fetched"):
        encoder_files(tmp_path / "cache", (tmp_path / "repository").as_uri(), lambda line: None)
    assert list((tmp_path / "cache").iterdir()) == []
