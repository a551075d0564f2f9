"""A worker's HTTP port: `/healthz`, `/readyz` and `/metrics`."""

import asyncio
import socket
from collections.abc import Callable

import uvicorn
from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from pipeline.kafka.not_usable import NotUsable
from pipeline.telemetry.http_meter import HttpMeter
from pipeline.telemetry.metrics import Metrics


def worker_app(metrics: Metrics, why_not_ready: Callable[[], str | None]) -> Starlette:
    """The routes. `why_not_ready` says in words what is missing, None where nothing is."""

    async def health(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readiness(request: Request) -> Response:
        missing = why_not_ready()
        return PlainTextResponse(f"{missing or 'ready'}\n", 503 if missing else 200)

    async def exposition(request: Request) -> Response:
        encoder, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encoder(metrics.registry), headers={"content-type": content_type})

    routes = [Route("/healthz", health), Route("/readyz", readiness), Route("/metrics", exposition)]
    return Starlette(routes=routes, middleware=[Middleware(HttpMeter, service="worker", metrics=metrics)])


class HttpServer:
    """Serves an app on a socket that is bound before anything else starts, so that a taken port is a clear error."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._socket = socket.create_server((host, port), family=family)
        except OSError as fault:
            raise NotUsable(
                f"cannot listen on {host}:{port} ({fault.strerror}): choose another port, or 0 for a free one "
                "(a worker's is NEPHORAN_METRICS__PORT)"
            ) from fault
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", access_log=False))
        self._task: asyncio.Task[None] | None = None
        self.port: int = self._socket.getsockname()[1]

    async def start(self) -> None:
        """Serve in the background."""
        self._server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        self._task = asyncio.create_task(self._server._serve([self._socket]))

    async def stop(self) -> None:
        """Close the port."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._socket.close()
