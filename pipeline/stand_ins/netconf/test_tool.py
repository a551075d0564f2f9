"""OpenDaylight's NETCONF test tool as a managed element: it stores what it is told, and enforces nothing.

Its jar comes from Maven Central, once, its Java is the one of Kafka. Its locks are a formality, it knows neither
`validate` nor `confirmed-commit`, and it lets anybody in as admin/admin: for tests and the demo.
"""

import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.kafka.not_usable import NotUsable
from pipeline.local_kafka.distribution import Report, cache_folder, fetch_jar, java
from pipeline.local_kafka.free_ports import find_free_ports
from pipeline.processes.child_process import ChildProcess

VERSION = "9.0.0"
COORDINATE = f"org.opendaylight.netconf:netconf-testtool:{VERSION}:executable"
MODULES = Path(__file__).parent / "yang"
START_SECONDS = 60
USERNAME = PASSWORD = "admin"  # noqa: S105 (the test tool's own, for everybody)


def test_tool_jar(report: Report) -> Path:
    """The jar, fetched where this user has none yet. Raises: NotUsable."""
    return fetch_jar(cache_folder() / f"netconf-testtool-{VERSION}.jar", COORDINATE, report)


class ManagedElement:
    """A running element at `port`, which keeps its files in `folder`; it takes seconds to be ready."""

    def __init__(self, folder: Path, report: Report) -> None:
        """Raises: NotUsable."""
        jar = test_tool_jar(report)
        schemas = folder / "schemas"  # it writes into the folder of its modules
        shutil.copytree(MODULES, schemas)
        [self.port] = find_free_ports(1)
        heap = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
        options = ("--ip", "127.0.0.1", "--starting-port", str(self.port), "--device-count", "1", "--ssh", "true")
        further = ("--exi", "false", "--md-sal", "true", "--schemas-dir", str(schemas))
        self._process = ChildProcess([java(), *heap, "-jar", str(jar), *options, *further], folder / "test-tool.log")

    def wait(self) -> None:
        """Returns once it listens. Raises: NotUsable."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process.exit_code is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise NotUsable(f"the NETCONF test tool did not start: {self._process.last_lines()}")

    def stop(self) -> None:
        """Ends it."""
        self._process.kill()


@contextmanager
def managed_element(folder: Path, report: Report) -> Iterator[int]:
    """The port of an element, ready. Raises: NotUsable."""
    element = ManagedElement(folder, report)
    try:
        element.wait()
        yield element.port
    finally:
        element.stop()
