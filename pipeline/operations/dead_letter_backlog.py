"""The dead letters there are, read a batch at a time: a million take no more memory than a thousand."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from agents.domain.verdicts import Rejected
from pipeline.kafka.bulk import BulkReader, Span, Spans
from pipeline.kafka.records import Record, TopicPartition
from pipeline.kafka.signed_events import EventReader, UnknownVersion
from pipeline.operations.dead_letters import DeadLetter, LetterFilter, letter_of
from pipeline.settings import Settings
from schemas.bodies import DeadLetterAction
from schemas.topics import DEAD_LETTER_ACTIONS, SOURCES

FIRST_WINDOW = 500
"""Records of a partition that are looked at first for the newest letters; twice as many each time that is too few."""


class Places:
    """Places of records, a bit each."""

    def __init__(self) -> None:
        self._bits: defaultdict[tuple[str, str], bytearray] = defaultdict(bytearray)

    def add(self, place: str) -> bool:
        """Whether the place is new here. One that is no place is passed over."""
        topic, _, rest = place.partition("/")
        number, _, offset = rest.partition("/")
        if not (offset.isascii() and offset.isdigit() and len(offset) < 12):
            return False
        byte, bit = divmod(int(offset), 8)
        bits = self._bits[topic, number]
        if byte >= len(bits):
            bits.extend(bytes(byte + 4_096 - len(bits)))
        is_new = not bits[byte] >> bit & 1
        bits[byte] |= 1 << bit
        return is_new

    def __contains__(self, place: str) -> bool:
        topic, _, rest = place.partition("/")
        number, _, offset = rest.partition("/")
        byte, bit = divmod(int(offset), 8)
        bits = self._bits.get((topic, number), b"")
        return byte < len(bits) and bool(bits[byte] >> bit & 1)


@dataclass
class Backlog:
    """The letters that a filter means. `foreign` counts records of the topics that no stage can have written."""

    settings: Settings
    wanted: LetterFilter = field(default_factory=LetterFilter)
    handled_too: bool = False
    foreign: int = 0
    handled: Places = field(default_factory=Places)
    actions: dict[str, DeadLetterAction] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._events = EventReader.of(self.settings.signing)

    def read_actions(self, keep: Callable[[str], bool] = lambda place: False) -> None:
        """Learn what was done about letters; the whole note of those to `keep`. Raises: NotUsable."""
        with BulkReader(self.settings.kafka) as reader:
            for batch in reader.read(reader.spans([DEAD_LETTER_ACTIONS.name])):
                for record in batch:
                    self._take_action(record, keep)

    def _take_action(self, record: Record, keep: Callable[[str], bool]) -> None:
        place = (record.key or b"").decode(errors="replace")
        if not self._events.is_signed(DEAD_LETTER_ACTIONS.name, record):
            return
        self.handled.add(place)
        if keep(place):
            try:
                self.actions[place] = self._events.body(record, DeadLetterAction)
            except (Rejected, UnknownVersion):
                return

    def spans(self, reader: BulkReader) -> Spans:
        """What the dead-letter topics of the filter hold now. Raises: NotUsable."""
        topics = [topic for topic in SOURCES if self.wanted.topic in (None, topic.name, topic.dead_letters.name)]
        return reader.spans([topic.dead_letters.name for topic in topics])

    def letter(self, record: Record) -> DeadLetter | None:
        """The letter, where the filter means it and nothing was done about it."""
        letter = letter_of(record, self._events)
        if letter is None:
            self.foreign += 1
            return None
        is_open = self.handled_too or letter.place not in self.handled
        return letter if is_open and self.wanted.matches(letter) else None

    def newest(self, limit: int) -> list[DeadLetter]:
        """At most `most` letters, the newest first, without their values. Raises: NotUsable."""
        with BulkReader(self.settings.kafka) as reader:
            unread = self.spans(reader)
            found: dict[str, DeadLetter] = {}
            window = FIRST_WINDOW
            while True:
                now = {at: Span(max(span.first, span.end - window), span.end) for at, span in unread.items()}
                oldest: dict[TopicPartition, int] = {}
                for batch in reader.read(now):
                    for record in batch:
                        at = TopicPartition(record.topic, record.partition)
                        oldest.setdefault(at, record.timestamp_ms)
                        if letter := self.letter(record):
                            self._keep(found, letter)
                unread = {
                    at: Span(unread[at].first, span.first) for at, span in now.items() if span.first > unread[at].first
                }
                newest_first = sorted(found.values(), key=lambda each: each.at, reverse=True)
                still_hidden_ms = max((oldest.get(at, 1 << 60) for at in unread), default=0)
                seen = [each for each in newest_first if each.at.timestamp() * 1_000 >= still_hidden_ms]
                if not unread or len(seen) >= limit:
                    return (newest_first if not unread else seen)[:limit]
                window *= 2

    def _keep(self, found: dict[str, DeadLetter], letter: DeadLetter) -> None:
        there = found.get(letter.place)
        if there is None or (letter.is_verified, letter.at) >= (there.is_verified, there.at):
            found[letter.place] = replace(letter, original=letter.original._replace(value=None))

    def batches(self, reader: BulkReader, spans: Spans) -> Iterator[list[tuple[Record, DeadLetter | None]]]:
        """Every record of the spans, each with the letter that is meant, in order per partition. Raises: NotUsable."""
        for batch in reader.read(spans):
            yield [(record, self.letter(record)) for record in batch]
