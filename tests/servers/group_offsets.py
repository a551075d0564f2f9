"""A consumer group's offsets as Apache Kafka's own tool tells them: what our own figures are held against."""

import asyncio
from dataclasses import dataclass

from pipeline.local_kafka.distribution import kafka_jars
from pipeline.local_kafka.node import java_command

MAIN_CLASS = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"


@dataclass(frozen=True)
class PartitionOffsets:
    """`committed` and `lag` are None where the group committed nothing."""

    committed: int | None
    end: int
    lag: int | None


async def group_offsets(bootstrap_servers: str, group: str) -> dict[tuple[str, int], PartitionOffsets]:
    """The offsets of a group by topic and partition; empty for a group that is not known. Takes about a second."""
    arguments = ("--bootstrap-server", bootstrap_servers, "--describe", "--offsets", "--group", group)
    command = java_command(kafka_jars(print), MAIN_CLASS, *arguments)
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    told = output.decode() + errors.decode()
    if process.returncode != 0 and "does not exist" not in told:
        raise AssertionError(f"ConsumerGroupCommand failed: {told}")
    rows = [line.split() for line in output.decode().splitlines() if line.strip()]
    return dict(_read(dict(zip(rows[0], row, strict=False))) for row in rows[1:])


def _read(row: dict[str, str]) -> tuple[tuple[str, int], PartitionOffsets]:
    key = (row["TOPIC"], int(row["PARTITION"]))
    return key, PartitionOffsets(_number(row["CURRENT-OFFSET"]), int(row["LOG-END-OFFSET"]), _number(row["LAG"]))


def _number(cell: str) -> int | None:
    return None if cell == "-" else int(cell)
