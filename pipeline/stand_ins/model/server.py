"""A stand-in for a language model's server: Chat Completions and embeddings at the wire, its answers out of a script.

It is no model and understands nothing; whatever its script has no answer for, it refuses.
"""

import asyncio
import json
import socket
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from pipeline.stand_ins.model.bag_of_words import embedding
from pipeline.stand_ins.model.replies import Fails, Hangs, Refuses, Reply, Says, SendsRaw
from pipeline.stand_ins.model.strict_schemas import strict_schema_faults

_MODEL = "stand-in"


class StandInModel:
    """The script: what is next, else what stands for the request, else the default. It remembers what it was asked."""

    def __init__(self, api_key: str | None = None, default: Reply = Refuses()) -> None:
        self.api_key = api_key
        self.default = default
        self.next: deque[Reply] = deque()
        self.answers: dict[str, Reply] = {}
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.base_url = ""

    def reply_to(self, body: dict[str, Any]) -> Reply:
        """The longest request text of the script that the last message quotes wins."""
        if self.next:
            return self.next.popleft()
        message = str(body["messages"][-1]["content"])
        quoted = [text for text in self.answers if text in message]
        return self.answers[max(quoted, key=len)] if quoted else self.default


def app_of(model: StandInModel) -> FastAPI:
    """The HTTP side."""
    app = FastAPI(title="A stand-in for a language model", docs_url=None, redoc_url=None)

    @app.post("/v1/chat/completions")
    async def complete(request: Request) -> Response:
        body = await request.json()
        model.asked.append(body)
        model.headers.append(dict(request.headers))
        if refused := _refused(model, request) or _not_accepted(body):
            return refused
        return await _reply(model.reply_to(body), body)

    @app.post("/v1/embeddings")
    async def embed(request: Request) -> Response:
        body = await request.json()
        model.asked.append(body)
        if refused := _refused(model, request):
            return refused
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        form = body.get("encoding_format", "float")
        vectors = [embedding(text, body.get("dimensions", 256), form) for text in texts]
        tokens = sum(_tokens(text) for text in texts)
        return JSONResponse(
            {
                "object": "list",
                "model": _MODEL,
                "data": [{"object": "embedding", "index": at, "embedding": each} for at, each in enumerate(vectors)],
                "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
            }
        )

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [{"id": _MODEL, "object": "model", "created": 0, "owned_by": "nobody"}]}

    return app


async def _reply(reply: Reply, body: dict[str, Any]) -> Response:
    match reply:
        case Says():
            await asyncio.sleep(reply.after_seconds)
            content = reply.content if isinstance(reply.content, str) else json.dumps(reply.content)
            return _completion(body, content, None, reply.finish_reason)
        case Refuses():
            return _completion(body, None, reply.because, "stop")
        case Fails():
            return _error(reply.status, reply.message, reply.code, dict(reply.headers))
        case SendsRaw():
            return Response(reply.body, media_type=reply.content_type)
        case Hangs():
            await asyncio.sleep(3600)
            return Response(status_code=504)


def _completion(body: dict[str, Any], content: str | None, refusal: str | None, finish: str) -> Response:
    prompt = sum(_tokens(str(message["content"])) for message in body["messages"])
    completion = _tokens(content or refusal or "")
    message = {"role": "assistant", "content": content, "refusal": refusal}
    return JSONResponse(
        {
            "id": "chatcmpl-stand-in",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": prompt + completion,
            },
        }
    )


def _tokens(text: str) -> int:
    """About four characters each, as in English."""
    return len(text) // 4 + 1


def _refused(model: StandInModel, request: Request) -> Response | None:
    if model.api_key is None or request.headers.get("authorization") == f"Bearer {model.api_key}":
        return None
    return _error(401, "Incorrect API key provided.", "invalid_api_key")


def _not_accepted(body: dict[str, Any]) -> Response | None:
    form = body.get("response_format") or {}
    if form.get("type") != "json_schema" or form["json_schema"].get("strict") is not True:
        return _error(400, "This stand-in answers structured requests only.", "invalid_request")
    if faults := strict_schema_faults(form["json_schema"]["schema"]):
        return _error(400, "Invalid schema for response_format: " + "; ".join(faults), "invalid_json_schema")
    return None


def _error(status: int, message: str, code: str | None, headers: dict[str, str] | None = None) -> Response:
    error = {"message": message, "type": "stand_in", "param": None, "code": code}
    return JSONResponse({"error": error}, status, headers)


@contextmanager
def served(model: StandInModel, port: int = 0) -> Iterator[StandInModel]:
    """The stand-in on a loopback port, in a thread of its own; `model.base_url` says where."""
    listener = socket.create_server(("127.0.0.1", port))
    model.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    config = uvicorn.Config(
        app_of(model), log_level="critical", lifespan="off", ws="none", loop="asyncio", timeout_graceful_shutdown=0
    )
    server = uvicorn.Server(config)
    thread = Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    thread.start()
    try:
        yield model
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(timeout=10)
        listener.close()
