"""The guarantee under kills, in short; `make chaos` is the long form. And the proof that a broken one is found out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.kafka.not_usable import NotUsable
from pipeline.local_kafka.cluster import LocalKafka
from tests.chaos.findings import Findings
from tests.chaos.plan_of_faults import Fault
from tests.chaos.run import Run, Scenario

pytestmark = pytest.mark.slow
KILL = Fault("kill", 3.0, 0)


@pytest.fixture(scope="module")
def brokers() -> Iterator[LocalKafka]:
    """Three brokers, one set for all runs."""
    kafka = LocalKafka(3)
    try:
        kafka.start()
    except NotUsable as error:
        pytest.skip(f"there is no Kafka: {error.message}")
    yield kafka
    kafka.stop()


async def play(scenario: Scenario, brokers: LocalKafka, folder: Path) -> Findings:
    return await Run(scenario, brokers, folder / f"{scenario.engine}-{scenario.seed}").play()


@pytest.mark.parametrize(("engine", "seed"), [("faust", 1), ("fast", 2)])
async def test_with_workers_and_a_broker_killed_no_intent_is_lost_doubled_or_overtaken(
    engine: str, seed: int, brokers: LocalKafka, tmp_path: Path
) -> None:
    faults = [KILL, Fault("broker", 17.0, seed), Fault("dismiss", 23.0, 1)]
    found = await play(Scenario(engine, "counting", seed, 2_000, faults), brokers, tmp_path)
    assert _broken(found) == []
    assert found.longest_takeover_seconds < 60, "four times what is promised of a machine that is ours alone"


@pytest.mark.parametrize("engine", ["faust", "fast"])
async def test_real_intents_fit_the_model_with_a_worker_killed_and_one_cut_off_from_kafka(
    engine: str, brokers: LocalKafka, tmp_path: Path
) -> None:
    faults = [Fault("cut", 3.0, 1), Fault("kill", 18.0, 0)]
    found = await play(Scenario(engine, "real", 5, 300, faults), brokers, tmp_path)
    assert _broken(found) == []


@pytest.mark.parametrize("engine", ["faust", "fast"])
async def test_a_worker_that_wakes_after_its_session_does_nothing_it_had_begun(
    engine: str, brokers: LocalKafka, tmp_path: Path
) -> None:
    scenario = Scenario(engine, "counting", 3, 2_000, [Fault("freeze", 3.0, 0)], workers=1)
    found = await play(scenario, brokers, tmp_path)
    assert _broken(found) == []
    assert found.refused_effects > 0, "with nobody to take over, only the fence holds its effects back"


@pytest.mark.parametrize(
    ("our_fault", "faults", "finding"),
    [
        ("commit-ahead", [KILL], "intents lost"),
        ("skip-ledger", [KILL], "effects doubled"),
        ("ignore-keys", [], "lost"),
        ("no-fence", [Fault("freeze", 3.0, 0)], "whose session was over"),
    ],
)
async def test_a_fault_of_ours_is_found_out(
    our_fault: str, faults: list[Fault], finding: str, brokers: LocalKafka, tmp_path: Path
) -> None:
    workers = 1 if our_fault == "no-fence" else 3
    scenario = Scenario("fast", "counting", 4, 3_000, faults, (our_fault,), workers=workers, patience_seconds=15)
    found = await play(scenario, brokers, tmp_path)
    assert [words for words in found.violations if finding in words]


def _broken(found: Findings) -> list[str]:
    return [words for words in found.violations if "takeover" not in words]
