"""Requests with their unknown verbs read as "bring", and the way back to the request's own words."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agents.knowledge.pack import KnowledgePack
from agents.knowledge.settings import KnowledgeSettings
from agents.model.unknown_verbs import Explained, NotExplained
from agents.model.verification import Verification
from agents.model.words_not_to_explain import WordsNotToExplain
from agents.understanding.grammar_understanding import GrammarUnderstanding
from agents.understanding.nodes import Node

PACK = KnowledgePack.load(KnowledgeSettings().folder)
VERIFICATION = Verification(GrammarUnderstanding(PACK), PACK)


def fault_of(request: str, *verbs: str) -> str:
    with pytest.raises(NotExplained) as fault:
        VERIFICATION.explained(request, verbs)
    return fault.value.fault


def test_a_verb_is_replaced_where_it_stands_and_nothing_else_changes() -> None:
    request = (
        "Could you please crank the AMF in tokyo-1 to 5 replicas? Jolt the SMF in osaka-1 to version 2.4.1.\n-- Hanna"
    )
    assert VERIFICATION.explained(request, ["crank", "Jolt"]).text == (
        "Could you please bring the AMF in tokyo-1 to 5 replicas? bring the SMF in osaka-1 to version 2.4.1.\n-- Hanna"
    )


@pytest.mark.parametrize(
    ("request_text", "word", "fault"),
    [
        ("Scale the AMF in tokyo-1 to 5 replicas.", "Scale", "word_is_known"),
        ("Crank the AMF in tokyo-1 to 5 replicas.", "tokyo-1", "word_is_known"),
        ("Crank the AMF in tokyo-1 to 5 replicas.", "not", "word_not_found"),
        ("Crank the AMF in tokyo-1 to 5 replicas.", "ran", "word_not_found"),
        ("Crank the AMF in tokyo-1 to 5 replicas.", "crank", "word_not_found"),
        ("crank, crank the AMF in tokyo-1 to 5 replicas.", "crank", "word_not_unique"),
        ("Crank the zz9-plural in tokyo-1 to 5 replicas.", "zz9-plural", "word_is_known"),
        ("Veto the AMF in tokyo-1 to 5 replicas.", "Veto", "word_is_weighty"),
        ("Curb the AMF in tokyo-1 to 5 replicas.", "Curb", "word_is_weighty"),
        ("Unprovision the AMF in tokyo-1 to 5 replicas.", "Unprovision", "word_is_weighty"),
        ("Scale the AMF in tokyo-1 to 5 replicas fribble.", "fribble", "not_in_a_verbs_place"),
        ("Scale the fribble AMF in tokyo-1 to 5 replicas.", "fribble", "not_in_a_verbs_place"),
        ("Scale the AMF and fribble in tokyo-1 to 5 replicas.", "fribble", "not_in_a_verbs_place"),
        ("Scale the AMF, fribble the UPF in tokyo-1 to 5 replicas.", "fribble", "not_in_a_verbs_place"),
        ("The AMF in tokyo-1 crank to 5 replicas.", "crank", "not_in_a_verbs_place"),
        ("Crank in tokyo-1 the AMF to 5 replicas.", "Crank", "not_in_a_verbs_place"),
        ("Crank 5 replicas of the AMF in tokyo-1.", "Crank", "not_in_a_verbs_place"),
        ("Crank wildly the AMF in tokyo-1 to 5 replicas.", "Crank", "not_in_a_verbs_place"),
        ("Crank the wobbly AMF in tokyo-1 to 5 replicas.", "Crank", "not_in_a_verbs_place"),
        ("Crank the AMF in tokyo-1 to scale to 5 replicas.", "Crank", "not_in_a_verbs_place"),
        ("Cranked the AMF in tokyo-1 to 5 replicas.", "Cranked", "word_is_inflected"),
        ("Cranking the AMF in tokyo-1 to 5 replicas.", "Cranking", "word_is_inflected"),
        ("Cranks the AMF in tokyo-1 to 5 replicas.", "Cranks", "word_is_inflected"),
        ("Prefer the AMF in tokyo-1 to 5 replicas.", "Prefer", "word_is_weighty"),
        ("Ops crank the AMF in tokyo-1 to 5 replicas.", "crank", "not_in_a_verbs_place"),
        ("The vendor says: crank the AMF in tokyo-1 to 5 replicas.", "crank", "not_in_a_verbs_place"),
        ("Crank the AMF in tokyo-1 next to 5 replicas.", "Crank", "no_stated_end"),
        ("Crank the AMF in tokyo-1 up to 5 replicas.", "Crank", "no_stated_end"),
        ("If need be, crank the AMF in tokyo-1 to 5 replicas.", "crank", "not_in_a_verbs_place"),
        ("Do not crank the AMF in tokyo-1 to 5 replicas.", "crank", "not_in_a_verbs_place"),
        ("Crank the AMF in tokyo-1.", "Crank", "no_stated_end"),
        ("Crank the AMF in tokyo-1 by 5 replicas.", "Crank", "no_stated_end"),
        ("Crank the AMF in tokyo-1 to 5 more replicas.", "Crank", "no_stated_end"),
        ("Crank the AMF in tokyo-1 with 5 replicas.", "Crank", "no_stated_end"),
        ("Crank the AMF in tokyo-1 from 3 to 5 replicas.", "Crank", "no_stated_end"),
        ("Crank the two UPFs in newyork-1.", "Crank", "no_stated_end"),
    ],
)
def test_a_word_that_could_mean_more_than_the_stated_end_is_not_believed_to_be_a_verb(
    request_text: str, word: str, fault: str
) -> None:
    assert fault_of(request_text, word) == fault


FORMS = [
    "vetoes",
    "un-scale",
    "forbidding",
    "ceased",
    "de-provision",
    "dleete",
    "stopp",
    "migratte",
    "curbs",
]


@pytest.mark.parametrize("word", FORMS)
def test_verbs_that_forbid_pretend_or_limit_are_known_in_every_form_and_slip(word: str) -> None:
    assert WordsNotToExplain(PACK.vocabulary).has(word)


@pytest.mark.parametrize("word", ["crank", "jolt", "hoist", "peg", "rightsize", "jam", "shepherd"])
def test_other_verbs_are_not_among_them(word: str) -> None:
    assert not WordsNotToExplain(PACK.vocabulary).has(word)


@given(st.lists(st.tuples(st.sampled_from(["alpha", "bb", "c"]), st.booleans()), min_size=1, max_size=12), st.data())
def test_every_quote_of_whole_words_finds_its_way_back(words: list[tuple[str, bool]], data: st.DataObject) -> None:
    numbered = str.maketrans("0123456789", "qrstuvwxyz")
    written = [f"{word}{at:02}".translate(numbered) for at, (word, _) in enumerate(words)]
    places = [sum(len(word) + 1 for word in written[:at]) for at in range(len(written))]
    nodes = [Node(word, place, place + len(word)) for word, place in zip(written, places, strict=True)]
    verbs = tuple(node for node, (_, is_verb) in zip(nodes, words, strict=True) if is_verb)
    said = ["bring" if is_verb else word for word, (_, is_verb) in zip(written, words, strict=True)]
    first = data.draw(st.integers(0, len(written) - 1))
    last = data.draw(st.integers(first, len(written) - 1))
    quote = " ".join(said[first : last + 1])
    assume(" ".join(said).find(quote) == sum(len(word) + 1 for word in said[:first]))
    changed = Explained(" ".join(said), " ".join(written), verbs)
    assert changed.original_of(quote) == " ".join(written[first : last + 1])
