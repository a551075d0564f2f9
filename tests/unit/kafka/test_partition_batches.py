"""Who waits for a record always hears what became of it."""

from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from agents.domain.verdicts import Fatal
from pipeline.kafka.partition_batches import Dispatch, Limits, Outbox
from pipeline.kafka.records import Outgoing
from pipeline.kafka.renewed_producer import RenewedProducer


class ProducerWithABug(AIOKafkaProducer):
    """aiokafka's, with a fault that is none of Kafka's."""

    async def send_batch(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("a bug in the client")


async def test_a_fault_that_is_none_of_kafkas_fails_what_is_sent_then_and_later() -> None:
    async def made() -> AIOKafkaProducer:
        return ProducerWithABug(bootstrap_servers="127.0.0.1:1")

    producer = RenewedProducer(made)
    await producer.start()
    outbox = Outbox(producer, "intents.parsed", 0, Limits(1_000_000))
    for _ in range(2):
        dispatch = Dispatch(1)
        outbox.put(Outgoing("intents.parsed", b"key", b"value"), dispatch, 0)
        with pytest.raises(Fatal, match=r"intents\.parsed: RuntimeError\('a bug in the client'\)"):
            await dispatch
    await producer.stop()
