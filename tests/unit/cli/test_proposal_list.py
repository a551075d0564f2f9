"""A proposal on one screen, for whoever is to decide."""

import pytest

from agents.knowledge.pack import KnowledgePack
from agents.planning.templates import Templates
from pipeline.cli.proposal_list import proposal_fields, show_proposal
from pipeline.runtime.proposals import Proposal
from schemas.bodies import Citation
from tests.unit.goals.good_cases import ON_ITS_OWN
from tests.unit.goals.world import INTENT, World

BEFORE = Citation(
    document="b", title="t", source="intent noc#16", excerpt="“more UPFs” was \x1b[31mdeclined (unsafe)", score=0.8
)


async def test_it_shows_risk_reach_citations_and_what_became_of_requests_like_it(
    pack: KnowledgePack, templates: Templates, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(pack, templates)
    goal, answer = ON_ITS_OWN
    world.model.then(answer)
    proposal = Proposal(INTENT, await world.planned(goal, precedents=(BEFORE,)), proposed_ms=0)
    show_proposal(proposal, {}, [])
    shown = " ".join(capsys.readouterr().out.split())
    assert f"risk {proposal.planned.plan.risk}, 1 object at 1 site (newyork-1)" in shown
    assert "before: “more UPFs” was" in shown
    assert "declined (unsafe) (intent noc#16)" in shown
    assert chr(27) not in shown
    assert "rests on" in shown
    assert proposal_fields(proposal)["precedents"] == [BEFORE.model_dump(mode="json")]
