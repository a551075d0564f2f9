"""Dead letters for somebody who looks through them: the newest, one whole, and what becomes of the chosen ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

from pipeline.kafka.bulk import BulkReader, Span
from pipeline.kafka.records import TopicPartition
from pipeline.operations.dead_letter_actions import Outcome
from pipeline.operations.dead_letter_backlog import Backlog
from pipeline.operations.dead_letters import DeadLetter, LetterFilter
from pipeline.operations.replay import Pace, ReplayJob
from pipeline.operations.republish import Repair, Replay
from pipeline.settings import Settings


class LetterDesk(Protocol):
    """What a person does with letters. Everything takes its time, and raises NotUsable, NotPossible."""

    def newest(self) -> list[DeadLetter]:
        """The newest that nothing was done about, without their values."""

    def whole(self, letter: DeadLetter) -> DeadLetter:
        """The letter with its value."""

    def preview(self, letters: Sequence[DeadLetter]) -> Iterator[Outcome]:
        """What a replay would do."""

    def replay(self, letters: Sequence[DeadLetter], repair: Repair = Repair()) -> Iterator[Outcome]:
        """What it did."""


@dataclass
class KafkaLetterDesk:
    """The letters of a cluster, at most so many."""

    settings: Settings
    wanted: LetterFilter
    most: int

    def newest(self) -> list[DeadLetter]:
        """See the protocol."""
        backlog = Backlog(self.settings, self.wanted)
        backlog.read_actions()
        return backlog.newest(self.most)

    def whole(self, letter: DeadLetter) -> DeadLetter:
        """See the protocol."""
        topic, partition, offset = letter.own_place.rsplit("/", 2)
        span = {TopicPartition(topic, int(partition)): Span(int(offset), int(offset) + 1)}
        backlog = Backlog(self.settings, handled_too=True)
        with BulkReader(self.settings.kafka) as reader:
            found = [each for batch in backlog.batches(reader, span) for _, each in batch if each is not None]
        return found[0] if found else letter

    def preview(self, letters: Sequence[DeadLetter]) -> Iterator[Outcome]:
        """See the protocol."""
        return self._job(letters, Repair()).preview()

    def replay(self, letters: Sequence[DeadLetter], repair: Repair = Repair()) -> Iterator[Outcome]:
        """See the protocol."""
        return self._job(letters, repair).run()

    def _job(self, letters: Sequence[DeadLetter], repair: Repair) -> ReplayJob:
        chosen = LetterFilter(names=tuple(letter.place for letter in letters))
        return ReplayJob(self.settings, chosen, Replay(str(uuid4()), repair), Pace())
