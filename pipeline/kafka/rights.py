"""What each role needs on a cluster with ACLs, from the table of topics: no more, so that nobody else can write."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from pipeline.kafka.settings import KafkaSettings
from schemas.topics import RECEIVED, ROLES, STAGE_ROLES, TOPICS

GROUPS = "nephoran-"
"""What the names of our consumer groups begin with."""


REPLAYS = "replay-"
"""What comes behind it in those of replay jobs."""


class Right(NamedTuple):
    """One ACL, in Kafka's words."""

    role: str
    operation: Literal["Read", "Write", "Describe", "DescribeConfigs"]
    resource: Literal["topic", "group", "transactional-id"]
    name: str
    is_prefix: bool = False

    def command(self, principal: str) -> str:
        """The line for Kafka's own tool."""
        pattern = " --resource-pattern-type prefixed" if self.is_prefix else ""
        return (
            f"kafka-acls.sh --add --allow-principal {principal} --operation {self.operation} "
            f"--{self.resource} {self.name}{pattern}"
        )


def rights(kafka: KafkaSettings) -> list[Right]:
    """All rights of all roles, each on the topics and groups of this prefix."""
    return [right for role in ROLES for right in _rights_of(role, kafka.topic_prefix)]


def _rights_of(role: str, prefix: str) -> Iterator[Right]:
    for topic in TOPICS:
        if role in topic.writers:
            yield Right(role, "Write", "topic", prefix + topic.name)
        if role != "producer":
            yield Right(role, "Read", "topic", prefix + topic.name)
            yield Right(role, "DescribeConfigs", "topic", prefix + topic.name)
    if role == "producer":
        yield Right(role, "Describe", "topic", prefix + RECEIVED.name)
        return
    yield Right(role, "Describe", "group", prefix + GROUPS, is_prefix=True)  # the lag of every stage
    if role in STAGE_ROLES:
        yield Right(role, "Read", "group", prefix + GROUPS + role)
    if role == "operator":  # a replay is a consumer group and a transaction of its own
        yield Right(role, "Read", "group", prefix + GROUPS + REPLAYS, is_prefix=True)
        yield Right(role, "Write", "transactional-id", prefix + GROUPS + REPLAYS, is_prefix=True)
        yield Right(role, "Describe", "transactional-id", prefix + GROUPS + REPLAYS, is_prefix=True)
