"""A word that nobody knows is asked back with the known one that is spelt almost so, and never read as it."""

import pytest

from agents.domain.verdicts import Declined
from agents.knowledge.pack import KnowledgePack
from agents.knowledge.settings import KnowledgeSettings
from agents.understanding.grammar_understanding import GrammarUnderstanding

GRAMMAR = GrammarUnderstanding(KnowledgePack.load(KnowledgeSettings().folder))


async def question_of(text: str) -> tuple[str, str]:
    with pytest.raises(Declined) as declined:
        await GRAMMAR.read(text)
    return declined.value.reason, declined.value.question or ""


@pytest.mark.parametrize(
    ("text", "reason", "asked"),
    [
        ("Scale the AMF in tokio-1 to 5 replicas", "unknown_site", 'By "tokio-1", did you mean tokyo-1?'),
        ("Scale the AMF in tokyo1 to 5 replicas", "unknown_site", 'By "tokyo1", did you mean tokyo-1?'),
        ("Scale the AMF in tokyo-9 to 5 replicas", "unknown_site", 'By "tokyo-9", did you mean tokyo-1 or tokyo-2?'),
        ("Scale the AMF in Frankfort to 5 replicas", "unknown_site", 'By "Frankfort", did you mean frankfurt?'),
        ("Scale the UFP in tokyo-1 to 5 replicas", "ambiguous", 'By "UFP", did you mean UPF?'),
        ("Deploy a URRLC slice in Nagoya with a latency of 5 ms", "ambiguous", 'By "URRLC", did you mean URLLC?'),
        ("Set the tx_powr of cell 12 in tokyo-1 to 40 dBm", "ambiguous", 'By "tx_powr", did you mean tx_power?'),
    ],
)
async def test_the_nearest_name_is_asked_for(text: str, reason: str, asked: str) -> None:
    found, question = await question_of(text)
    assert found == reason
    assert asked in question


async def test_where_nothing_is_near_all_sites_are_told() -> None:
    _, question = await question_of("Scale the AMF in Paris to 5 replicas")
    assert "did you mean" not in question
    assert "tokyo-1" in question


async def test_where_too_many_are_near_none_is_picked() -> None:
    _, question = await question_of("Deploy 2 UPFs in edge-07")
    assert "did you mean" not in question
    assert "edge-06" in question
