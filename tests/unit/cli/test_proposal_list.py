"""A proposal on one screen, for whoever is to decide."""

import pytest

from agents.knowledge.pack import KnowledgePack
from agents.planning.templates import Templates
from pipeline.cli.proposal_list import proposal_fields, show_proposal
from pipeline.runtime.proposals import Proposal
from schemas.bodies import Citation, DraftBranch
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
    draft = DraftBranch(branch="drafts/newyork-1/amf/16", commit="c0ffee" * 7)
    planned = (await world.planned(goal, precedents=(BEFORE,))).model_copy(update={"draft": draft})
    proposal = Proposal(INTENT, planned, proposed_ms=0)
    show_proposal(proposal, {}, [])
    shown = " ".join(capsys.readouterr().out.split())
    assert f"risk {proposal.planned.plan.risk}, 1 object at 1 site (newyork-1)" in shown
    assert "before: “more UPFs” was" in shown
    assert "declined (unsafe) (intent noc#16)" in shown
    assert chr(27) not in shown
    assert "rests on" in shown
    assert "draft: commit c0ffeec0ffee on branch drafts/newyork-1/amf/16" in shown
    assert proposal_fields(proposal)["draft"] == draft.model_dump()
    assert proposal_fields(proposal)["precedents"] == [BEFORE.model_dump(mode="json")]
