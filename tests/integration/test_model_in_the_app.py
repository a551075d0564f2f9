"""The app with a model configured: asked through the worker's circuit, counted, booked, and confirmed by a person."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.adapters.git.bare_repository import init_bare
from agents.adapters.git.settings import GitSettings
from agents.adapters.sqlite_accounting import SqliteAccounting
from agents.domain.model_settings import ModelSettings, Price
from agents.domain.model_usage import Outcome
from agents.domain.verdicts import Declined
from pipeline.app import App
from pipeline.flow import FLOW
from pipeline.runtime.routes import to_enriched, to_parsed
from pipeline.settings import Settings
from pipeline.stand_ins.model.replies import Says
from pipeline.stand_ins.model.server import StandInModel, served
from schemas.bodies import IntentPlanned, IntentReceived
from schemas.envelope import Intent, Order
from tests.unit.goals.good_cases import ON_ITS_OWN

GOAL, ANSWER = ON_ITS_OWN
PLAIN = "Scale the AMF in tokyo-1 to 5 replicas."
INTENT = Intent("1b4e28ba-2fa1-5d2b-883f-0016d3cca427", Order(1, 0, 0), 0, "00", 1, producer_id="noc/portal#17")


@pytest.fixture
def stand_in() -> Iterator[StandInModel]:
    with served(StandInModel(default=Says(ANSWER.model_dump(mode="json")))) as model:
        yield model


@pytest.fixture
async def app(stand_in: StandInModel, tmp_path: Path) -> AsyncIterator[App]:
    model = ModelSettings(
        name="stand-in",
        base_url=stand_in.base_url,
        accounting_file=tmp_path / "books.sqlite",
        prices={"stand-in": Price(input_usd=1, output_usd=4)},
    )
    repository = tmp_path / "deployments.git"
    init_bare(repository)
    made = App(Settings(model=model, git=GitSettings(repository=str(repository), cache=tmp_path / "cache")))
    yield made
    await made.close()


async def planned(app: App, request: str) -> IntentPlanned:
    """Through the first three stages, as a worker wires them."""
    parse, enrich, plan = (stage.agent(app) for stage in FLOW[:3])
    parsed = await parse(IntentReceived(intent=request), INTENT)
    result: IntentPlanned = await plan(await enrich(parsed, INTENT), INTENT)
    return result


async def test_what_a_model_planned_waits_for_somebody_to_agree_under_a_key_of_its_own_until_then(app: App) -> None:
    parse, enrich, _ = (stage.agent(app) for stage in FLOW[:3])
    parsed = await parse(IntentReceived(intent=GOAL), INTENT)
    enriched = await enrich(parsed, INTENT)
    assert to_parsed(INTENT, parsed).key == to_enriched(INTENT, enriched).key == f"goal/{INTENT.id}"
    proposed = await planned(app, GOAL)
    assert proposed.plan.approval_reasons
    assert proposed.plan.grounds
    assert app.planner.plan_again(proposed).plan.digest == proposed.plan.digest, "an approval of it counts"


async def test_a_request_to_a_model_is_counted_and_booked_on_its_producer(app: App, tmp_path: Path) -> None:
    await planned(app, GOAL)
    await planned(app, GOAL)
    sample = app.metrics.registry.get_sample_value
    assert sample("llm_requests_total", {"model": "stand-in", "outcome": "answered"}) == 1
    assert sample("llm_answers_found_total", {"model": "stand-in"}) == 1
    books = SqliteAccounting(tmp_path / "books.sqlite")
    today = datetime.now(UTC).date()
    (line,) = await books.spendings(today, today)
    books.close()
    assert (line.requester, line.outcome, line.requests) == ("noc/portal", Outcome.ANSWERED, 1)
    assert line.cost_usd == sample("llm_token_costs_usd_total", {"model": "stand-in"})


async def test_whoever_holds_the_circuit_of_the_model_open_leaves_the_grammar_alone_with_what_it_covers(
    app: App, stand_in: StandInModel
) -> None:
    app.circuits.of("model").hold_open()
    with pytest.raises(Declined, match="No language model could plan it"):
        await planned(app, GOAL)
    assert (await planned(app, PLAIN)).plan.approval_reasons == ()
    assert stand_in.asked == []
