"""Many runs, engine by engine and seed by seed, and their sum."""

import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.domain.verdicts import Fatal
from pipeline.kafka.not_usable import NotUsable
from pipeline.local_kafka.cluster import LocalKafka
from tests.chaos.findings import Findings
from tests.chaos.plan_of_faults import plan_of_faults
from tests.chaos.run import Run, Scenario

BROKERS = 3
REAL_EVERY = 5
"""One run in so many carries real intents into a Git repository, with `REAL_SHARE` of the others' number."""
REAL_SHARE = 0.2


@dataclass(frozen=True)
class Campaign:
    """`runs` in all, `intents` in all, spread over the engines."""

    runs: int
    intents: int
    engines: Sequence[str]
    seed: int

    def scenarios(self) -> list[Scenario]:
        """The runs, each with the faults that its seed draws."""
        flows = ["real" if number % REAL_EVERY == REAL_EVERY - 1 else "counting" for number in range(self.runs)]
        weights = [REAL_SHARE if flow == "real" else 1.0 for flow in flows]
        return [
            Scenario(
                engine=self.engines[number % len(self.engines)],
                flow=flow,
                seed=self.seed + number,
                intents=round(self.intents * weight / sum(weights)) + 1,
                faults=plan_of_faults(self.seed + number),
            )
            for number, (flow, weight) in enumerate(zip(flows, weights, strict=True))
        ]

    async def findings(self, complain: Callable[[str], None]) -> AsyncIterator[Findings]:
        """Of one run after the other, all on the same brokers. A run that breaks off has none, and is complained of."""
        with tempfile.TemporaryDirectory(prefix="nephoran-chaos-") as folder:
            async with LocalKafka(BROKERS) as brokers:
                for scenario in self.scenarios():
                    try:
                        yield await Run(scenario, brokers, Path(folder) / f"run-{scenario.seed}").play()
                    except (RuntimeError, Fatal, NotUsable) as error:
                        complain(f"run {scenario.seed} ({scenario.engine}, {scenario.flow}) broke off: {error!r}")


def summary_of(findings: Sequence[Findings]) -> dict[str, Any]:
    """The figures of all runs together, the longest takeover among them."""
    counted = (
        "intents",
        "lost",
        "doubled",
        "order_violations",
        "older_over_newer",
        "zombie_effects",
        "refused_effects",
    )
    return {
        "runs": len(findings),
        **{name: sum(getattr(one, name) for one in findings) for name in counted},
        "longest_takeover_seconds": max((one.longest_takeover_seconds for one in findings), default=0.0),
        "runs_with_violations": sum(bool(one.violations) for one in findings),
        "seconds": round(sum(one.seconds for one in findings)),
    }
