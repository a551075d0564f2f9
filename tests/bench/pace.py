"""Requests at a steady rate, and how long each took until the broker had what came of it."""

import math
import time
from collections.abc import Callable, Sequence

from confluent_kafka import Consumer, Message, Producer, TopicPartition

from tests.bench.broker import request
from tests.bench.hop import RECEIVED_MS

TICK_SECONDS = 0.01


def send_steadily(bootstrap: str, topic: str, per_second: float, seconds: float, keys: int = 1_000) -> int:
    """Write requests, a few every tick; how many."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0, "partitioner": "murmur2_random"})
    began, sent = time.monotonic(), 0
    while (elapsed := time.monotonic() - began) < seconds:
        while sent < elapsed * per_second:
            producer.produce(topic, request(sent), f"target-{sent % keys}".encode())
            sent += 1
        producer.poll(0)
        time.sleep(TICK_SECONDS)
    producer.flush()
    return sent


def latencies(
    bootstrap: str, topic: str, first: Sequence[int], counts: Callable[[Message], bool] = lambda message: True
) -> list[float]:
    """Seconds from the broker's append of the request to its append of what came of it, from these offsets on, by
    partition."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, number, offset) for number, offset in enumerate(first)])
    left = sum(ends(consumer, topic, len(first))) - sum(first)
    found: list[float] = []
    while left > 0:
        for message in consumer.consume(1_000, timeout=1):
            left -= 1
            if counts(message):
                found.append((message.timestamp()[1] - int(dict(message.headers())[RECEIVED_MS])) / 1_000)
    consumer.close()
    return found


def ends(consumer: Consumer, topic: str, partitions: int) -> list[int]:
    """How many records each partition has."""
    return [
        consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=10)[1] for number in range(partitions)
    ]


def wait_until(predicate: Callable[[], bool], within_seconds: float) -> None:
    """Raises: TimeoutError."""
    deadline = time.monotonic() + within_seconds
    while not predicate():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not so within {within_seconds:g} s")
        time.sleep(0.1)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that so many are not above."""
    return sorted(values)[math.ceil(share * len(values)) - 1]
