"""What `nephoran explain` prints for a person, on narrow and wide terminals, with colour and without."""

from io import StringIO

import pytest
from rich.console import Console

from agents.knowledge.pack import KnowledgePack
from agents.planning.templates import Templates
from pipeline.app import App
from pipeline.cli.explanation_text import print_explanation
from pipeline.operations.explain import Explainer, Explanation
from pipeline.settings import Settings
from tests.unit.goals.good_cases import GOOD
from tests.unit.goals.world import World

LONG = (
    "Hello team,\n\nafter the trouble of last night, please scale the AMF in tokyo-1 to 5 replicas and ensure 1 Gbps "
    "downlink for the eMBB slice in nagoya-1.\n\nThanks,\nHanna"
)
REQUESTS = [
    LONG,
    "Delete the NEF in osaka-1.",
    "Scale the AMF in Tokyo to 5 replicas.",
    "Set the transmit power of RU 4 in manchester-1 to 43 dBm.",
    "Increase the transmit power of RU 4 in manchester-1 by 3 dB.",
    "Deploy a cluster named lab-2 in munich-1 with 200 cores.",
    "Order five pizzas.",
]
EXPLAINER = Explainer(App(Settings()))


def shown(explanation: Explanation, width: int, *, is_coloured: bool = False) -> str:
    out = StringIO()
    console = Console(file=out, width=width, markup=False, highlight=False, force_terminal=is_coloured)
    print_explanation(console, explanation)
    return out.getvalue()


@pytest.mark.parametrize("text", REQUESTS)
async def test_no_line_is_wider_than_the_terminal_and_none_ends_in_blanks(text: str) -> None:
    explanation = await EXPLAINER.explain(text)
    for width in (80, 120):
        lines = shown(explanation, width).splitlines()
        assert max(map(len, lines)) <= width
        assert [line for line in lines if line.startswith("  ") and line != line.rstrip()] == []


@pytest.mark.parametrize("text", REQUESTS)
async def test_nothing_is_told_by_colour_alone(text: str) -> None:
    explanation = await EXPLAINER.explain(text)
    plain = " ".join(shown(explanation, 120).split())
    assert explanation.outcome in plain
    for expectation in explanation.expectations:
        assert all(f"“{' '.join(words.split())}”" in plain for words in expectation.evidence)
        assert all(site in plain for site in expectation.object.sites)
    if explanation.question:
        assert f"asked back: {explanation.question}" in plain


async def test_the_words_a_reading_rests_on_stand_out_of_the_request_and_so_do_those_in_question() -> None:
    used = shown(await EXPLAINER.explain(LONG), 120, is_coloured=True)
    assert "\x1b[1;4mscale the AMF in tokyo-1 to 5 replicas\x1b[0m" in used
    asked = shown(await EXPLAINER.explain("Scale the AMF in Tokyo to 5 replicas."), 120, is_coloured=True)
    assert "\x1b[1;31mTokyo\x1b[0m" in asked


async def test_a_plan_says_what_goes_over_which_interface_and_how_it_is_taken_back() -> None:
    power = shown(await EXPLAINER.explain(REQUESTS[3]), 120)
    assert "through o1" in power
    assert "NRSectorCarrier ru-4, configuredMaxTxPower (_3gpp-nr-nrm-nrsectorcarrier): 19953 mW" in power
    assert "value determined when it is carried out" in shown(await EXPLAINER.explain(REQUESTS[4]), 120)
    assert "through a1" in shown(await EXPLAINER.explain(LONG), 120)
    assert "needs an approval: delete of nef at osaka-1" in shown(await EXPLAINER.explain(REQUESTS[1]), 120)


async def test_control_characters_of_a_request_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in shown(await EXPLAINER.explain("Scale the \x1b[2JAMF in tokyo-1 to 5 replicas."), 80)


async def test_a_models_plan_is_told_with_what_it_rests_on_and_what_the_model_alone_says(
    pack: KnowledgePack, templates: Templates
) -> None:
    world = World(pack, templates)
    text, answer = GOOD[0]
    world.model.then(answer)
    planned = await world.planned(text)
    explanation = Explanation(text=text, outcome="proposed", expectations=planned.expectations, plan=planned.plan)
    plain = " ".join(shown(explanation, 120).split())
    assert "rests on replicas: “40,000 more subscribers” = 40000 (the request), and" in plain
    assert "“20,000 subscribers” = 20000 (the passage upf-capacity)" in plain
    assert "the model alone chooses the upf, which the request does not name" in plain
    assert "the model alone works out replicas as a / b = 2 with a = 40000, b = 20000" in plain
