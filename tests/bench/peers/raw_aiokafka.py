"""aiokafka without anything: no decoding, no lanes; a batch is acknowledged before the next is fetched.

On uvloop, as our own engines.
"""

import asyncio
import sys

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer


async def main(bootstrap: str, source: str, target: str) -> None:
    consumer = AIOKafkaConsumer(
        source,
        bootstrap_servers=bootstrap,
        group_id=f"{target}-hop",
        auto_offset_reset="earliest",
        auto_commit_interval_ms=1_000,
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, linger_ms=2)
    await consumer.start()
    await producer.start()
    while True:
        for messages in (await consumer.getmany(timeout_ms=1_000)).values():
            sent = [await producer.send(target, message.value, message.key) for message in messages]
            await asyncio.gather(*sent)


uvloop.run(main(*sys.argv[1:4]))
