"""The figures of a campaign in `docs/measurements.md`."""

from collections.abc import Sequence

from tests.bench.measurements import write_part
from tests.chaos.findings import Findings
from tests.chaos.run import BROKERS_NICENESS

HOW = f"""\
Three brokers and three workers. In each run a worker is killed (SIGKILL) and one ended (SIGTERM), each replaced, one
is frozen beyond its session (SIGSTOP) and thawed, one is cut off from Kafka for as long, and a broker is killed and
restarted, under steady traffic. The brokers give way to the workers (nice {BROKERS_NICENESS}), for they share the
cores, which they do not in the field. Counted where effects land: a compare-and-set store (`counting`), the deployment
repository (`real`: requests are read, planned and carried out; it does not tell which worker pushed). The histories of
`real` runs have to fit the model of histories, too. Incidents are workers that ended by themselves or not in order,
and were replaced. A takeover is from a SIGKILL until the last key is worked on again, as `intents.status` tells; beside
it, until the last key has a new effect: what was done and not yet committed comes first. A kill waits until the group
has got over the fault before."""
COLUMNS = (
    *("engine", "flow", "runs", "intents", "lost", "doubled", "out of order", "older over newer", "by zombies"),
    *("refused to zombies", "incidents", "longest takeover", "last new effect"),
)


def write_page(findings: Sequence[Findings], runs: int) -> None:
    """Puts the part there, in place of an earlier one. `runs` were to be played."""
    groups = sorted({(one.engine, one.flow) for one in findings})
    rows = [_row([one for one in findings if (one.engine, one.flow) == group]) for group in groups]
    broken = [
        f"- run {one.seed} ({one.engine}, {one.flow}): {'; '.join(one.violations)}"
        for one in findings
        if one.violations
    ]
    if len(findings) < runs:
        broken.append(f"- {runs - len(findings)} of {runs} runs were not played to their end")
    verdict = broken or ["Every promise was kept in every run, and the books balanced."]
    header = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
    write_part("Chaos", "make chaos", [HOW, "", *header, *rows, "", *verdict])


def _row(group: Sequence[Findings]) -> str:
    counted = ("intents", "lost", "doubled", "order_violations", "older_over_newer")
    of_zombies = ("zombie_effects", "refused_effects")
    figures = [_sum(group, name) for name in counted]
    figures += ["not told" if group[0].flow == "real" else _sum(group, name) for name in of_zombies]
    figures.append(f"{sum(len(one.incidents) for one in group)}")
    for seconds in ("longest_takeover_seconds", "longest_catch_up_seconds"):
        figures.append(f"{max(getattr(one, seconds) for one in group):.1f} s")
    return f"| {' | '.join([group[0].engine, group[0].flow, str(len(group)), *figures])} |"


def _sum(group: Sequence[Findings], name: str) -> str:
    return f"{sum(getattr(one, name) for one in group):,}"
