"""A topic as it is on the cluster, beside how the table wants it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from schemas.topics import Topic

Verdict = Literal["as wanted", "created", "missing", "differs"]

MIN_IN_SYNC = "min.insync.replicas"
SHOWN = (MIN_IN_SYNC, "cleanup.policy", "retention.ms", "max.message.bytes", "message.timestamp.type")
"""The settings that people are shown."""


@dataclass(frozen=True)
class Difference:
    """What is not as it must be, and what to do about it."""

    fact: str
    remedy: str


MISSING = Difference("missing", "create what is missing with `nephoran topics apply`")


@dataclass(frozen=True)
class TopicState:
    """A topic of the cluster: partitions, copies of the least copied partition, and its settings."""

    partitions: int
    copies: int
    config: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TopicReport:
    """What there is to say about one topic of the table; `name` is the cluster's, prefix included."""

    name: str
    verdict: Verdict
    state: TopicState | None
    differences: tuple[Difference, ...] = ()

    @property
    def faults(self) -> tuple[Difference, ...]:
        """What keeps the pipeline from using it; nothing where it is as wanted."""
        return (MISSING,) if self.state is None else self.differences

    def row(self) -> dict[str, str | int | None]:
        """The topic as one line of a table, the numbers as numbers; None where it is missing."""
        state = self.state or TopicState(0, 0)
        return {
            "topic": self.name,
            "verdict": self.verdict,
            "partitions": state.partitions or None,
            "copies": state.copies or None,
            **{_column(setting): _number(state.config.get(setting)) for setting in SHOWN},
        }


def report_on(topic: Topic, name: str, partitions: int, state: TopicState | None) -> TopicReport:
    """How the topic on the cluster compares with the table's. None stands for one that is not there."""
    if state is None:
        return TopicReport(name, "missing", None)
    found = tuple(_differences(topic, partitions, state))
    return TopicReport(name, "differs" if found else "as wanted", state, found)


def _differences(topic: Topic, partitions: int, state: TopicState) -> list[Difference]:
    found = []
    if state.partitions != partitions:
        found.append(
            Difference(
                f"{state.partitions} partitions where {partitions} are wanted",
                f"set NEPHORAN_KAFKA__PARTITIONS to {state.partitions}; or let the pipeline run dry, delete the topics "
                "and apply again (partitions added later would move keys, and a target's intents lose their order)",
            )
        )
    for key, wanted in topic.config.items():
        actual = state.config.get(key, "unset")
        if actual != wanted:
            change = f"kafka-configs.sh --alter --entity-type topics --entity-name TOPIC --add-config {key}={wanted}"
            found.append(Difference(f"{key} is {actual} where {wanted} is wanted", change))
    return found


def describe_faults(reports: Iterable[TopicReport]) -> str:
    """What is wrong with the topics, a line for each kind of fault; empty where all are as wanted."""
    topics: dict[Difference, list[str]] = {}
    for report in reports:
        for fault in report.faults:
            topics.setdefault(fault, []).append(report.name)
    return "\n".join(f"{fault.fact}: {', '.join(names)}\n  {fault.remedy}" for fault, names in topics.items())


def _column(setting: str) -> str:
    return setting.replace(".", "_")


def _number(value: str | None) -> str | int | None:
    return int(value) if value is not None and value.lstrip("-").isdigit() else value
