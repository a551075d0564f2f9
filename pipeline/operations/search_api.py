"""The HTTP interface to the knowledge base: searches, and emptying its caches. Faults are RFC 9457 problems."""

import time
from collections.abc import Awaitable, Callable, Sequence
from hmac import compare_digest
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client.exposition import choose_encoder
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from agents.domain.ports import KnowledgeBase
from agents.domain.verdicts import Retryable
from pipeline.telemetry.http_meter import HttpMeter
from pipeline.telemetry.metrics import Metrics
from pipeline.telemetry.search_api_settings import Scope, SearchApiSettings, Token
from schemas.bodies import Citation

MOST_BODY_BYTES = 16_384
MOST_QUERY_CHARACTERS = 2_000
MOST_PASSAGES = 50
SERVICE = "rag-api"
_BURST_SECONDS = 2.0


class SearchRequest(BaseModel):
    """What to look for."""

    model_config = ConfigDict(extra="forbid", strict=True)

    query: str = Field(min_length=1, max_length=MOST_QUERY_CHARACTERS)
    limit: int = Field(default=10, ge=1, le=MOST_PASSAGES)


class SearchAnswer(BaseModel):
    """What was found, best first. `degraded` says why that may be less than there is."""

    passages: tuple[Citation, ...]
    degraded: str | None = None


class Problem(HTTPException):
    """Becomes a problem document; `detail` tells the caller what to do."""


class Bucket:
    """A limit on requests per second, with a burst."""

    def __init__(self, per_second: float, now: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._now = now
        self._most = max(1.0, per_second * _BURST_SECONDS)
        self._left = self._most
        self._at = now()

    def seconds_to_wait(self) -> float:
        """0 where a request may go now, which it then does."""
        now = self._now()
        self._left = min(self._most, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self._per_second


class Gate:
    """Lets in who has a token of the right scope, and not too often."""

    def __init__(self, tokens: Sequence[Token], per_second: float) -> None:
        self._tokens = [(each, each.token.get_secret_value().encode(), Bucket(per_second)) for each in tokens]

    def require(self, scope: Scope) -> Callable[[Request], Awaitable[None]]:
        """A dependency of a route. Raises: Problem 401, 403 or 429."""

        async def check(request: Request) -> None:
            token, bucket = self._known(request)
            if scope not in token.scopes:
                headers = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
                raise Problem(403, f"this token does not have the scope {scope}", headers)
            if wait := bucket.seconds_to_wait():
                raise Problem(429, "too many requests with this token", {"Retry-After": str(max(1, round(wait + 0.5)))})

        return check

    def _known(self, request: Request) -> tuple[Token, Bucket]:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        found = [(each, bucket) for each, secret, bucket in self._tokens if compare_digest(secret, given.encode())]
        if scheme.lower() != "bearer" or not found:
            raise Problem(
                401, "send Authorization: Bearer with a token that is known here", {"WWW-Authenticate": "Bearer"}
            )
        return found[0]


class BodyLimit:
    """ASGI middleware: a body that is too large is not read to its end."""

    def __init__(self, app: Any, most_bytes: int) -> None:
        self._app = app
        self._most_bytes = most_bytes

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let the application answer, or say 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken, body = 0, []
        while True:
            message = await receive()
            body.append(message)
            taken += len(message.get("body", b""))
            if taken > self._most_bytes:
                await _problem(413, f"a body may have {self._most_bytes} bytes")(scope, receive, send)
                return
            if not message.get("more_body"):
                break

        async def again() -> Any:
            return body.pop(0) if body else await receive()

        await self._app(scope, again, send)


def search_app(
    settings: SearchApiSettings,
    documents: KnowledgeBase,
    clear_caches: Callable[[], Awaitable[None]],
    metrics: Metrics,
) -> FastAPI:
    """The routes."""
    app = FastAPI(title="nephoran knowledge", docs_url=None, redoc_url=None, openapi_url=None)
    gate = Gate(settings.tokens, settings.requests_per_second)
    app.add_middleware(BodyLimit, most_bytes=MOST_BODY_BYTES)
    app.add_middleware(HttpMeter, service=SERVICE, metrics=metrics)
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(RequestValidationError, _validation_problem)
    app.add_exception_handler(Retryable, _away_problem)

    @app.post("/v1/search", dependencies=[Depends(gate.require("read"))])
    async def search(request: SearchRequest) -> SearchAnswer:
        found = await documents.search(request.query, request.limit)
        return SearchAnswer(passages=found.citations, degraded=found.degraded)

    @app.post("/admin/cache/clear", dependencies=[Depends(gate.require("operate"))], status_code=204)
    async def clear() -> Response:
        await clear_caches()
        return Response(status_code=204)

    @app.get("/healthz")
    async def health() -> Response:
        return Response("ok\n", media_type="text/plain")

    @app.get("/metrics")
    async def exposition(accept: Annotated[str, Depends(_accept)]) -> Response:
        encoder, content_type = choose_encoder(accept)
        return Response(encoder(metrics.registry), headers={"content-type": content_type})

    return app


def _accept(request: Request) -> str:
    return request.headers.get("accept", "")


def _problem(status: int, detail: str, headers: Any = None, **further: Any) -> Response:
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **further}
    return JSONResponse(content, status, headers, media_type="application/problem+json")


async def _http_problem(request: Request, fault: Exception) -> Response:
    known = fault if isinstance(fault, HTTPException) else HTTPException(500)
    return _problem(known.status_code, str(known.detail), known.headers)


async def _validation_problem(request: Request, fault: Exception) -> Response:
    """What was sent is not repeated: it may be anything."""
    faults = fault.errors() if isinstance(fault, RequestValidationError) else []
    errors = [{"field": ".".join(map(str, each["loc"][1:])), "fault": each["msg"]} for each in faults]
    return _problem(422, "the body is not a search request", errors=errors)


async def _away_problem(request: Request, fault: Exception) -> Response:
    return _problem(503, str(fault), {"Retry-After": "5"})
