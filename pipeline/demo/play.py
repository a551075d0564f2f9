"""The demo from the first download to the exit code."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Coroutine
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table

from agents.domain.model_settings import ModelSettings
from pipeline.demo.findings import Check, checks_of, policies_check, report_of
from pipeline.demo.network import Network, network
from pipeline.demo.repository import Repository
from pipeline.demo.samples import PLANNED, POISON, TO_APPROVE, TO_PLAN, TO_REFUSE, Sample
from pipeline.demo.screen import show_results, standing
from pipeline.demo.setup import Workers, new_repository
from pipeline.demo.story import Story
from pipeline.kafka.admin import apply_topics
from pipeline.local_kafka.cluster import LocalKafka
from pipeline.settings import Settings
from pipeline.stand_ins.model.replies import Says
from pipeline.stand_ins.model.server import StandInModel, served
from schemas.reasons import DeclineReason
from schemas.status import State

REFRESH_PER_SECOND = 8
LINES_AROUND = 5
"""Of the live table: its title, head and margins."""
GIVEN_BROKER = "NEPHORAN_KAFKA__BOOTSTRAP_SERVERS"


async def play(out: Path, keep: bool) -> int:
    """Play it all; 0 where every promise was kept. Raises: NotUsable."""
    console = Console()
    repository = new_repository(out, console.print)
    with served(_stand_in()) as model, network(out, console.print) as radio:
        console.print(f"language model: {model.base_url}, a stand-in that knows the one goal it is asked to plan")
        async with _broker(console) as kafka:
            settings = _settings(kafka.bootstrap_servers, model.base_url, repository, out, radio)
            await apply_topics(settings.kafka)
            workers = Workers(settings, out)
            try:
                return await _play(console, settings, workers, repository, out, keep, radio)
            finally:
                workers.stop()


def _stand_in() -> StandInModel:
    model = StandInModel()
    model.answers.update({text: Says(answer) for text, answer in PLANNED.items()})
    return model


def is_broker_given() -> bool:
    """Whether a variable names a broker to play on."""
    return bool(os.environ.get(GIVEN_BROKER))


def _broker(console: Console) -> "LocalKafka | _GivenKafka":
    if is_broker_given():
        given = os.environ[GIVEN_BROKER]
        console.print(f"Kafka: {given}, as given by {GIVEN_BROKER}")
        return _GivenKafka(given)
    console.print("Kafka: a node on loopback, with temporary data")
    return LocalKafka(report=lambda line: console.print(line, style="dim"))


class _GivenKafka:
    """A broker that somebody else runs."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.bootstrap_servers = bootstrap_servers

    async def __aenter__(self) -> "_GivenKafka":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


def _settings(bootstrap_servers: str, model_url: str, repository: Path, out: Path, radio: Network) -> Settings:
    given = Settings()
    return given.model_copy(
        update={
            "kafka": given.kafka.model_copy(update={"bootstrap_servers": bootstrap_servers}),
            "git": given.git.model_copy(update={"repository": str(repository), "cache": out / "cache"}),
            "a1": radio.a1,
            "o1": radio.o1,
            "signing": given.signing.model_copy(update={"key_file": out / "signing.key"}),
            "model": ModelSettings(name="stand-in", base_url=model_url, accounting_file=out / "model-spending.sqlite"),
        }
    )


async def _play(
    console: Console, settings: Settings, workers: Workers, path: Path, out: Path, keep: bool, radio: Network
) -> int:
    began = time.monotonic()
    workers.start_all()
    await asyncio.to_thread(radio.until_ready)
    story = Story(settings, workers, tell=lambda line: console.print(f"[bold]▸[/bold] {line}"))
    async with story.opened():
        await _shown(console, story, story.play())
        repository = Repository(path)
        checks = [*checks_of(story, repository, _final(story)), policies_check(radio.policies)]
        report = report_of(story, repository, checks) | {"seconds": round(time.monotonic() - began, 1)}
        (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        show_results(console, story, repository, report, checks)
        console.print(f"{report['seconds']:g} s since the first worker started. Look around:")
        console.print(f"  git -C {path} log --stat", soft_wrap=True)
        console.print(f"  {out / 'report.json'}, and the workers' logs next to it", soft_wrap=True)
        if keep:
            await _keep(console, settings)
    return _exit_code(checks)


async def _shown(console: Console, story: Story, playing: Coroutine[None, None, None]) -> None:
    """Play next to a live table, if somebody watches."""
    if not sys.stdout.isatty():
        await playing
        return

    def what_fits() -> Table:
        return standing(story, max(1, console.height - LINES_AROUND))

    with Live(get_renderable=what_fits, console=console, refresh_per_second=REFRESH_PER_SECOND):
        await playing


def _final(story: Story) -> dict[str, Sample]:
    """The samples as decisions and repair must have left them."""
    after = {
        TO_APPROVE: Sample(TO_APPROVE.value, State.DEPLOYED),
        TO_PLAN: Sample(TO_PLAN.value, State.DEPLOYED),
        TO_REFUSE: Sample(TO_REFUSE.value, State.DECLINED, DeclineReason.NOT_APPROVED),
        POISON: Sample(POISON.value, State.DEPLOYED),
    }
    return {intent_id: after.get(sample, sample) for intent_id, sample in story.sample_of.items()}


def _exit_code(checks: list[Check]) -> int:
    return 0 if all(check.is_kept for check in checks) else 1


async def _keep(console: Console, settings: Settings) -> None:
    console.print("Everything keeps running until Ctrl-C. In another terminal:")
    for name, value in (
        ("KAFKA__BOOTSTRAP_SERVERS", settings.kafka.bootstrap_servers),
        ("GIT__REPOSITORY", settings.git.repository),
        ("SIGNING__KEY_FILE", str(settings.signing.key_file)),
    ):
        console.print(f"  export NEPHORAN_{name}={value}", soft_wrap=True)
    console.print("  nephoran submit --wait 'Scale the AMF in tokyo-1 to 7 replicas'", soft_wrap=True)
    await asyncio.Event().wait()
