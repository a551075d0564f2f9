"""What is reported about a language model, as metrics, spans and log lines.

Names and buckets of `gen_ai_…` and of spans are those of OpenTelemetry's semantic conventions for generative AI
(gen-ai-metrics, gen-ai-spans), as an OpenTelemetry exporter would name them for Prometheus.
"""

import time
from urllib.parse import urlsplit

import structlog
from opentelemetry import trace

from agents.domain.model_usage import Outcome, TokenUsage
from pipeline.telemetry.metrics import Metrics
from pipeline.telemetry.tracing import tracer

log = structlog.get_logger()
OPERATION = "chat"
PROVIDER = "openai"
"""The protocol; `server.address` says who really answers."""
_GOOD = (Outcome.ANSWERED, Outcome.REFUSED)


class ModelMeter:
    """The `ModelObserver` of a worker."""

    def __init__(self, metrics: Metrics, model: str, base_url: str, spans: trace.Tracer = tracer) -> None:
        self._metrics = metrics
        for outcome in Outcome:  # at 0 from the start, so that the first bad one is a rise
            metrics.llm_requests.labels(model, outcome)
        self._spans = spans
        self._address = urlsplit(base_url).hostname or ""
        self._held_back: Outcome | None = None

    def request_ended(
        self, model: str, outcome: Outcome, seconds: float, usage: TokenUsage | None, cost_usd: float | None
    ) -> None:
        """Counted by outcome; timed; tokens and costs added up; a span of its own."""
        self._held_back = None
        error = "" if outcome in _GOOD else str(outcome)
        self._metrics.llm_requests.labels(model, outcome).inc()
        self._metrics.llm_seconds.labels(model).observe(seconds)
        self._metrics.gen_ai_seconds.labels(OPERATION, PROVIDER, model, error).observe(seconds)
        if usage is not None:
            for kind, tokens in (("input", usage.input_tokens), ("output", usage.output_tokens)):
                self._metrics.llm_tokens.labels(model, kind).inc(tokens)
                self._metrics.gen_ai_tokens.labels(OPERATION, PROVIDER, model, kind).observe(tokens)
        if cost_usd is not None:
            self._metrics.llm_costs.labels(model).inc(cost_usd)
        self._trace(model, error, seconds, usage)

    def request_not_sent(self, model: str, outcome: Outcome) -> None:
        """Counted by what prevented it; logged once, until a request is sent again."""
        self._metrics.llm_requests.labels(model, outcome).inc()
        if outcome is not self._held_back:
            self._held_back = outcome
            log.warning("model not asked: only the grammar reads requests", model=model, why=str(outcome))

    def answer_found(self, model: str) -> None:
        """Counted."""
        self._metrics.llm_answers_found.labels(model).inc()

    def answer_judged(self, model: str, fault: str | None) -> None:
        """Counted by fault."""
        self._metrics.llm_answers_judged.labels(model, fault or "none").inc()

    def _trace(self, model: str, error: str, seconds: float, usage: TokenUsage | None) -> None:
        """The span of a finished request: recorded afterwards, so that agents need not know about traces."""
        ended_ns = time.time_ns()
        attributes: dict[str, str | int] = {
            "gen_ai.operation.name": OPERATION,
            "gen_ai.provider.name": PROVIDER,
            "gen_ai.request.model": model,
            "server.address": self._address,
        }
        if usage is not None:
            attributes |= {
                "gen_ai.usage.input_tokens": usage.input_tokens,
                "gen_ai.usage.output_tokens": usage.output_tokens,
            }
        span = self._spans.start_span(
            f"{OPERATION} {model}",
            kind=trace.SpanKind.CLIENT,
            attributes=attributes,
            start_time=ended_ns - int(seconds * 1e9),
        )
        if error:
            span.set_attribute("error.type", error)
            span.set_status(trace.StatusCode.ERROR)
        span.end(ended_ns)
