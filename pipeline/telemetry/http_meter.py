"""Counts and times the HTTP requests of an application, by the route that answered."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.telemetry.metrics import Metrics

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
"""HTTP takes any token for a method; the others are counted as "any"."""
_NO_ROUTE = "none"
"""The label for paths that no route serves: arbitrary paths must not become labels."""


class HttpMeter:
    """ASGI middleware around an application. `service` is the component's name in the metrics."""

    def __init__(self, app: ASGIApp, service: str, metrics: Metrics) -> None:
        self._app = app
        self._service = service
        self._requests = metrics.http_requests
        self._seconds = metrics.http_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer; one that raises has answered 500."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        code = 500

        async def noting_code(message: Message) -> None:
            nonlocal code
            if message["type"] == "http.response.start":
                code = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting_code)
        finally:
            route = _route_of(scope)
            method = scope["method"] if route != _NO_ROUTE and scope["method"] in _METHODS else "any"
            self._requests.labels(self._service, method, route, str(code)).inc()
            self._seconds.labels(self._service, method, route).observe(time.perf_counter() - began)


def _route_of(scope: Scope) -> str:
    """FastAPI says which route answered. Starlette says only that one did: ours take no parameters."""
    if "route" in scope:
        return str(scope["route"].path)
    return str(scope["path"]) if "endpoint" in scope and not scope.get("path_params") else _NO_ROUTE
