"""All dead letters there are, with what was done about them."""

from collections import Counter
from dataclasses import dataclass, field, replace

from agents.domain.verdicts import Rejected
from pipeline.kafka.not_usable import NotPossible
from pipeline.kafka.records import Record
from pipeline.kafka.signed_events import EventReader, UnknownVersion
from pipeline.operations.dead_letters import DeadLetter, LetterFilter, letter_of
from pipeline.operations.read_topics import read_all
from pipeline.operations.statuses import milliseconds
from pipeline.settings import Settings
from schemas.bodies import DeadLetterAction
from schemas.topics import DEAD_LETTER_ACTIONS, SOURCES


@dataclass
class LetterBox:
    """The letters that a filter means, by place; `foreign` counts records that no stage can have written, `unverified`
    the notes that no operator did. A letter that a stage has sealed is never replaced by one that it has not."""

    reader: EventReader
    wanted: LetterFilter = field(default_factory=LetterFilter)
    keeps_values: bool = True
    letters: dict[str, DeadLetter] = field(default_factory=dict)
    actions: dict[str, DeadLetterAction] = field(default_factory=dict)
    foreign: int = 0
    unverified: int = 0

    def take_letter(self, record: Record) -> None:
        """Fold one record of a `.dlq` topic in."""
        letter = letter_of(record, self.reader)
        if letter is None:
            self.foreign += 1
        elif self.wanted.matches(letter) and (letter.is_verified or letter.place not in self.letters):
            if not self.keeps_values:
                letter = replace(letter, original=letter.original._replace(value=None))
            self.letters[letter.place] = letter

    def take_action(self, record: Record) -> None:
        """Fold one record of `dead-letters.actions` in."""
        if not self.reader.is_signed(DEAD_LETTER_ACTIONS.name, record):
            self.unverified += 1
            return
        try:
            action = self.reader.body(record, DeadLetterAction)
        except (Rejected, UnknownVersion):
            return
        self.actions[(record.key or b"").decode(errors="replace")] = action

    @property
    def open(self) -> list[DeadLetter]:
        """Letters that nothing was done about, in the order in which their records arrived."""
        return [letter for letter in self.all if letter.place not in self.actions]

    @property
    def all(self) -> list[DeadLetter]:
        """Every letter, in the order in which their records arrived."""
        return sorted(self.letters.values(), key=lambda each: (each.original.timestamp_ms, each.place))

    def require_named(self) -> None:
        """Raises: NotPossible where a name of the filter means no letter."""
        missing = [name for name in self.wanted.names if not any(map_.is_called(name) for map_ in self.all)]
        if missing:
            raise NotPossible(
                f"there is no dead letter {', '.join(missing)}: give topic/partition/offset as `nephoran dead-letters "
                "list --all` shows it, or an intent id"
            )


def histogram(letters: list[DeadLetter]) -> dict[str, int]:
    """How many letters there are of each reason, most first."""
    return dict(Counter(letter.reason for letter in letters).most_common())


async def open_box(settings: Settings, wanted: LetterFilter, *, keeps_values: bool = True) -> LetterBox:
    """The dead letters that `wanted` means, as they are now. Raises: NotUsable."""
    box = LetterBox(EventReader.of(settings.signing), wanted, keeps_values)
    topics = [topic.dead_letters for topic in SOURCES]
    await read_all(settings.kafka, dict.fromkeys(topics, box.take_letter), milliseconds(wanted.since))
    await read_all(settings.kafka, {DEAD_LETTER_ACTIONS: box.take_action})
    return box
