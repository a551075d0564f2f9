"""What runbooks tell people to run does run, on a live system: no usage fault, no traceback."""

import re
import shlex
from collections.abc import Iterator

import pytest

from tests.servers.pipeline_at_work import PipelineAtWork, id_of
from tests.servers.programs import ROOT

pytestmark = pytest.mark.slow
COMMAND = re.compile(r"`nephoran ([^`]+)`|^nephoran (.+)$", re.MULTILINE)
BARE = {("explain",), ("resume",), ("submit",), ("rewind",)}
"""Mentioned by their names alone."""
NOT_HERE = {"watch", "browse", "run", "evaluate", "slo", "knowledge"}
"""They need a terminal, never end, take minutes, or need other servers; all have tests of their own."""
CHANGING = ("circuit", "pause", "resume", "drain", "approve", "decline", "rollback", "replay", "discard")
ASKING = ("approve", "decline", "rollback", "rewind")
MAY_FAIL = {"doctor": (0, 1, 3), "explain": (0, 1), "submit": (0, 1), "rewind": (1,)}
"""Doctor finds a test's system wanting; not every text is a request; nobody rewinds under workers."""


def kind_of(words: tuple[str, ...]) -> tuple[str, ...]:
    """The names of command and options."""
    options = [word for word in words if word.startswith("-")]
    names = words[: words.index(options[0])] if options else words
    return (*(word for word in names if re.fullmatch("[a-z-]+", word)), *options)


def told() -> Iterator[tuple[str, ...]]:
    """The commands of all runbooks, each kind once: what only reads before what changes something."""
    pages = "\n".join(page.read_text() for page in sorted((ROOT / "docs/runbooks").glob("*.md")))
    kinds: dict[tuple[str, ...], tuple[str, ...]] = {}
    for inline, line in COMMAND.findall(pages):
        words = tuple(shlex.split(inline or line))
        if words not in BARE and not NOT_HERE & set(words):
            kinds.setdefault(kind_of(words), words)
    for kind, words in sorted(kinds.items(), key=lambda each: [name in each[0] for name in CHANGING]):
        assert kind, words
        yield words


def test_what_runbooks_tell_people_to_run_does_run(own_pipeline: PipelineAtWork) -> None:
    pipeline = own_pipeline
    pipeline.start("all", "--engine", "fast")
    pipeline.until_ready()

    def answered(words: bytes, state: str) -> str:
        intent_id = id_of(pipeline.producer.publish(words))
        pipeline.until(intent_id, state)
        return intent_id

    deployed = answered(b"Deploy 2 SMFs in osaka-1", "deployed")
    proposed = [answered(b"Upgrade the SMF in osaka-1 to version 2.4.%d" % n, "proposed") for n in (1, 2, 3)]
    letters = [pipeline.producer.publish(b"\xff%d" % number) for number in range(4)]
    for letter in letters:
        pipeline.until(id_of(letter), "dead_lettered")
    places = [f"intents.received/{letter.partition}/{letter.offset}" for letter in letters]

    def filled(words: tuple[str, ...]) -> list[str]:
        """The command with its capitals replaced by what this system has."""
        is_used_up = {"approve", "decline"} & set(words)
        ids = {"ID": proposed.pop() if is_used_up else deployed if "rollback" in words else proposed[0]}
        place = places.pop() if "PLACE" in words and "show" not in words else places[0]
        names = {"STAGE": "deploy", "S": "deploy", "ENDPOINT": "o2", "REASON": "not_utf8", "PLACE": place, "TEXT": "x"}
        made = [(names | ids | {"WHEN": "1h"}).get(word, word) for word in words]
        return [*made, "--yes"] if set(ASKING) & set(words) else made

    faults, count = [], 0
    for words in told():
        ended = pipeline.run(*filled(words), EDITOR="true")
        accepted = next((codes for name, codes in MAY_FAIL.items() if name in words), (0,))
        accepted = (*accepted, 1) if "--edit" in words else accepted  # an editor that changes nothing
        if ended.returncode not in accepted or "Traceback" in ended.stderr:
            faults.append(
                f"{shlex.join(words)} ended with {ended.returncode}: {ended.stdout[-500:]}{ended.stderr[-800:]}"
            )
        count += 1
    assert faults == []
    assert count > 25
