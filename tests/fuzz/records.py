"""Hostile records for every topic: any bytes, forged and genuinely signed; `make fuzz` reads 100,000 of them."""

import argparse
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pipeline.control.control_topic import ControlTopic
from pipeline.kafka.records import Headers, Outgoing, Record, text_headers
from pipeline.kafka.signatures import SIGNATURE, Keyring
from pipeline.kafka.signed_events import EVENT_TYPES, EventReader, EventWriter, covered, lineage_headers
from pipeline.operations.dead_letter_list import LetterBox
from pipeline.operations.statuses import StatusBoard
from pipeline.runtime.decisions import Decisions
from pipeline.runtime.proposals import Proposals
from pipeline.runtime.received_ids import ReceivedIds
from schemas.envelope import Intent, Order
from schemas.topics import CONTROL, DEAD_LETTER_ACTIONS, DECISIONS, PROPOSED, SOURCES, STATUS, TOPICS

KEY = b"the key of this fuzz, long enough"
ID = "7b0f6a52-6f1b-5a86-a0bb-0c5f3c1f1d11"
_NAMES = (
    *("ce_id", "ce_source", "ce_type", "ce_specversion", "content-type", "traceparent", "tracestate", SIGNATURE),
    *("nephoran-intent-id", "nephoran-order", "nephoran-generation", "nephoran-digest", "nephoran-received-ms"),
    *("nephoran-priority", "nephoran-dlq-offset", "nephoran-dlq-partition", "nephoran-dlq-timestamp-ms"),
    *("nephoran-dlq-signature", "nephoran-dlq-generation", "nephoran-dlq-left-out-bytes", "x", "\x1b[2J", ""),
)
_BYTES = (b"", b"\xff\xfe", "é".encode(), b"0", b"-1", b"9" * 400, b"1/2/3", ID.encode(), b"\x1b[2J", b"a" * 64, b"1.0")


def noise(chance: random.Random, topic: str) -> Outgoing:
    """Whatever comes: mostly not signed, or not by us."""
    headers = _headers(chance)
    key, value = _bytes(chance), _value(chance)
    if chance.random() < 0.2:
        intent = Intent(ID, Order(1, 0, 0), 0, "d" * 64, 1)
        text = {name: (held or b"").decode(errors="replace") for name, held in headers}
        stranger = EventWriter(Keyring((b"a key of nobody here, long enough",)), "nephoran/stranger")
        forged = stranger.signed(topic, key, value, lineage_headers(intent) | text)
        *ours, _ = forged.headers
        return forged._replace(headers=(*ours, (SIGNATURE, chance.choice(_BYTES))))
    return Outgoing(topic, key, value, headers)


def signed_noise(chance: random.Random, topic: str) -> Outgoing:
    """The same from somebody who has the key: a fault of ours, or an older worker."""
    text = {name: (held or b"").decode(errors="replace") for name, held in _headers(chance) if name != SIGNATURE}
    if chance.random() < 0.8:
        text |= lineage_headers(Intent(ID, Order(1, 0, 0), chance.randrange(3), "d" * 64, 1))
    if chance.random() < 0.8:
        text["ce_type"] = chance.choice(list(EVENT_TYPES.values()))
    ours = {name: held for name, held in text.items() if covered(((name, None),))}
    rest = text_headers((name, held) for name, held in text.items() if name not in ours)
    return EventWriter(Keyring((KEY,)), "nephoran/test").signed(topic, _bytes(chance), _value(chance), ours, rest)


def _headers(chance: random.Random) -> Headers:
    return tuple((chance.choice(_NAMES), _bytes(chance)) for _ in range(chance.randrange(6)))


def _bytes(chance: random.Random) -> bytes | None:
    if chance.random() < 0.1:
        return None
    return chance.choice(_BYTES) if chance.random() < 0.7 else chance.randbytes(chance.randrange(40))


def _value(chance: random.Random) -> bytes | None:
    if chance.random() < 0.5:
        return _bytes(chance)
    fields: dict[str, Any] = {
        name: chance.choice([None, 1, -1, 1e308, "x", ID, [], {}, True, datetime.now(UTC).isoformat(), "parse"])
        for name in chance.sample(
            ["intent_id", "state", "stage", "at", "order", "digest", "intent", "plan", "verdict", "is_paused", "by"], 5
        )
    }
    return json.dumps(fields).encode()


class Views:
    """Everything that reads a topic and acts on what it finds, with what it holds."""

    def __init__(self) -> None:
        reader = EventReader(Keyring((KEY,)))
        self.control, self.proposals, self.decisions = ControlTopic(reader), Proposals(reader), Decisions(reader)
        self.board, self.box, self.received = StatusBoard(reader), LetterBox(reader), ReceivedIds(reader)
        letters: dict[str, Callable[[Record], object]] = {
            topic.dead_letters.name: self.box.take_letter for topic in SOURCES
        }
        self._takers: dict[str, tuple[Callable[[Record], object], ...]] = {
            CONTROL.name: (self.control.take,),
            PROPOSED.name: (self.proposals.take,),
            DECISIONS.name: (self.decisions.take,),
            STATUS.name: (self.board.take, self.received.take),
            DEAD_LETTER_ACTIONS.name: (self.box.take_action,),
            **{name: (take,) for name, take in letters.items()},
        }

    def take(self, sent: Outgoing, offset: int) -> None:
        """Every view of the topic reads the record."""
        record = Record(sent.topic, 0, offset, 1_700_000_000_000, sent.key, sent.value, sent.headers)
        for take in self._takers.get(sent.topic, ()):
            take(record)

    @property
    def state(self) -> tuple[object, ...]:
        """All that somebody acts on."""
        return (
            dict(self.control.stages),
            dict(self.control.circuits),
            [proposal.intent for proposal in self.proposals.all()],
            dict(self.board.newest),
            dict(self.box.actions),
            [letter for letter in self.box.letters.values() if letter.is_verified],
        )


def main() -> None:
    """Reads random records through every view: nothing is raised, and what is not signed changes nothing."""
    import structlog

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    chance, views = random.Random(given.seed), Views()
    empty = views.state
    for number in range(given.runs):
        views.take(noise(chance, TOPICS[number % len(TOPICS)].name), number)
    if views.state != empty:
        raise SystemExit(f"what nobody signed has changed something: {views.state}")
    for number in range(given.runs):
        views.take(signed_noise(chance, TOPICS[number % len(TOPICS)].name), number)
    print(f"{given.runs:,} unsigned and {given.runs:,} signed records read by every view: no fault, no change unsigned")


if __name__ == "__main__":
    main()
