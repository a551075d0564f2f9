"""A Maven repository on loopback with tiny jars under Kafka's coordinates, which can hang up in the middle of one."""

import io
import threading
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pipeline.local_kafka.distribution import COORDINATES

HOLD_SECONDS = 30


class MavenRepository(ThreadingHTTPServer):
    """`asked_for` counts requests by file name; the jars in `hangs_up_on` arrive by half.

    Nothing is answered while `may_answer` is cleared.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.files = dict(file for coordinate in COORDINATES for file in _files_of(coordinate))
        self.asked_for: Counter[str] = Counter()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.hangs_up_on: set[str] = set()
        self.sends_garbage_for: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def jars(self) -> set[str]:
        return {path.rpartition("/")[2] for path in self.files if path.endswith(".jar")}


class _Answers(BaseHTTPRequestHandler):
    server: MavenRepository

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        self.server.asked_for[name] += 1
        self.server.may_answer.wait(HOLD_SECONDS)
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        if name in self.server.sends_garbage_for:
            content = b"<html>log in to this network first</html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if name in self.server.hangs_up_on else content)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def maven_repository() -> Iterator[MavenRepository]:
    with MavenRepository() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _files_of(coordinate: str) -> Iterator[tuple[str, bytes]]:
    group, artifact, version = coordinate.split(":")
    path = f"/{group.replace('.', '/')}/{artifact}/{version}/{artifact}-{version}"
    yield (
        f"{path}.pom",
        f"""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
        <groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version></project>""".encode(),
    )
    jar = io.BytesIO()
    with zipfile.ZipFile(jar, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", f"Name: {artifact}\n" * 100)
    yield f"{path}.jar", jar.getvalue()
