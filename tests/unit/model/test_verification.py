"""What may be believed of a model: nothing that the grammar does not read itself."""

from collections.abc import Iterator
from itertools import combinations

import pytest

from agents.domain.verdicts import Declined
from agents.knowledge.pack import KnowledgePack
from agents.knowledge.settings import KnowledgeSettings
from agents.model.shape import ClaimedExpectation, ModelReading, claimed
from agents.model.unknown_verbs import NotExplained
from agents.model.verification import NotBelieved, Verification
from agents.understanding.grammar_understanding import GrammarUnderstanding
from tests.integration.model_cases.hopeless import HOPELESS

PACK = KnowledgePack.load(KnowledgeSettings().folder)
VERIFICATION = Verification(GrammarUnderstanding(PACK), PACK)


def every_explanation(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """All that a model can say of these words: any of them are verbs."""
    for count in range(len(words) + 1):
        yield from combinations(words, count)


async def foreseen(request: str, verbs: tuple[str, ...]) -> ModelReading:
    """The answer of an adversary that knows beforehand what the grammar will read, and claims just that."""
    claims: tuple[ClaimedExpectation, ...] = ()
    try:
        text = VERIFICATION.explained(request, verbs).text
        claims = tuple(claimed(each) for each in (await VERIFICATION.grammar.read(text)).expectations)
    except (NotExplained, Declined):
        pass
    quoting = tuple(claim.model_copy(update={"evidence": (request,)}) for claim in claims)
    return ModelReading(verbs=verbs, expectations=quoting, rewording=None)


@pytest.mark.parametrize("kind", HOPELESS)
async def test_no_explanation_of_its_words_makes_a_hopeless_request_deployable(kind: str) -> None:
    got_through = []
    for request in HOPELESS[kind]:
        with pytest.raises(Declined):
            await VERIFICATION.grammar.read(request)
        for verbs in every_explanation(VERIFICATION.unknown_words(request)[:6]):
            try:
                reading = await VERIFICATION.believed(request, await foreseen(request, verbs), "liar")
            except NotBelieved:
                continue
            got_through.append((request, verbs, str(reading.expectations)))
    assert got_through == []
