"""`make chaos`: kills and freezes workers and brokers under traffic, and judges where the effects land."""

import asyncio
import sys
from typing import Annotated, Literal

import typer

from pipeline.cli.printing import print_json
from tests.chaos.campaign import Campaign, summary_of
from tests.chaos.findings import Findings
from tests.chaos.page import write_page

ENGINES = {"faust": ("faust",), "fast": ("fast",), "both": ("faust", "fast")}


def main(
    runs: Annotated[int, typer.Option(min=1, help="How many runs in all.")] = 20,
    intents: Annotated[int, typer.Option(min=1, help="How many intents in all.")] = 104_000,
    engine: Annotated[Literal["faust", "fast", "both"], typer.Option(help="The engines, in turn.")] = "both",
    seed: Annotated[int, typer.Option(help="The first run's; the others count on. It draws the faults.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a run, then the sum.")] = False,
    is_written: Annotated[bool, typer.Option("--page", help="Write the figures into docs/measurements.md.")] = False,
) -> None:
    """Run intents through real Kafka (three brokers) while workers and brokers are killed, frozen and replaced.

    Exit code 1 where a promise was broken (an intent lost, an effect doubled, order violated, a takeover over 15 s),
    or a run could not be played to its end.
    """
    campaign = Campaign(runs, intents, ENGINES[engine], seed)
    findings = asyncio.run(_play(campaign, as_json, is_written))
    summary = summary_of(findings)
    print_json(summary, is_one_of_many=as_json)
    sys.exit(summary["runs_with_violations"] > 0 or len(findings) < runs)


async def _play(campaign: Campaign, as_json: bool, is_written: bool) -> list[Findings]:
    findings = []
    async for found in campaign.findings(lambda words: typer.echo(words, err=True)):
        findings.append(found)
        if is_written:
            write_page(findings, campaign.runs)
        if as_json:
            print_json(found.as_data(), is_one_of_many=True)
        else:
            broken = "; ".join(found.violations) or "every promise kept"
            typer.echo(
                f"{found.seed:>3} {found.engine:5} {found.flow:8} {found.intents:>6} intents in {found.seconds:.0f} s, "
                f"takeover {found.longest_takeover_seconds:.1f} s ({', '.join(found.faults)}): {broken}"
            )
    return findings


if __name__ == "__main__":
    typer.run(main)
