"""One Kafka for a benchmark, on a processor of its own where there are several, with the topics and data it needs."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from pipeline.local_kafka.cluster import LocalKafka

REQUEST_BYTES = 255


@dataclass(frozen=True)
class Core:
    """The processor of what is measured, `None` where there is one for all."""

    number: int | None

    def pinned(self, command: Sequence[str]) -> list[str]:
        """The command, kept to this processor."""
        return list(command) if self.number is None else ["taskset", "-c", str(self.number), *command]


@contextmanager
def kafka_for_benchmark() -> Iterator[tuple[str, Core]]:
    """The bootstrap servers of a Kafka of its own, and the processor that it leaves free."""
    everything = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else [0]
    core = Core(everything[-1] if len(everything) > 1 else None)
    if core.number is not None:
        os.sched_setaffinity(0, set(everything[:-1]))  # the broker inherits it
    kafka = LocalKafka(report=lambda line: print(line, file=sys.stderr))
    kafka.start()
    try:
        yield kafka.bootstrap_servers, core
    finally:
        kafka.stop()


def create_topic(bootstrap: str, name: str, partitions: int = 1) -> None:
    """A topic whose records carry the time when the broker appended them."""
    topic = NewTopic(name, partitions, 1, config={"message.timestamp.type": "LogAppendTime"})
    admin = AdminClient({"bootstrap.servers": bootstrap})  # must outlive its requests
    admin.create_topics([topic])[name].result()


def request(number: int) -> bytes:
    """An intent as JSON, 255 bytes of it."""
    head = f'{{"intent":"Scale the AMF in tokyo-1 to {number % 9 + 1} replicas, request {number:09d}'
    return (head + "." * (REQUEST_BYTES - len(head) - 2) + '"}').encode()


def fill(bootstrap: str, topic: str, count: int, keys: int = 1_000) -> None:
    """Write so many requests, of so many keys by turns."""
    producer = Producer(
        {"bootstrap.servers": bootstrap, "linger.ms": 20, "partitioner": "murmur2_random", "acks": "all"}
    )
    for number in range(count):
        while True:
            try:
                producer.produce(topic, request(number), f"target-{number % keys}".encode())
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    producer.flush()
