"""FastStream: a subscriber that publishes. It does not wait for acknowledgements, which it would one by one."""

import asyncio
import logging
import sys

from faststream import FastStream
from faststream.kafka import KafkaBroker

bootstrap, source, target = sys.argv[1:4]
broker = KafkaBroker(bootstrap, logger=None, enable_idempotence=True, linger_ms=2)
app = FastStream(broker, logger=logging.getLogger("quiet"))
publisher = broker.publisher(target)


@broker.subscriber(source, group_id=f"{target}-hop", auto_offset_reset="earliest")
async def hop(body: dict[str, str]) -> None:
    await publisher.publish(body, no_confirm=True)


asyncio.run(app.run(log_level=logging.ERROR))
