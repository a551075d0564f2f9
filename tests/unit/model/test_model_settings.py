"""Settings that contradict themselves are named at the start, with what to do."""

import pytest
from pydantic import SecretStr, ValidationError

from agents.domain.model_settings import ModelSettings, Price


def test_without_a_name_no_model_is_asked() -> None:
    assert not ModelSettings().is_configured
    assert ModelSettings(name="any").is_configured


def test_a_budget_without_a_price_is_refused_with_the_remedy() -> None:
    with pytest.raises(ValidationError, match=r"add model\.prices for 'any'"):
        ModelSettings(name="any", daily_budget_usd=5)
    assert ModelSettings(name="any", daily_budget_usd=5, prices={"any": Price(input_usd=0, output_usd=0)}).price


def test_time_outs_stay_below_the_critical_8_s() -> None:
    for field in ("attempt_seconds", "deadline_seconds"):
        with pytest.raises(ValidationError):
            ModelSettings.model_validate({field: 8.0})
    with pytest.raises(ValidationError, match="deadline_seconds"):
        ModelSettings(attempt_seconds=5, deadline_seconds=4)


def test_the_key_is_not_shown() -> None:
    settings = ModelSettings(name="any", api_key=SecretStr("sk-private"))
    assert "sk-private" not in f"{settings!r} {settings.model_dump_json()}"


def test_a_price_is_for_a_million_tokens() -> None:
    assert Price(input_usd=2.0, output_usd=8.0).cost_usd(1_000_000, 500_000) == pytest.approx(6.0)
