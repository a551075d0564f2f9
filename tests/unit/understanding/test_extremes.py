"""Requests at the edges of numbers and sizes are declined with what is wrong, never a fault of ours."""

import pytest

from agents.domain.rules import faults
from agents.domain.verdicts import Declined
from agents.knowledge.pack import KnowledgePack
from agents.understanding.grammar_understanding import GrammarUnderstanding
from schemas.reasons import DeclineReason
from tests.unit.conftest import PACK
from tests.unit.planning.wording import expect

KNOWN = KnowledgePack.load(PACK)
GRAMMAR = GrammarUnderstanding(KNOWN)


@pytest.mark.parametrize(
    "amount",
    [
        "9" * 309,
        "9" * 307 + " Gbps",
        "1" * 5_000,
        "1" + ",000" * 120,
        "9" * 309 + ".5",
        "-" + "9" * 400,
        "0." + "0" * 400,
    ],
)
@pytest.mark.parametrize(
    "wish", ["Scale the AMF in tokyo-1 to {} replicas.", "Ensure a throughput of {} for the UPF in tokyo-1."]
)
async def test_an_amount_of_any_number_of_digits_is_answered(wish: str, amount: str) -> None:
    with pytest.raises(Declined):
        await GRAMMAR.read(wish.format(amount))


def test_more_changes_than_the_rules_allow_in_one_intent_are_declined_with_the_figures() -> None:
    everywhere = tuple(KNOWN.inventory.sites)
    one = expect("deploy", "upf")
    wide = [one.model_copy(update={"object": one.object.model_copy(update={"sites": everywhere})})] * 180
    (fault,) = faults(wide, KNOWN)
    assert fault.reason is DeclineReason.POLICY_VIOLATION
    assert f"{180 * len(everywhere):,}" in fault.message
    assert f"{KNOWN.guardrails.max_changes:,}" in fault.message
