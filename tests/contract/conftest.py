"""What the suites of this folder share."""

import pytest

from pipeline.engines.settings import EngineSettings


@pytest.fixture(params=["faust", "fast"])
def engine_settings(request: pytest.FixtureRequest) -> EngineSettings:
    return EngineSettings(kind=request.param, commit_interval_seconds=0.1)
