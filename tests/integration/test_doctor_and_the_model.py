"""What `nephoran doctor` finds of a language model's server, by one small question."""

from collections.abc import Iterator

import pytest

from agents.domain.model_settings import ModelSettings
from pipeline.operations.doctor import Finding, checkup
from pipeline.settings import Settings
from pipeline.stand_ins.model.replies import Fails, Refuses, Reply, Says
from pipeline.stand_ins.model.server import StandInModel, served


@pytest.fixture
def stand_in() -> Iterator[StandInModel]:
    with served(StandInModel()) as model:
        yield model


async def found(base_url: str) -> Finding:
    findings = await checkup(Settings(model=ModelSettings(name="any", base_url=base_url)))
    return next(each for each in findings if each.what == "language model")


@pytest.mark.parametrize(
    ("reply", "verdict", "said"),
    [
        (Says({"tide": "ebb-7", "is_spring": True}), "ok", "enforces the schema"),
        (Says("hello"), "wrong", "does not enforce"),
        (Says({"word": "hello"}), "wrong", "does not enforce"),
        (Fails(400, message="Unrecognized argument: max_completion_tokens"), "wrong", "OUTPUT_LIMIT_FIELD=max_tokens"),
        (Fails(400, message="Unrecognized argument: max_completion_tokens"), "wrong", "Unrecognized argument"),
        (Fails(401), "unreachable", "model.api_key"),
        (Fails(503), "unreachable", "HTTP 503"),
        (Refuses(), "note", "is unknown"),
    ],
)
async def test_the_server_is_really_asked(stand_in: StandInModel, reply: Reply, verdict: str, said: str) -> None:
    stand_in.default = reply
    finding = await found(stand_in.base_url)
    assert (finding.verdict, said in finding.found) == (verdict, True), finding.found


async def test_a_server_that_is_not_there_is_said_to_be_so() -> None:
    finding = await found("http://127.0.0.1:9/v1")
    assert finding.verdict == "unreachable"
    assert "start it" in finding.found
