"""Which spans the SDK samples: the children of sampled ones, and those that a record begins."""

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes


class _BegunWithARecord(Sampler):
    """A trace begins where a record is sent or processed, and only once its sampling is decided. Spans below an
    unsampled event have no parent either, and must not start a trace."""

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes | None = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        is_begin = kind in (SpanKind.PRODUCER, SpanKind.CONSUMER)
        return SamplingResult(Decision.RECORD_AND_SAMPLE if is_begin else Decision.DROP, attributes)

    def get_description(self) -> str:
        return "BegunWithARecord"


BEGUN_WITH_RECORDS = ParentBased(_BegunWithARecord())
