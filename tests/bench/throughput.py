"""How fast a process fills a topic: by the times at which the broker appended its records; and its processor time."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition

POLL_SECONDS = 0.05


class NothingCame(Exception):
    """The process wrote too little to be measured; the message says what it said."""


@dataclass(frozen=True)
class Rate:
    """Events a second, and the processor time of one in microseconds."""

    per_second: float
    cpu_microseconds: float


class Output:
    """The topic that is filled, of one partition."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._consumer = Consumer(
            {"bootstrap.servers": bootstrap, "group.id": f"watch-{topic}", "enable.auto.commit": False}
        )
        self._topic = topic

    def end(self) -> int:
        """How many records it has."""
        return int(self._consumer.get_watermark_offsets(TopicPartition(self._topic, 0), timeout=10)[1])

    def appended_at(self, offset: int) -> float:
        """When, in seconds."""
        self._consumer.assign([TopicPartition(self._topic, 0, offset)])
        message = self._consumer.poll(10)
        if message is None or message.error():
            raise NothingCame(f"no record at {offset} of {self._topic}")
        return float(message.timestamp()[1]) / 1_000

    def close(self) -> None:
        self._consumer.close()


def measure(
    command: Sequence[str],
    output: Output,
    log: Path,
    warm_up: int,
    seconds: float,
    most: int,
    start_seconds: float = 60,
) -> Rate:
    """Run the command, let it warm up for so many records, and measure for so long or until `most` are there.

    Raises: NothingCame.
    """
    with log.open("wb") as written, subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT) as process:
        try:
            first = _wait_for(output, warm_up, start_seconds, process)
            cpu_began, began = _cpu_seconds(process.pid), time.monotonic()
            last = first
            while last < most and time.monotonic() - began < seconds:
                time.sleep(POLL_SECONDS)
                last = output.end()
            cpu_seconds = _cpu_seconds(process.pid) - cpu_began
        except NothingCame as error:
            raise NothingCame(f"{error}; it said: {log.read_text(errors='replace')[-500:]}") from error
        finally:
            process.kill()
    lasted = output.appended_at(last - 1) - output.appended_at(first)
    return Rate((last - 1 - first) / lasted, cpu_seconds / (last - first) * 1e6)


def _wait_for(output: Output, count: int, within_seconds: float, process: "subprocess.Popen[bytes]") -> int:
    deadline = time.monotonic() + within_seconds
    while (end := output.end()) < count:
        if process.poll() is not None or time.monotonic() > deadline:
            raise NothingCame(f"{end} records of {count} to warm up")
        time.sleep(POLL_SECONDS)
    return end


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
