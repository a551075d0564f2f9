"""A stage's consumer group set back, so that its workers read records again which they have read before.

What is committed with the new offsets says how far the partition was read: the stage looks such records up in
`intents.status` first, and leaves alone what it has answered. The others run as after a crash.
"""

from dataclasses import dataclass
from datetime import datetime

from pipeline.flow import FLOW
from pipeline.kafka.bulk import BulkReader, Position, Positions
from pipeline.kafka.lag import LagReader, PartitionLag
from pipeline.kafka.marks import Mark
from pipeline.kafka.not_usable import NotPossible
from pipeline.kafka.records import TopicPartition
from pipeline.kafka.stage import Stage
from pipeline.operations.statuses import milliseconds
from pipeline.settings import Settings

UNKNOWN_MS = -1


@dataclass(frozen=True, slots=True)
class Step:
    """One partition: where its group stands, and where it would begin again."""

    partition: int
    committed: int
    target: int

    @property
    def records(self) -> int:
        """How many would be read again, markers of transactions among them."""
        return self.committed - self.target


@dataclass(frozen=True, slots=True)
class Rewinding:
    """What a rewind would do: only the partitions that it moves. `members` is how many workers hold the group."""

    stage: str
    topic: str
    members: int
    steps: tuple[Step, ...]

    @property
    def records(self) -> int:
        """How many would be read again."""
        return sum(step.records for step in self.steps)


async def plan_rewind(settings: Settings, stage: str, to: datetime | int, partition: int | None = None) -> Rewinding:
    """What a rewind to this moment, or to this offset, would do. Changes nothing. Raises: NotPossible, NotUsable."""
    found = _stage(stage)
    reader = LagReader(settings.kafka)
    try:
        await reader.start()
        group = (await reader.read({found.group: found.reads.name}))[found.group]
    finally:
        await reader.stop()
    asked = [each for each in group.partitions if partition in (None, each.partition)]
    if not asked:
        raise NotPossible(f"{found.reads.name} has no partition {partition}: it has {len(group.partitions)}")
    with BulkReader(settings.kafka) as bulk:
        oldest = bulk.spans([found.reads.name])
        targets = _targets(bulk, found, asked, to)
    steps = [
        Step(
            each.partition, each.committed, max(target, oldest[TopicPartition(found.reads.name, each.partition)].first)
        )
        for each in asked
        if each.committed is not None and (target := targets.get(each.partition)) is not None
    ]
    return Rewinding(stage, found.reads.name, group.members, tuple(step for step in steps if step.records > 0))


def rewind(settings: Settings, plan: Rewinding) -> None:
    """Do it. Raises: NotPossible where workers hold the group, NotUsable."""
    require_nobody(plan)
    group = _stage(plan.stage).group
    with BulkReader(settings.kafka, group) as reader:
        reader.commit(_positions(plan))


def require_nobody(plan: Rewinding) -> None:
    """Raises: NotPossible: a worker in the group would go on from where it is, and commit that."""
    if plan.members:
        workers = "1 worker is" if plan.members == 1 else f"{plan.members} workers are"
        raise NotPossible(
            f"nothing was rewound: {workers} at work in {plan.stage}, and would go on from where they are. Stop every "
            "worker of this stage (a pause is not enough), rewind, then start them again"
        )


def _stage(name: str) -> Stage[object]:
    (stage,) = [each for each in FLOW if each.name == name]
    if stage.waits:
        raise NotPossible(
            f"{name} keeps no offsets: it reads the whole of {stage.reads.name} at every start, so a restart of its "
            "workers is its rewind"
        )
    return stage


def _targets(reader: BulkReader, stage: Stage[object], asked: list[PartitionLag], to: datetime | int) -> dict[int, int]:
    if not isinstance(to, datetime):
        return {each.partition: to for each in asked}
    moments = dict.fromkeys([TopicPartition(stage.reads.name, each.partition) for each in asked], milliseconds(to) or 0)
    return {where.partition: offset for where, offset in reader.first_since(moments).items()}


def _positions(plan: Rewinding) -> Positions:
    return {
        TopicPartition(plan.topic, step.partition): Position(
            step.target, str(Mark(step.target - 1, UNKNOWN_MS, 0, again_until=step.committed))
        )
        for step in plan.steps
    }
