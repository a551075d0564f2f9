"""confluent-kafka without anything: no decoding, no lanes; what was acknowledged is committed every second."""

import sys
import time

from confluent_kafka import Consumer, Producer

bootstrap, source, target = sys.argv[1:4]
consumer = Consumer(
    {
        "bootstrap.servers": bootstrap,
        "group.id": f"{target}-hop",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
)
producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 5})
consumer.subscribe([source])
commit_at = time.monotonic() + 1
while True:
    for message in consumer.consume(500, timeout=1):
        producer.produce(target, message.value(), message.key())
        producer.poll(0)
    if time.monotonic() > commit_at:
        producer.flush()
        consumer.commit(asynchronous=True)
        commit_at = time.monotonic() + 1
