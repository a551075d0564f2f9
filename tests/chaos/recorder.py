"""The history of a run on a real Kafka and a real repository, read when it is over. Its places are times in ms."""

import subprocess
from operator import attrgetter
from pathlib import Path

from pipeline.kafka.records import Record
from pipeline.kafka.settings import KafkaSettings
from pipeline.operations.read_topics import read_all
from schemas.envelope import Order
from schemas.topics import TOPICS
from tests.chaos.history import Appended, Effected, History

MARK = "effect"
VALUES = "parameters.yaml"
"""The file that holds what the intents of a run set: one value an object."""


async def recorded(kafka: KafkaSettings, repository: Path) -> History:
    """Everything that was written to topics, and every commit."""
    history = History()

    def take(record: Record) -> None:
        history.appended.append(Appended(record.timestamp_ms, record))

    await read_all(kafka, {topic: take for topic in TOPICS if topic.name.startswith("intents.")})
    history.appended.sort(key=attrgetter("at"))  # stable: within a partition they are in order already
    history.effected += effects_in(repository)
    return history


def effects_in(repository: Path) -> list[Effected]:
    """The commits of intents in the order they were pushed; their times are cut to seconds, and so the latest of it."""
    trailers = " ".join(f"%(trailers:key={key},valueonly,separator=%x20)" for key in ("Intent-Id", "Intent-Order"))
    shape = f"--format={MARK} %ct {trailers}"
    command = ["git", "--git-dir", str(repository), "log", "--reverse", "--first-parent", "--name-only", shape, "main"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    effects: list[Effected] = []
    for line in told.splitlines():
        match line.split(" "):
            case [str(first), seconds, intent_id, order] if first == MARK:
                effects.append(Effected(int(seconds) * 1_000 + 999, intent_id, Order.parse(order), {}))
            case [str(path)] if path.endswith(VALUES) and effects:
                last = effects[-1]
                effects[-1] = Effected(last.at, last.intent_id, last.order, {**last.changes, (path, ""): None})
    return effects
