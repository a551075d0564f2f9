"""A histogram for what one thread observes for every event: without the locks, at a third of the client library's
cost."""

import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar
from prometheus_client.utils import INF, floatToGoString


class LoopSeries:
    """One label set. To be observed in one thread, and read in any."""

    __slots__ = ("_bounds", "counts", "exemplars", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * len(bounds)
        self.exemplars: dict[int, Exemplar] = {}
        self.total = 0.0

    def observe(self, amount: float, exemplar: dict[str, str] | None = None) -> None:
        """Count it."""
        place = bisect_left(self._bounds, amount)
        self.counts[place] += 1
        self.total += amount
        if exemplar:
            self.exemplars[place] = Exemplar(exemplar, amount, time.time())


class LoopHistogram(Collector):
    """The series of one name, by label values. `buckets` are upper bounds, rising; +Inf is added."""

    def __init__(
        self, name: str, meaning: str, labels: Sequence[str], buckets: Sequence[float], registry: CollectorRegistry
    ) -> None:
        self._name, self._meaning, self._labels = name, meaning, labels
        self._bounds = (*buckets, INF)
        self._names = [str(floatToGoString(bound)) for bound in self._bounds]  # type: ignore[no-untyped-call]
        self._series: dict[tuple[str, ...], LoopSeries] = {}
        registry.register(self)

    def labels(self, *values: str) -> LoopSeries:
        """The series of these label values; it is exported from now on."""
        return self._series.setdefault(values, LoopSeries(self._bounds))

    def describe(self) -> Iterator[HistogramMetricFamily]:
        """What is exported, without its series."""
        yield self._family()

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """Everything, as it is now."""
        family = self._family()
        for values, series in list(self._series.items()):
            family.add_metric(values, list(self._buckets_of(series)), series.total)
        yield family

    def _family(self) -> HistogramMetricFamily:
        return HistogramMetricFamily(self._name, self._meaning, labels=self._labels)

    def _buckets_of(self, series: LoopSeries) -> Iterator[tuple[str, float] | tuple[str, float, Exemplar]]:
        for place, (name, count) in enumerate(zip(self._names, accumulate(list(series.counts)), strict=True)):
            exemplar = series.exemplars.get(place)
            yield (name, count) if exemplar is None else (name, count, exemplar)
