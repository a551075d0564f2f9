"""The cheap histogram exports what the client's own does."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.openmetrics.exposition import generate_latest

from pipeline.telemetry.loop_histogram import LoopHistogram

BUCKETS = (0.005, 0.1, 1.0, 60.0)


@given(st.lists(st.sampled_from([0.0, 0.005, 0.0050001, 0.1, 0.5, 59.9, 60.0, 61.0]), max_size=20))
def test_it_exports_what_the_client_s_own_does(amounts: Sequence[float]) -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    for histogram in (
        LoopHistogram("work_seconds", "Work.", ["stage"], BUCKETS, ours),
        Histogram("work_seconds", "Work.", ["stage"], buckets=BUCKETS, registry=theirs),
    ):
        series = histogram.labels("parse")
        for amount in amounts:
            series.observe(amount)
    assert _lines(ours) == _lines(theirs)


def test_an_exemplar_stands_at_the_bucket_of_its_observation() -> None:
    registry = CollectorRegistry()
    series = LoopHistogram("work_seconds", "Work.", ["stage"], BUCKETS, registry).labels("parse")
    series.observe(0.05, {"trace_id": "0af7651916cd43dd8448eb211c80319c"})
    series.observe(0.5)
    (told,) = [line for line in _lines(registry) if "trace_id" in line]
    assert 'le="0.1"' in told
    assert '# {trace_id="0af7651916cd43dd8448eb211c80319c"} 0.05 ' in told


def _lines(registry: CollectorRegistry) -> list[str]:
    """As Prometheus is told; when a series began is told by the client's own alone."""
    return [line for line in generate_latest(registry).decode().splitlines() if "_created" not in line]
