"""`nephoran evaluate`: understanding and planning scored against a gold file."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.exits import FAILED
from pipeline.cli.options import AsJson
from pipeline.cli.printing import console, print_json, printable, table

if TYPE_CHECKING:
    from pipeline.operations.gold import GoldCase, Judged


def evaluate(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Labelled requests, one JSON object a line.")
    ],
    as_json: AsJson = False,
) -> None:
    """Score understanding and planning against a gold file.

    In this process, as `nephoran explain` reads. A line holds id, text, outcome (planned, proposed, declined), the
    accepted reasons of a decline, and expectations. Exit 1 where a request would be carried out otherwise than
    labelled: a wrong deployment.
    """
    from pipeline.operations.evaluate import report_on
    from pipeline.operations.gold import read_gold

    report = report_on(asyncio.run(_judge_all(list(read_gold(file)))))
    if as_json:
        print_json(report)
    else:
        _print(report)
    if report["wrong_deployments"]:
        raise typer.Exit(FAILED)


async def _judge_all(cases: "list[GoldCase]") -> "list[Judged]":
    from pipeline.app import App
    from pipeline.cli.session import begin
    from pipeline.operations.evaluate import judged
    from pipeline.operations.explain import Explainer

    app = App(begin())
    try:
        return [each async for each in judged(Explainer(app), cases)]
    finally:
        await app.close()


def _print(report: dict[str, Any]) -> None:
    out = console()
    for kind in ("outcomes", "actions", "objects", "targets"):
        made = table(kind, "wanted", "given", "right", "precision", "recall")
        for label, score in report[kind].items():
            shares = (f"{share:.1%}" if share is not None else "-" for share in (score["precision"], score["recall"]))
            made.add_row(label, str(score["wanted"]), str(score["given"]), str(score["right"]), *shares)
        out.print(made)
    for miss in report["misses"]:
        out.print(f"{miss['id']} {miss['miss'].replace('_', ' ')}: {printable(miss['text'])}", style="yellow")
        for side in ("wanted", "given"):
            out.print(f"  {side}: {_words_of(miss[side])}")
    latency = report["latency_seconds"]
    if latency["count"]:
        out.print(f"latency: P50 {latency['p50'] * 1_000:.1f} ms, P99 {latency['p99'] * 1_000:.1f} ms")
    style = "red" if report["wrong_deployments"] else "green"
    out.print(
        f"{report['right']} of {report['cases']} right, {report['wrong_deployments']} wrong deployments", style=style
    )


def _words_of(answer: dict[str, Any]) -> str:
    reason = answer.get("reason") or " or ".join(answer.get("reasons", ()))
    said = [answer["outcome"], reason, *map(_expectation_words, answer["expectations"])]
    return printable("; ".join(filter(None, said)))


def _expectation_words(expectation: dict[str, Any]) -> str:
    about = expectation["object"]
    targets = [f"{each['name']} {each['condition']} {each['value']}" for each in expectation["targets"]]
    named = [expectation["action"], about["type"], about["name"], _slice_words(about["slice"]), *about["sites"]]
    return " ".join([*filter(None, named), ", ".join(targets)]).strip()


def _slice_words(slice_id: dict[str, Any] | None) -> str | None:
    return f"{slice_id['sst']}-{slice_id['sd'] or ''}" if slice_id else None
