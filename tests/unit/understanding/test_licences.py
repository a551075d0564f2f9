"""What changes nothing in a request, by name, and what no licence covers."""

import pytest

from agents.knowledge.vocabulary import Vocabulary
from agents.understanding.constituents import constituents_of
from agents.understanding.lexemes import nodes_of
from agents.understanding.lexicon import lexicon_of
from agents.understanding.licences import Licences
from agents.understanding.nodes import Node
from agents.understanding.patterns import PatternBook
from agents.understanding.text import simplified
from tests.gold.reading import pack

VOCABULARY: Vocabulary = pack().vocabulary
LEXICON = lexicon_of(VOCABULARY, pack().inventory)
LICENCES = Licences(VOCABULARY)


def licensed(text: str) -> list[tuple[str, str]]:
    """(name, words) of every licensed stretch."""
    plain = simplified(text)
    nodes = constituents_of(nodes_of(plain, LEXICON), plain, LEXICON)
    return [(each.name, text[nodes[each.first].start : nodes[each.after - 1].end]) for each in LICENCES.of(nodes, text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi team, scale it.", ("greeting", "Hi team")),
        ("Could you please scale it?", ("polite lead", "Could you please")),
        ("The UPF in edge-03 lost 4 packets.", ("fact", "The UPF in edge-03 lost 4 packets")),
        ("because the derby draws 60,000 fans", ("reason", "because the derby draws 60,000 fans")),
        ("See INC-20418.", ("ticket", "See INC-20418")),
        ("Requested by: Anna", ("record line", "Requested by: Anna")),
    ],
)
def test_what_changes_nothing_has_a_name(text: str, expected: tuple[str, str]) -> None:
    assert expected in licensed(text)


@pytest.mark.parametrize(
    "text",
    [
        "The CAB said no.",
        "because the CAB has not agreed",
        "Note: only after the audit",
        "Anna has the final word.",
        "The AMF should have 5 replicas.",
        "as hold",
        "if the load is high",
    ],
)
def test_danger_is_never_licensed(text: str) -> None:
    assert licensed(text) == []


def test_a_licence_does_not_reach_into_the_next_clause() -> None:
    assert licensed("because the crowd is big and the SMF to 3") == [("reason", "because the crowd is big")]


def test_a_pattern_matches_tags_words_and_what_stands_around() -> None:
    book = PatternBook({"THING": "{thing|place&!old}"})
    number = book.add("the $THING+ >(is)")
    nodes = [Node(low, 0, 0) for low in ("the", "amf", "smf", "is")]
    tags = [frozenset[str](), frozenset({"thing"}), frozenset({"place"}), frozenset[str]()]
    assert book.end(number, book.tape(nodes, tags), 0) == 3
    old = [*tags[:2], frozenset({"place", "old"}), tags[3]]
    assert book.end(number, book.tape(nodes, old), 0) is None
