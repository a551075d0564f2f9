"""Words of order are harmless between requests, and say which one inside them."""

import pytest

from agents.domain.verdicts import Declined
from agents.knowledge.pack import KnowledgePack
from agents.knowledge.settings import KnowledgeSettings
from agents.understanding.grammar_understanding import GrammarUnderstanding

GRAMMAR = GrammarUnderstanding(KnowledgePack.load(KnowledgeSettings().folder))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Scale the second AMF in tokyo-1 to 5 replicas.", "second"),
        ("Scale the AMF in tokyo-1 to a third of 15 replicas.", "third"),
        ("Scale the AMF next to tokyo-1 to 5 replicas.", "next"),
        ("Scale the AMF in tokyo-1 next to 5 replicas.", "next"),
    ],
)
async def test_a_word_that_says_which_or_how_much_is_asked_about(text: str, word: str) -> None:
    with pytest.raises(Declined) as declined:
        await GRAMMAR.read(text)
    assert f'"{word}"' in declined.value.message


async def test_the_same_words_may_order_several_requests() -> None:
    text = "First deploy an SMF in tokyo-1. Second, scale the AMF in tokyo-1 to 5. Next, delete the NEF in osaka-1."
    assert len((await GRAMMAR.read(text)).expectations) == 3
