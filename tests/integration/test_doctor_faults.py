"""Faults that an operator may meet at night: `nephoran doctor` says what it is and what to do, and never ok of it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiokafka import AIOKafkaConsumer

from pipeline.kafka.not_usable import NotPossible
from pipeline.kafka.settings import KafkaSettings
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.worker_keys import with_fingerprints
from pipeline.operations.checks_of_workers import findings_of_workers
from pipeline.operations.control import order_circuit, pause_stages, read_control
from pipeline.operations.doctor import checkup
from pipeline.operations.finding import Finding
from pipeline.operations.orders import require_obeyed
from pipeline.settings import Settings
from tests.integration.git.remote import Remote, run
from tests.servers.eventually import eventually

OURS, THEIRS = "the key of this machine, long enough", "the key of the workers, long enough"
NOWHERE = {"bootstrap_servers": "127.0.0.1:9"}


async def found(what: str, **settings: object) -> Finding:
    findings = await checkup(Settings.model_validate({"kafka": NOWHERE, **settings}))
    return next(each for each in findings if each.what == what)


def git(remote: Remote, tmp_path: Path) -> dict[str, object]:
    return {"repository": str(remote.path), "cache": tmp_path / "cache"}


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


async def test_a_ref_is_really_written_and_removed_again(remote: Remote, tmp_path: Path) -> None:
    finding = await found("deployment repository", git=git(remote, tmp_path))
    assert finding.verdict == "ok", finding.found
    assert remote.push_count == 2, "written once, removed once"
    assert run("git", "for-each-ref", folder=remote.path) == ""


async def test_a_hook_that_refuses_is_told_in_its_words(remote: Remote, tmp_path: Path) -> None:
    remote.hook("pre-receive", "echo 'no pushes on Sundays' >&2; exit 1")
    finding = await found("deployment repository", git=git(remote, tmp_path))
    assert finding.verdict == "wrong"
    assert "no pushes on Sundays" in finding.found


async def test_a_repository_that_cannot_be_written_to_is_told(remote: Remote, tmp_path: Path) -> None:
    remote.hook("pre-receive", "echo 'fatal: write error: No space left on device' >&2; exit 1")
    finding = await found("deployment repository", git=git(remote, tmp_path))
    assert finding.verdict != "ok"
    assert "No space left on device" in finding.found


async def test_a_full_disk_is_told_with_its_folder(
    remote: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await found("disks", git=git(remote, tmp_path))).verdict == "ok"
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=3 << 20))
    finding = await found("disks", git=git(remote, tmp_path))
    assert finding.verdict == "wrong"
    assert "3 MiB" in finding.found
    assert str(remote.path) in finding.found


@pytest.fixture
def settings(kafka: KafkaSettings) -> Settings:
    return Settings.model_validate({"kafka": kafka, "signing": {"keys": [OURS]}})


async def of_workers(settings: Settings) -> dict[str, Finding]:
    findings = await findings_of_workers(settings, await read_control(settings))
    return {each.what: each for each in findings}


async def test_an_open_circuit_and_a_paused_stage_are_told_with_how_to_end_them(settings: Settings) -> None:
    assert {each.verdict for each in (await of_workers(settings)).values()} == {"ok"}
    await order_circuit(settings, "git", True, "it is being moved")
    await pause_stages(settings, "deploy", "maintenance")
    findings = await of_workers(settings)
    assert findings["circuit git"].verdict == "wrong"
    assert "it is being moved" in findings["circuit git"].found
    assert "nephoran circuit close git" in findings["circuit git"].found
    assert findings["stage deploy"].verdict == "note"
    assert "nephoran resume deploy" in findings["stage deploy"].found


@asynccontextmanager
async def member(settings: Settings, stage: str, *keys: str) -> AsyncIterator[None]:
    """Somebody in a stage's group who accepts these keys."""
    told = with_fingerprints(settings.kafka, Keyring(tuple(key.encode() for key in keys)))
    prefix = settings.kafka.topic_prefix
    consumer = AIOKafkaConsumer(prefix + "intents.received", group_id=f"{prefix}nephoran-{stage}", **told.client())
    await consumer.start()
    try:
        await eventually(consumer.assignment)
        yield
    finally:
        await consumer.stop()


async def test_workers_with_another_key_are_told_with_both_fingerprints(settings: Settings) -> None:
    async with member(settings, "parse", THEIRS):
        finding = (await of_workers(settings))["signing key of the workers"]
    assert finding.verdict == "wrong"
    for key in (OURS, THEIRS):
        assert Keyring((key.encode(),)).fingerprints[0] in finding.found
    assert (await of_workers(settings))["signing key of the workers"].verdict == "ok", "nobody is at work any more"


async def test_workers_that_accept_the_old_key_and_the_new_one_obey_both(settings: Settings) -> None:
    async with member(settings, "parse", THEIRS, OURS):
        await asyncio.to_thread(require_obeyed, settings)


async def test_an_order_for_a_stage_asks_the_workers_of_that_stage(settings: Settings) -> None:
    async with member(settings, "parse", OURS), member(settings, "deploy", THEIRS):
        await asyncio.to_thread(require_obeyed, settings, ["parse"])
        with pytest.raises(NotPossible):
            await asyncio.to_thread(require_obeyed, settings, ["deploy"])
        await asyncio.to_thread(require_obeyed, settings)  # some will; a warning says that others will not
