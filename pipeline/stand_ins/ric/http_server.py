"""A small HTTP server on loopback for stand-ins: it knows which answers its interface describes, and can misbehave."""

import json
import re
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema import Draft202012Validator

Fault = int | Literal["hang", "cut", "drip", "flood", "garbage", "nested", "zipped"]
"""What becomes of a request: this status instead, no answer at all, or done and then no answer; or it is done, and its
answer comes a byte a second, has no end, is no JSON, is of a shape that nobody described, or cannot be unpacked."""
_SPOILT = {"garbage": b"<html>\xff", "nested": b"[" * 100_000, "zipped": b"not packed at all"}
HOLD_SECONDS = 60.0
_CHANGES = frozenset({"PUT", "POST", "DELETE"})


@dataclass(frozen=True)
class Request:
    """A request, decoded. `body` is None where there is none."""

    variables: Mapping[str, str]
    parameters: Mapping[str, str]
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What is answered; `body` None is no body."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


def problem(status: int, title: str, detail: str = "") -> Answer:
    """A problem report (RFC 9457)."""
    body = {"title": title, "status": status} | ({"detail": detail} if detail else {})
    return Answer(status, body)


@dataclass(frozen=True)
class Route:
    """One operation as its interface describes it: path with `{variables}`, and the schema of each answer's body."""

    method: str
    path: str
    handle: Callable[[Request], Answer]
    answers: Mapping[int, dict[str, Any] | None]
    body: dict[str, Any] | None = None

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The variables of the path, None where this is another operation."""
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
        found = re.fullmatch(pattern, path) if method == self.method else None
        return None if found is None else {name: unquote(value) for name, value in found.groupdict().items()}


class StandInServer(ThreadingHTTPServer):
    """Serves `routes` on loopback. `faults` befall the next changes, `looks_fail` the next questions, one each;
    `violations` collects what was asked or answered against the description; `seen` what was asked.
    """

    daemon_threads = True

    def __init__(self, routes: Sequence[Route], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.routes = list(routes)
        self.faults: deque[Fault] = deque()
        self.looks_fail: deque[Fault] = deque()
        self.violations: list[str] = []
        self.seen: list[str] = []
        self.released = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> "StandInServer":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.released.set()
        self.shutdown()
        self.server_close()
        self._thread.join()

    def fault_for(self, method: str) -> Fault | None:
        """What is to become of this request."""
        faults = self.faults if method in _CHANGES else self.looks_fail
        return faults.popleft() if faults else None


class _Handler(BaseHTTPRequestHandler):
    server: StandInServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def _serve(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append(f"{self.command} {self.path}")
        fault = self.server.fault_for(self.command)
        if isinstance(fault, int):
            self._send(problem(fault, "told to fail"))
        elif fault == "hang":
            self.server.released.wait(HOLD_SECONDS)
            self.close_connection = True
        else:
            answer = self._answer(text)
            match fault:
                case "cut":
                    self.close_connection = True
                case "drip" | "flood":
                    self._send_on_and_on(b" " if fault == "drip" else b" " * (1 << 20), 1.0 if fault == "drip" else 0.0)
                case str():
                    self._send_bytes(answer.status, _SPOILT[fault], "gzip" if fault == "zipped" else "identity")
                case _:
                    self._send(answer)

    do_GET = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815 (the library finds them by these names)

    def _answer(self, text: bytes) -> Answer:
        address = urlsplit(self.path)
        routes = self.server.routes
        matches = ((route, route.match(self.command, address.path)) for route in routes)
        route, variables = next((match for match in matches if match[1] is not None), (None, None))
        if route is None or variables is None:
            known = any(route.match(route.method, address.path) is not None for route in routes)
            return problem(405, "Method not allowed") if known else problem(404, "Not found")
        try:
            body = json.loads(text) if text else None
        except ValueError:
            return problem(400, "Bad request", "the body is not JSON")
        if route.body is not None and (faults := _faults_of(body, route.body)):
            return problem(400, "Bad request", faults[0])
        answer = route.handle(Request(variables, dict(parse_qsl(address.query)), body, dict(self.headers)))
        self._check(route, answer)
        return answer

    def _check(self, route: Route, answer: Answer) -> None:
        operation = f"{route.method} {route.path}"
        if answer.status not in route.answers:
            self.server.violations.append(f"{operation} does not answer {answer.status}")
            return
        schema = route.answers[answer.status]
        if schema is None and answer.body is not None:
            self.server.violations.append(f"{operation} {answer.status} has no body")
        if schema is not None:
            self.server.violations += [
                f"{operation} {answer.status}: {each}" for each in _faults_of(answer.body, schema)
            ]

    def _send(self, answer: Answer) -> None:
        content = b"" if answer.body is None else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        kind = "application/problem+json" if answer.status >= 400 else "application/json"
        for name, value in {"Content-Type": kind, **answer.headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _send_bytes(self, status: int, content: bytes, encoding: str) -> None:
        self.send_response(status)
        self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _send_on_and_on(self, piece: bytes, every_seconds: float) -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Length", str(1 << 40))
        self.end_headers()
        with suppress(OSError):
            while not self.server.released.wait(every_seconds):
                self.wfile.write(piece)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


def _faults_of(body: Any, schema: dict[str, Any]) -> list[str]:
    return [fault.message for fault in Draft202012Validator(schema).iter_errors(body)]
