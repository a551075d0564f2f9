"""How late each stage is, and a verdict on it in Burrow's words: what `nephoran lag`, the metrics and the page show.

The rules, the first that fits (docs/lag.md says what to do about each):

- `lost`: records were gone before they were read, or the log ends before the committed offset.
- `rewind`: a committed offset has moved back within the last minute.
- `stopped`: something waits, and no worker is a member of the group.
- `stalled`: the oldest event waits for more than 30 s and nothing was committed since the last look at it.
- `warning`: the oldest event waits for more than 10 s, the critical threshold of an intent, though events move.
- `ok`: none of these.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from pipeline.kafka.lag import GroupLag, PartitionLag
from pipeline.kafka.stage import Stage

WARNING_SECONDS = 10.0
"""The critical threshold of an intent end to end."""
STALLED_SECONDS = 30.0
"""Above the P99 of anything a stage waits for; half of what a retried event may take."""
LOOK_SECONDS = 3.0
"""How far apart two looks must be to say that nothing was committed: workers commit every second."""
REWIND_SECONDS = 60.0


class Verdict(StrEnum):
    """What is true of a stage."""

    OK = "ok"
    WARNING = "warning"
    STALLED = "stalled"
    STOPPED = "stopped"
    REWIND = "rewind"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class StageLag:
    """One stage. `seconds` is the age of its oldest waiting event, None where a broker did not hand one over."""

    stage: str
    topic: str
    verdict: Verdict
    why: str
    records: int
    seconds: float | None
    members: int
    partitions: tuple[PartitionLag, ...]
    wanted_partitions: int | None = None

    @property
    def growth(self) -> str | None:
        """A note if the number of partitions differs from the settings."""
        if self.wanted_partitions in (None, len(self.partitions)):
            return None
        return (
            f"{self.topic} has {len(self.partitions)} partitions where {self.wanted_partitions} are wanted: keys have "
            "moved (`nephoran topics check`)"
        )

    def row(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)


@dataclass(slots=True)
class _Seen:
    """What earlier looks have shown of one partition."""

    committed: int | None
    unmoved_since: float
    rewound_at: float | None = None


class LagWatch:
    """Judges one measurement after another: progress only shows between two."""

    def __init__(
        self,
        flow: Sequence[Stage[Any]],
        monotonic: Callable[[], float] = time.monotonic,
        wanted_partitions: Callable[[str], int | None] = lambda topic: None,
    ) -> None:
        self._wanted_partitions = wanted_partitions
        self._stages = {stage.group: stage for stage in flow}
        self._monotonic = monotonic
        self._seen: dict[tuple[str, int], _Seen] = {}

    @property
    def topics(self) -> dict[str, str]:
        """What each stage's consumer group reads."""
        return {group: stage.reads.name for group, stage in self._stages.items()}

    def judge(self, groups: Mapping[str, GroupLag]) -> list[StageLag]:
        """The stages in the order of the flow."""
        return [
            self._judge_waiting(name, group) if self._stages[name].waits else self._judge(name, group)
            for name, group in groups.items()
        ]

    def _judge_waiting(self, name: str, group: GroupLag) -> StageLag:
        """A stage that waits commits nothing, so nothing can be said of how late it is but whether it is there."""
        stage, is_used = self._stages[name], any(partition.records for partition in group.partitions)
        partitions = tuple(replace(each, committed=each.end, records=0, seconds=0.0) for each in group.partitions)
        verdict = Verdict.STOPPED if is_used and not group.members else Verdict.OK
        why = "" if group.members else "no worker runs this stage" + (", and intents may be waiting for it" * is_used)
        return StageLag(stage.name, stage.reads.name, verdict, why, 0, 0.0, group.members, partitions)

    def _judge(self, name: str, group: GroupLag) -> StageLag:
        seen = [self._look(name, partition) for partition in group.partitions]
        records = sum(partition.records for partition in group.partitions)
        ages = [partition.seconds for partition in group.partitions]
        seconds = None if None in ages else max((age for age in ages if age is not None), default=0.0)
        verdict, why = self._verdict(group, records, list(zip(group.partitions, seen, strict=True)))
        stage = self._stages[name]
        topic = stage.reads.name
        wanted = self._wanted_partitions(topic)
        return StageLag(stage.name, topic, verdict, why, records, seconds, group.members, group.partitions, wanted)

    def _look(self, name: str, partition: PartitionLag) -> _Seen:
        now = self._monotonic()
        seen = self._seen.setdefault((name, partition.partition), _Seen(partition.committed, now))
        if partition.committed != seen.committed:
            if (partition.committed or 0) < (seen.committed or 0):
                seen.rewound_at = now
            seen.committed, seen.unmoved_since = partition.committed, now
        return seen

    def _verdict(
        self, group: GroupLag, records: int, partitions: list[tuple[PartitionLag, _Seen]]
    ) -> tuple[Verdict, str]:
        now = self._monotonic()
        if expired := sum(partition.expired for partition in group.partitions):
            gone = _named(partition for partition in group.partitions if partition.expired)
            return Verdict.LOST, f"{expired:,} records were gone before they were read, on {gone}"
        if back := [partition for partition in group.partitions if partition.went_back]:
            return Verdict.LOST, f"the log ends before the committed offset on {_named(back)}"
        rewound = [
            p for p, seen in partitions if seen.rewound_at is not None and now - seen.rewound_at < REWIND_SECONDS
        ]
        if rewound:
            return Verdict.REWIND, f"committed offsets moved back on {_named(rewound)}"
        if records and not group.members:
            return Verdict.STOPPED, "no worker runs this stage"
        late = [(p, seen) for p, seen in partitions if (p.seconds or 0.0) > WARNING_SECONDS]
        stuck = [
            p for p, seen in late if (p.seconds or 0.0) > STALLED_SECONDS and now - seen.unmoved_since >= LOOK_SECONDS
        ]
        if stuck:
            why = f"nothing is committed on {_named(stuck)}"
            held = ": a producer's open transaction holds it up" if any(p.is_held for p in stuck) else ""
            return Verdict.STALLED, why + held
        if late:
            return Verdict.WARNING, f"late, but moving, on {_named(p for p, _ in late)}"
        return Verdict.OK, "" if group.members else "no worker runs this stage, but nothing waits for one"


def _named(partitions: Iterable[PartitionLag]) -> str:
    numbers = [str(partition.partition) for partition in partitions]
    return f"partition{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"
