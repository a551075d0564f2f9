"""How well the objectives are met: measured share, budget left and burn rate, asked of a Prometheus server."""

import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import httpx

from pipeline.kafka.not_usable import NotUsable
from pipeline.telemetry.objectives import Objective

BURN_WINDOW = "1h"
"""The long window of the fastest burn-rate alert: what burns now."""
ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Kept:
    """How well one objective is met. What Prometheus has no events for is None, never 100 %.

    Of a latency, `objective_percent` of events must end within `limit_seconds`, and `measured_percent` did. `burn_rate`
    counts how many times faster than allowed the budget was spent within the last hour: at 1 it lasts just as long as
    the window.
    """

    name: str
    description: str
    objective_percent: float
    limit_seconds: float | None
    measured_percent: float | None
    budget_left_percent: float | None
    burn_rate: float | None

    @property
    def is_spent(self) -> bool:
        """Whether more went wrong than may over the whole window."""
        return self.budget_left_percent is not None and self.budget_left_percent <= 0

    def row(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self) | {"is_spent": self.is_spent}


def slo_report(objectives: Sequence[Objective], prometheus_url: str, window: str) -> list[Kept]:
    """One line an objective. Raises: NotUsable where the server does not answer as Prometheus does."""
    now = {"time": f"{time.time():.3f}"}  # one moment for all: a scrape between two queries would bend their ratio
    with httpx.Client(base_url=prometheus_url, params=now, timeout=ANSWER_SECONDS) as client:
        return [_kept(objective, client, window) for objective in objectives]


def _kept(objective: Objective, client: httpx.Client, window: str) -> Kept:
    bad = _share_of_bad(objective, client, window)
    bad_now = _share_of_bad(objective, client, BURN_WINDOW)
    return Kept(
        name=objective.name,
        description=objective.description,
        objective_percent=objective.objective,
        limit_seconds=objective.limit_seconds,
        measured_percent=None if bad is None else 100 * (1 - bad),
        budget_left_percent=None if bad is None else 100 * (1 - bad / objective.allowed),
        burn_rate=None if bad_now is None else bad_now / objective.allowed,
    )


def _share_of_bad(objective: Objective, client: httpx.Client, window: str) -> float | None:
    error_query, total_query = objective.queries(window)
    total = _value(client, total_query)
    if not total:
        return None
    bad = _value(client, error_query)
    return None if bad is None else bad / total


def _value(client: httpx.Client, query: str) -> float | None:
    """The value of a query that finds one series; None where it finds none, or one that says nothing (NaN)."""
    found = _ask(client, query)
    if len(found) > 1:
        raise NotUsable(f"the query finds {len(found)} series where an objective needs one: {query}")
    value = float(found[0]["value"][1]) if found else math.nan
    return value if math.isfinite(value) else None


def _ask(client: httpx.Client, query: str) -> list[dict[str, Any]]:
    try:
        response = client.get("/api/v1/query", params={"query": query})
        answer = response.json()
        if answer["status"] != "success":
            raise NotUsable(f"Prometheus at {client.base_url} refuses the query {query}: {answer.get('error')}")
        found: list[dict[str, Any]] = answer["data"]["result"]
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotUsable(
            f"no Prometheus answers at {client.base_url} ({error}): give --prometheus URL, or set "
            "NEPHORAN_SLO__PROMETHEUS_URL"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise NotUsable(f"what answers at {client.base_url} is not Prometheus (HTTP {response.status_code})") from error
    return found
