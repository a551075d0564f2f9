"""A topic as it is on the cluster, compared with the table."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from schemas.topics import Topic

Verdict = Literal["as wanted", "created", "missing", "differs", "forbidden"]

MIN_IN_SYNC = "min.insync.replicas"
SHOWN = (MIN_IN_SYNC, "cleanup.policy", "retention.ms", "max.message.bytes", "message.timestamp.type")
"""The settings that people are shown."""


@dataclass(frozen=True)
class Difference:
    """What differs, and what to do about it. A bearable fault stops nothing from working."""

    fact: str
    remedy: str
    is_bearable: bool = False


UNREAD = "its settings may not be read"
MISSING = Difference("missing", "create what is missing with `nephoran topics apply`")


@dataclass(frozen=True)
class TopicState:
    """A topic of the cluster: partitions, copies of the least copied partition, and its settings."""

    partitions: int
    copies: int
    config: dict[str, str] | None = field(default_factory=dict)
    """None where they may not be read."""


@dataclass(frozen=True)
class TopicReport:
    """What there is to say about one topic of the table; `name` is the cluster's, prefix included."""

    name: str
    verdict: Verdict
    state: TopicState | None
    differences: tuple[Difference, ...] = ()

    @property
    def faults(self) -> tuple[Difference, ...]:
        """What is not as wanted."""
        return (MISSING,) if self.verdict == "missing" else self.differences

    @property
    def obstacles(self) -> tuple[Difference, ...]:
        """Those of the faults that keep the pipeline from using it."""
        return tuple(fault for fault in self.faults if not fault.is_bearable)

    def row(self) -> dict[str, str | int | None]:
        """The topic as one line of a table, the numbers as numbers; None where it is missing."""
        state = self.state or TopicState(0, 0)
        return {
            "topic": self.name,
            "verdict": self.verdict,
            "partitions": state.partitions or None,
            "copies": state.copies or None,
            **{_column(setting): _number((state.config or {}).get(setting)) for setting in SHOWN},
        }


def report_on(topic: Topic, name: str, partitions: int, state: TopicState | None) -> TopicReport:
    """How the topic on the cluster compares with the table's. None stands for one that is not there."""
    if state is None:
        return TopicReport(name, "missing", None)
    found = tuple(_differences(topic, partitions, state))
    return TopicReport(name, "differs" if found else "as wanted", state, found)


def forbidden(name: str, who: str, remedy: str) -> TopicReport:
    """The report on a topic that brokers do not let us see, be it there or not."""
    return TopicReport(name, "forbidden", None, (Difference(f"{who} may not see whether it exists", remedy),))


def _differences(topic: Topic, partitions: int, state: TopicState) -> list[Difference]:
    found = []
    if state.partitions != partitions:
        remedy = (
            f"set NEPHORAN_KAFKA__PARTITIONS to {state.partitions} where every topic has as many, or else "
            f"NEPHORAN_KAFKA__PARTITIONS_OF='{{\"TOPIC\": {state.partitions}}}'; or let the pipeline run dry, delete "
            "the topics and apply again (partitions added later move keys: a target's intents may lose their order)"
        )
        is_grown = state.partitions > partitions
        found.append(Difference(f"{state.partitions} partitions instead of {partitions}", remedy, is_bearable=is_grown))
    if state.config is None:
        found.append(Difference(UNREAD, "allow DescribeConfigs, so that they can be compared", is_bearable=True))
        return found
    for key, wanted in topic.config.items():
        actual = state.config.get(key, "unset")
        if actual != wanted:
            change = f"kafka-configs.sh --alter --entity-type topics --entity-name TOPIC --add-config {key}={wanted}"
            found.append(Difference(f"{key} is {actual} instead of {wanted}", change))
    return found


def describe_faults(reports: Iterable[TopicReport]) -> str:
    """What is wrong with the topics, a line for each kind of fault; empty where all are as wanted."""
    return _described((report.name, fault) for report in reports for fault in report.faults)


def describe_obstacles(reports: Iterable[TopicReport]) -> str:
    """The same for what keeps the pipeline from working."""
    return _described((report.name, fault) for report in reports for fault in report.obstacles)


def _described(found: Iterable[tuple[str, Difference]]) -> str:
    topics: dict[Difference, list[str]] = {}
    for name, fault in found:
        topics.setdefault(fault, []).append(name)
    return "\n".join(f"{fault.fact}: {', '.join(names)}\n  {fault.remedy}" for fault, names in topics.items())


def _column(setting: str) -> str:
    return setting.replace(".", "_")


def _number(value: str | None) -> str | int | None:
    return int(value) if value is not None and value.lstrip("-").isdigit() else value
