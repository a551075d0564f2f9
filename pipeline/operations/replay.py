"""Dead letters replayed, each exactly once by one job: its record, the note that it was, and how far the job has come
are one transaction.

A job ends, and can be taken up again after Ctrl-C or a kill, by what its consumer group remembers: where each
partition of the dead letters is to be read from, up to which offset, and what the job was asked for.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from pipeline.kafka.bulk import BATCH_RECORDS, BulkMover, BulkReader, Position, Span, Spans
from pipeline.kafka.not_usable import NotPossible
from pipeline.kafka.records import Outgoing, Record, TopicPartition
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventReader, EventWriter
from pipeline.operations.dead_letter_actions import Outcome, action_record
from pipeline.operations.dead_letter_backlog import Backlog, Places
from pipeline.operations.dead_letters import DeadLetter, LetterFilter
from pipeline.operations.operator import EVENT_SOURCE
from pipeline.operations.orders import require_obeyed
from pipeline.operations.republish import Refused, Repair, Replay, republished
from pipeline.settings import Settings

GROUP = "nephoran-replay-"
DEFAULT_PER_SECOND = 500.0
"""A rate that live traffic does not notice."""
STEPS_A_SECOND = 10
LOOPS = "the same bytes came back after a replay ({} so far): they will again, unless what stopped them is mended"
MOVED_ON = "its intent has been replayed already"


@dataclass(frozen=True, slots=True)
class Pace:
    """How many letters at most, and how many a second (None: as fast as Kafka takes them)."""

    most: int | None = None
    per_second: float | None = DEFAULT_PER_SECOND

    @property
    def at_once(self) -> int:
        """Letters in one transaction, so that a slow pace is even."""
        if self.per_second is None:
            return BATCH_RECORDS
        return max(1, min(BATCH_RECORDS, int(self.per_second / STEPS_A_SECOND)))


@dataclass
class ReplayJob:
    """One run of `dead-letters replay`."""

    settings: Settings
    wanted: LetterFilter
    replay: Replay
    pace: Pace = Pace()
    done: int = 0
    _taken: set[int] = field(default_factory=set)
    """Hashes of intents and their generations: a million names would take 200 MB, and a collision leaves one letter."""
    _seen: Places = field(default_factory=Places)

    def __post_init__(self) -> None:
        keyring = Keyring.open(self.settings.signing)
        self._events = EventReader(keyring)
        self._writer = EventWriter(keyring, EVENT_SOURCE)
        self._backlog = Backlog(self.settings, self.wanted)

    @property
    def name(self) -> str:
        """What the job is called."""
        return self.replay.job

    def preview(self) -> Iterator[Outcome]:
        """What `run` would do, without doing it. Raises: NotUsable."""
        self._forget()
        self._backlog.read_actions()
        with BulkReader(self.settings.kafka) as reader:
            for batch in self._backlog.batches(reader, self._backlog.spans(reader)):
                for _, letter in batch:
                    if letter and self._is_wanted(letter):
                        yield self._judge(letter)[0]

    def run(self) -> Iterator[Outcome]:
        """One outcome per letter, reported once it is final. Raises: NotUsable, NotPossible."""
        require_obeyed(self.settings)
        mover = BulkMover(self.settings.kafka, GROUP + self.name)
        mover.start()
        self._forget()
        self._backlog.read_actions()
        with BulkReader(self.settings.kafka, GROUP + self.name) as reader:
            spans = self._begin(reader)
            began = time.monotonic()
            for batch in reader.read(spans, self.pace.at_once):
                outcomes, records, offsets = self._work(batch)
                mover.move(
                    records, reader, {at: Position(end, self._note(spans[at].end)) for at, end in offsets.items()}
                )
                yield from outcomes
                if self.pace.per_second is not None:
                    time.sleep(max(0.0, began + self.done / self.pace.per_second - time.monotonic()))
                if not self._has_more:
                    return

    def _forget(self) -> None:
        self.done, self._taken, self._seen = 0, set(), Places()

    @property
    def _has_more(self) -> bool:
        return self.pace.most is None or self.done < self.pace.most

    def _begin(self, reader: BulkReader) -> Spans:
        """What is to be read: all there is now, or what an earlier run of the job has left."""
        there = self._backlog.spans(reader)
        notes = reader.committed()
        if notes:
            return {at: Span(offset, json.loads(note)["until"]) for at, (offset, note) in notes.items()}
        reader.commit({at: Position(span.first, self._note(span.end)) for at, span in there.items()})
        return there

    def _work(self, batch: list[Record]) -> tuple[list[Outcome], list[Outgoing], dict[TopicPartition, int]]:
        outcomes: list[Outcome] = []
        records: list[Outgoing] = []
        offsets: dict[TopicPartition, int] = {}
        for record in batch:
            if not self._has_more:
                break
            offsets[TopicPartition(record.topic, record.partition)] = record.offset + 1
            letter = self._backlog.letter(record)
            if letter is None or not self._is_wanted(letter):
                continue
            outcome, moved = self._judge(letter)
            self.done += 1
            if moved is not None:
                outcome = replace(outcome, result="replayed")
                records += (moved, self._noted(letter))
            outcomes.append(outcome)
        return outcomes, records, offsets

    def _is_wanted(self, letter: DeadLetter) -> bool:
        """Each record is one letter, however often it became one; what no stage has sealed takes no letter's place."""
        return self._seen.add(letter.place) if letter.is_verified else letter.place not in self._seen

    def _judge(self, letter: DeadLetter) -> tuple[Outcome, Outgoing | None]:
        try:
            record, intent = republished(letter, self.replay, self._events, self._writer)
        except Refused as refused:
            return Outcome(letter, "refused", str(refused)), None
        if (name := hash((intent.id, intent.generation))) in self._taken:
            return Outcome(letter, "skipped", MOVED_ON), None
        self._taken.add(name)
        loops = LOOPS.format(letter.replay_count) if letter.is_loop and record.value == letter.original.value else ""
        return Outcome(letter, "would_replay", loops, intent.id, intent.generation), record

    def _noted(self, letter: DeadLetter) -> Outgoing:
        is_edit = self.replay.repair.is_edit
        return action_record(letter, "edited" if is_edit else "replayed", self.name, letter.reason, self._writer)

    def _note(self, until: int) -> str:
        """What the job was asked for, small enough for a note at an offset."""
        spec = {"until": until, "wanted": asdict(self.wanted), "replay": asdict(self.replay), "pace": asdict(self.pace)}
        if self.replay.repair.value is not None:
            spec["replay"] = asdict(replace(self.replay, repair=Repair())) | {"repair": None}
        return json.dumps(spec, default=str, separators=(",", ":"))


def resumed(settings: Settings, name: str) -> ReplayJob:
    """The job of that name, where it stopped. Raises: NotPossible where there is none, NotUsable."""
    with BulkReader(settings.kafka, GROUP + name) as reader:
        notes = reader.committed()
    if not notes:
        raise NotPossible(f"there is no replay job {name}: it never started, or ended more than a week ago")
    spec: dict[str, Any] = json.loads(next(iter(notes.values()))[1])
    wanted = spec["wanted"]
    for moment in ("since", "until"):
        wanted[moment] = datetime.fromisoformat(wanted[moment]) if wanted[moment] else None
    wanted["names"] = tuple(wanted["names"])
    repair = spec["replay"].pop("repair")
    if repair is None:
        raise NotPossible(
            f"the job {name} was to replay one repaired value, which is not kept: `nephoran dead-letters list` tells "
            "whether it did; else begin anew"
        )
    repair["dropped_headers"] = tuple(repair["dropped_headers"])
    return ReplayJob(
        settings, LetterFilter(**wanted), Replay(**spec["replay"], repair=Repair(**repair)), Pace(**spec["pace"])
    )
