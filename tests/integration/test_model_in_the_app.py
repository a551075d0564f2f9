"""The app with a model configured: asked through the worker's circuit, counted, booked, and confirmed by a person."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.adapters.sqlite_accounting import SqliteAccounting
from agents.domain.model_usage import Outcome
from agents.domain.verdicts import Declined
from agents.enrich import Enrich
from agents.model.settings import ModelSettings, Price
from agents.parse import Parse
from pipeline.app import App
from pipeline.settings import Settings
from pipeline.stand_in_model.replies import Says
from pipeline.stand_in_model.server import StandInModel, served
from schemas.bodies import IntentReceived
from schemas.envelope import Intent, Order
from tests.integration.model_cases.answers import answer, expectation

STRANGE = "Crank the AMF in tokyo-1 to 5 replicas."
PLAIN = "Scale the AMF in tokyo-1 to 5 replicas."
INTENT = Intent("1b4e28ba-2fa1-5d2b-883f-0016d3cca427", Order(1, 0, 0), 0, "00", 1, producer_id="noc/portal#17")


@pytest.fixture
def stand_in() -> Iterator[StandInModel]:
    good = answer(STRANGE, ["Crank"], expectation("scale", "amf", ["tokyo-1"], ("replicas", "equals", 5, "count")))
    with served(StandInModel(default=Says(good))) as model:
        yield model


@pytest.fixture
async def app(stand_in: StandInModel, tmp_path: Path) -> AsyncIterator[App]:
    model = ModelSettings(
        name="stand-in",
        base_url=stand_in.base_url,
        accounting_file=tmp_path / "books.sqlite",
        prices={"stand-in": Price(input_usd=1, output_usd=4)},
    )
    made = App(Settings(model=model))
    yield made
    await made.close()


async def test_what_a_model_explained_is_planned_and_waits_for_somebody_to_agree(app: App) -> None:
    parsed = await Parse(app.understanding)(IntentReceived(intent=STRANGE), INTENT)
    planned = await app.planner(await Enrich(app.knowledge_base)(parsed, INTENT), INTENT)
    assert [reason for reason in planned.plan.approval_reasons if "“Crank”" in reason]
    assert app.planner.plan_again(planned).plan.digest == planned.plan.digest, "an approval of it counts"


async def test_a_request_to_a_model_is_counted_and_booked_on_its_producer(app: App, tmp_path: Path) -> None:
    await Parse(app.understanding)(IntentReceived(intent=STRANGE), INTENT)
    await Parse(app.understanding)(IntentReceived(intent=STRANGE), INTENT)
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
    with pytest.raises(Declined, match="No language model could help"):
        await Parse(app.understanding)(IntentReceived(intent=STRANGE), INTENT)
    assert (await Parse(app.understanding)(IntentReceived(intent=PLAIN), INTENT)).to_confirm == ()
    assert stand_in.asked == []
