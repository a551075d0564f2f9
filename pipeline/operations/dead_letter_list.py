"""All dead letters there are, with what was done about them."""

from collections import Counter
from dataclasses import dataclass, field, replace

from agents.domain.verdicts import Rejected
from pipeline.kafka.not_usable import NotPossible
from pipeline.kafka.records import Record
from pipeline.kafka.signed_events import EventReader, UnknownVersion
from pipeline.operations.dead_letters import DeadLetter, LetterFilter, letter_of
from pipeline.operations.intent_names import the_only
from pipeline.operations.read_topics import read_all
from pipeline.operations.statuses import history_of, milliseconds
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

    def narrow(self, wanted: LetterFilter) -> None:
        """Keep only what this filter means, too."""
        self.wanted = wanted
        self.letters = {place: letter for place, letter in self.letters.items() if wanted.matches(letter)}

    def require_named(self) -> None:
        """Raises: NotPossible where a name of the filter means no letter."""
        missing = [name for name in self.wanted.names if not any(self.wanted.means(each, name) for each in self.all)]
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


async def require_unambiguous(settings: Settings, box: LetterBox) -> None:
    """Narrow the box to letters that the names of its filter mean beyond doubt, each name one place or intent.

    Raises: NotPossible where a name means none, or is a producer's id that several intents have; NotUsable.
    """
    box.require_named()
    wanted = box.wanted
    names = tuple([await _exact_name(settings, box, name) for name in wanted.names])
    intent = wanted.intent and await _exact_name(settings, box, wanted.intent)
    box.narrow(replace(wanted, names=names, intent=intent, is_exact=True))


async def _exact_name(settings: Settings, box: LetterBox, name: str) -> str:
    """Intents that have no letter count, too: whoever names one of them means no letter here."""
    if any(letter.is_called(name) for letter in box.all):
        return name
    letters = [letter for letter in box.all if letter.is_verified] or box.all
    known = {letter.intent_id: letter.producer_id for letter in letters if letter.intent_id}
    return the_only(name, known | (await history_of(settings, name)).producer_ids()) or name
