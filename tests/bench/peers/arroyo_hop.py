"""Arroyo: consume, produce, commit in order once acknowledged."""

import sys
from collections.abc import Mapping

from arroyo.backends.kafka import KafkaConsumer, KafkaPayload, KafkaProducer
from arroyo.backends.kafka.configuration import build_kafka_configuration, build_kafka_consumer_configuration
from arroyo.commit import IMMEDIATE  # noqa: F401
from arroyo.processing import StreamProcessor
from arroyo.processing.strategies import CommitOffsets, ProcessingStrategy, ProcessingStrategyFactory, Produce
from arroyo.types import Commit, Partition, Topic

bootstrap, source, target = sys.argv[1:4]


class Hop(ProcessingStrategyFactory[KafkaPayload]):
    def __init__(self) -> None:
        self._producer = KafkaProducer(
            build_kafka_configuration(
                default_config={}, bootstrap_servers=[bootstrap], override_params={"linger.ms": 5, "acks": "all"}
            )
        )

    def create_with_partitions(
        self, commit: Commit, partitions: Mapping[Partition, int]
    ) -> ProcessingStrategy[KafkaPayload]:
        return Produce(self._producer, Topic(target), CommitOffsets(commit))


consumer = KafkaConsumer(
    build_kafka_consumer_configuration(
        default_config={}, bootstrap_servers=[bootstrap], group_id=f"{target}-hop", auto_offset_reset="earliest"
    )
)
StreamProcessor(consumer=consumer, topic=Topic(source), processor_factory=Hop()).run()
