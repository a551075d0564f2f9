"""The settings as people find them described."""

from pathlib import Path

from pipeline.operations.described_settings import described_settings, settings_page

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_of_settings_is_what_the_code_says() -> None:
    assert settings_page() == PAGE.read_text(), "renew it with `make docs`"


def test_every_setting_says_what_it_means() -> None:
    assert [each.name for each in described_settings() if not each.meaning] == []
