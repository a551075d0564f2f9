"""Where a benchmark's spans go: a server of OTLP over HTTP that takes everything and keeps nothing."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


class _Takes(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def _take_spans(server: HTTPServer) -> None:
    server.serve_forever()


@contextmanager
def span_sink() -> Iterator[str]:
    """Where spans go, in a process of its own."""
    server = HTTPServer(("127.0.0.1", 0), _Takes)
    process = multiprocessing.get_context("fork").Process(target=_take_spans, args=(server,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/traces"
    finally:
        process.terminate()
        process.join()
        server.server_close()
