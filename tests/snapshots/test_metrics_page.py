"""The metrics as rules, dashboards and people rely on them."""

from pathlib import Path

from pipeline.telemetry.metrics import Metrics
from pipeline.telemetry.metrics_page import metrics_page

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_the_page_of_metrics_is_what_the_catalogue_says() -> None:
    assert metrics_page(Metrics().catalogue) == PAGE.read_text(), "renew it with `make docs`"


def test_the_catalogue_is_what_is_exported_but_for_what_the_client_library_tells_of_the_process() -> None:
    metrics = Metrics()
    exported = {family.name for family in metrics.registry.collect()}

    named = {each.name.removesuffix("_total") for each in metrics.catalogue}

    assert {name for name in exported if not name.startswith("process_")} == named
