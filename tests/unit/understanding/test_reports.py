"""What was done, or is being done, is no order: it is asked back whether it is meant as one."""

import pytest

from agents.domain.verdicts import Declined
from agents.knowledge.pack import KnowledgePack
from agents.knowledge.settings import KnowledgeSettings
from agents.understanding.grammar_understanding import GrammarUnderstanding
from schemas.reasons import DeclineReason

GRAMMAR = GrammarUnderstanding(KnowledgePack.load(KnowledgeSettings().folder))


@pytest.mark.parametrize(
    "text",
    [
        "Scaled the AMF in tokyo-1 to 5 replicas.",
        "Deployed 3 UPFs in osaka-1.",
        "Deleted the NEF in osaka-1.",
        "Also upgraded the SMF in munich-1 to 2.4.1.",
        "Raised the transmit power of RU 4 in manchester-1 by 3 dB.",
        "Adding two UPF replicas in dallas-1.",
        "Scales the AMF in tokyo-1 to 5 replicas.",
    ],
)
async def test_a_sentence_that_begins_with_a_reported_action_is_asked_back(text: str) -> None:
    with pytest.raises(Declined, match="told or asked for") as declined:
        await GRAMMAR.read(text)
    assert declined.value.reason is DeclineReason.AMBIGUOUS
    assert declined.value.question


@pytest.mark.parametrize(
    "after",
    ["which I declined.", "Bob rejected this.", "This was refused.", "On second thought, leave it.", "Ask me first."],
)
async def test_a_request_that_is_called_off_afterwards_is_not_carried_out(after: str) -> None:
    joint = "," if after[0].islower() else "."
    with pytest.raises(Declined, match="taken back"):
        await GRAMMAR.read(f"Scale the AMF in tokyo-1 to 5 replicas{joint} {after}")


@pytest.mark.parametrize(
    "text",
    ["Can we get the AMF in tokyo-1 scaled to 5 replicas?", "We need the AMF in tokyo-1 scaled to 5 replicas."],
)
async def test_the_same_form_in_a_wish_is_read(text: str) -> None:
    (read,) = (await GRAMMAR.read(text)).expectations
    assert [(target.name, target.value) for target in read.targets] == [("replicas", 5.0)]


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for scaling the AMF in tokyo-1 to 5 replicas.",
        "Sorry for scaling the AMF in tokyo-1 to 5 replicas.",
        "The vendor said: delete the AMF in tokyo-1.",
        "Bob wrote: scale the AMF in tokyo-1 to 5 replicas.",
        "AMF tokyo-1 running 5 replicas",
        "AMF tokyo-1 5 replicas ok",
    ],
)
async def test_thanks_states_and_the_words_of_others_are_asked_back(text: str) -> None:
    with pytest.raises(Declined) as declined:
        await GRAMMAR.read(text)
    assert declined.value.reason is DeclineReason.AMBIGUOUS
    assert declined.value.question


@pytest.mark.parametrize("before", ["Thanks for fixing cell 3 and cell 4.", "Thanks for scaling the SMF last week."])
async def test_thanks_for_something_else_go_before_a_request(before: str) -> None:
    reading = await GRAMMAR.read(f"{before} Scale the AMF in tokyo-1 to 5 replicas.")
    assert [str(each.object.type) for each in reading.expectations] == ["amf"]
