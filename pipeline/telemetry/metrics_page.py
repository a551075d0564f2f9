"""The catalogue as a page: `python -m pipeline.telemetry.metrics_page > docs/metrics.md`."""

from collections.abc import Iterable, Iterator

from pipeline.telemetry.metrics import Metric, Metrics

_HEAD = """# Metrics

Made from `pipeline/telemetry/metrics.py` by `make docs`; change them there. Every worker serves them at `/metrics` of
its HTTP port, in OpenMetrics with exemplars (the trace id of a sampled event) where the scraper asks for it. The client
library adds `process_*` (processor seconds, resident bytes, open files, start time).
"""


def metrics_page(catalogue: Iterable[Metric]) -> str:
    """Every metric with its labels, unit, meaning and what to do when it moves, as Markdown."""
    return "\n".join([_HEAD, *(line for metric in catalogue for line in _lines(metric))])


def _lines(metric: Metric) -> Iterator[str]:
    yield f"## {metric.name}"
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "none"
    yield f"{metric.kind.capitalize()} in {metric.unit}. Labels: {labels}.\n"
    yield f"{metric.meaning}\n"
    yield f"**When it moves.** {metric.when_it_moves}\n"
    if metric.buckets:
        yield f"Buckets up to {', '.join(f'{bound:.10g}' for bound in metric.buckets)} {metric.unit}.\n"
    if metric.later:
        yield f"Not yet emitted: {metric.later}.\n"


if __name__ == "__main__":
    print(metrics_page(Metrics().catalogue), end="")
