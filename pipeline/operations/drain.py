"""The pipeline, or one stage, run dry: what brings it work is paused, and what it has already is done.

How far a stage has come is told by the offsets it commits, which never pass an event in flight. Of a stage that is
paused this says nothing, for its next records stay: there counts what it has told of having begun, and that for some
seconds nothing has moved.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.control.control_topic import ControlTopic
from pipeline.flow import FLOW
from pipeline.kafka.lag import LagReader
from pipeline.kafka.not_usable import NotPossible
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventReader
from pipeline.kafka.stage import Stage
from pipeline.operations.control import pause_stages
from pipeline.operations.read_topics import following
from pipeline.operations.status_overview import StatusOverview
from pipeline.settings import Settings
from pipeline.telemetry.lag import LagWatch, StageLag
from schemas.status import State
from schemas.topics import CONTROL, STATUS

LOOK_SECONDS = 1.0
QUIET_SECONDS = 4.0
"""For how long nothing may have moved: workers commit every second."""
ALONE_SECONDS = 15.0
"""How long records may wait for a stage that no worker runs: longer than workers take to change places."""
MANY = 100_000


@dataclass(frozen=True)
class Progress:
    """Where the draining stands. `behind` are the records that each stage has still to do, `begun` the intents that
    paused stages have begun; when both are empty and nothing has moved for a while, `is_done`.

    `waiting` intents wait for a decision, `watched` ones for the network; `stranded` were begun more than a minute ago
    by a worker that is gone or waits for a dependency: they are read again after the pause.
    """

    paused: tuple[str, ...]
    behind: dict[str, int]
    begun: int
    waiting: int
    watched: int
    stranded: int
    stages: tuple[StageLag, ...]
    is_done: bool = False

    @property
    def unread(self) -> dict[str, int]:
        """What lies before the paused stages."""
        return {each.stage: each.records for each in self.stages if each.stage in self.paused and each.records}

    def as_data(self) -> dict[str, Any]:
        """For machines."""
        return {
            "is_drained": self.is_done,
            "paused": list(self.paused),
            "behind": self.behind,
            "begun": self.begun,
            "waiting": self.waiting,
            "watched": self.watched,
            "stranded": self.stranded,
            "unread": self.unread,
            "stages": [each.row() for each in self.stages],
        }


def paused_for(stage: str | None) -> tuple[str, ...]:
    """The stages that bring this one its work, itself where that comes from people; for the whole pipeline those."""
    if stage is None:
        return tuple(each.name for each in FLOW if not _feeders(each))
    (found,) = [each for each in FLOW if each.name == stage]
    return _feeders(found) or (stage,)


def _feeders(stage: Stage[Any]) -> tuple[str, ...]:
    return tuple(each.name for each in FLOW if each.name in stage.reads.writers and each is not stage)


async def drain(settings: Settings, stage: str | None, why: str) -> AsyncIterator[Progress]:
    """Pause, and say where it stands every second, at last that all is done. Nothing is resumed, however it ends.

    Raises: NotUsable; NotPossible where it will never be done.
    """
    paused = paused_for(stage)
    overview = StatusOverview(EventReader.of(settings.signing))
    control = ControlTopic(EventReader(Keyring.open(settings.signing)))
    async with following(settings.kafka, {CONTROL: control.take, STATUS: overview.hand}) as views:
        held = {order.stage for order in control.paused()}
        for name in paused:
            if name not in held:  # whoever has paused it before stays named
                await pause_stages(settings, name, why)
        reader, watch = LagReader(settings.kafka), LagWatch(FLOW)
        draining = DrainWatch(stage, paused, overview, control)
        try:
            await reader.start()
            while True:
                for view in views:
                    await view.catch_up()
                progress = draining.judge(watch.judge(await reader.read(watch.topics)))
                yield progress
                if progress.is_done:
                    return
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await reader.stop()


async def members_at_work(settings: Settings) -> dict[str, int]:
    """The stages that have workers, and how many. Raises: NotUsable."""
    reader = LagReader(settings.kafka)
    try:
        await reader.start()
        groups = await reader.read({stage.group: stage.reads.name for stage in FLOW})
    finally:
        await reader.stop()
    return {stage.name: groups[stage.group].members for stage in FLOW if groups[stage.group].members}


class DrainWatch:
    """Judges one look after another."""

    def __init__(
        self,
        stage: str | None,
        paused: tuple[str, ...],
        overview: StatusOverview,
        control: ControlTopic,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._stage = stage
        self._paused = paused
        self._overview = overview
        self._control = control
        self._seen: object = None
        self._moved_at = monotonic()
        self._accompanied_at = monotonic()

    def judge(self, stages: list[StageLag]) -> Progress:
        """Raises: NotPossible."""
        behind = {
            each.stage: each.records
            for each in stages
            if each.records and each.stage not in self._paused and self._stage in (None, each.stage)
        }
        begun, stranded = self._begun()
        watched = self._overview.count(State.OBSERVING)
        if self._stage == "observe" and watched:
            behind["observe"] = watched
        self._require_hope(stages, behind)
        if (seen := _figures(stages)) != self._seen:
            self._seen, self._moved_at = seen, self._monotonic()
        is_quiet = self._monotonic() - self._moved_at >= QUIET_SECONDS
        return Progress(
            self._paused,
            behind,
            begun,
            self._overview.count(State.PROPOSED),
            watched,
            stranded,
            tuple(stages),
            is_done=is_quiet and not behind and not begun,
        )

    def _begun(self) -> tuple[int, int]:
        """What the paused stages have begun and not answered: within the time that they try at most, and before."""
        begun = stranded = 0
        for stage in FLOW:
            if stage.name in self._paused and stage.begins:
                since = datetime.now(UTC) - timedelta(seconds=stage.retry_seconds)
                times = [status.at for status in self._overview.recent(MANY, stage.begins)]
                begun += sum(at > since for at in times)
                stranded += sum(at <= since for at in times)
        return begun, stranded

    def _require_hope(self, stages: list[StageLag], behind: dict[str, int]) -> None:
        for order in self._control.paused():
            if order.stage in behind:
                raise NotPossible(
                    f"{order.stage} is paused by {order.by}{f' ({order.why})' if order.why else ''}, and "
                    f"{behind[order.stage]:,} records wait for it: `nephoran resume {order.stage}`, then drain again. "
                    f"{' and '.join(self._paused)} stay paused"
                )
        alone = [each.stage for each in stages if each.stage in behind and not each.members]
        if not alone:
            self._accompanied_at = self._monotonic()
        elif self._monotonic() - self._accompanied_at > ALONE_SECONDS:
            raise NotPossible(
                f"no worker runs {' and '.join(alone)}, for which records wait: start one (`nephoran run`), then drain "
                f"again. {' and '.join(self._paused)} stay paused"
            )


def _figures(stages: list[StageLag]) -> object:
    """What changes while anything moves: how far each stage has come, and what is written, but for new requests."""
    return [
        (each.stage, [(one.partition, one.committed, one.end) for one in each.partitions])
        for each in stages
        if each.stage not in ("parse", "approve")
    ] + [(each.stage, [one.committed for one in each.partitions]) for each in stages]
