"""Everything that the pipeline depends on, checked, each with what to do where it is wrong."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from errno import EADDRINUSE
from pathlib import Path
from urllib.parse import urlsplit

from agents.adapters.git.git_deployment_target import GitDeploymentTarget
from agents.domain.model_settings import ModelSettings
from agents.domain.model_usage import ModelAway, Outcome, Unanswered
from agents.domain.verdicts import Failed, OnHold, Retryable
from agents.knowledge.documents import load_documents
from agents.knowledge.pack import KnowledgePack, KnowledgePackFault
from agents.planning.templates import Templates
from pipeline.flow import FLOW
from pipeline.kafka.admin import copies_missing, examine_topics
from pipeline.kafka.lag import LagReader
from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.topic_report import describe_faults, describe_obstacles
from pipeline.local_kafka.distribution import KAFKA_VERSION, cache_folder, java
from pipeline.operations.checks_of_workers import findings_of_workers
from pipeline.operations.control import read_control
from pipeline.operations.finding import Finding
from pipeline.settings import Settings
from pipeline.telemetry.lag import LagWatch, Verdict

CONNECT_SECONDS = 3
FEWEST_FREE_BYTES = 256 << 20
OTHERS_MAY_READ = 0o077
_MODEL = "language model"


async def checkup(settings: Settings) -> list[Finding]:
    """One finding each, or several. Leaves nothing behind but a working copy of the deployment repository."""
    checks: tuple[Callable[[Settings], Awaitable[Finding] | Finding], ...] = (
        _settings_names,
        _kafka,
        _records,
        _repository,
        _disks,
        _knowledge,
        _signing_key,
        _model,
        _tracing,
        _metrics_port,
        _local_kafka,
    )
    found = []
    for check in checks:
        finding = check(settings)
        found.append(finding if isinstance(finding, Finding) else await finding)
    if "unreachable" not in [each.verdict for each in found[: checks.index(_repository)]]:  # else it would wait again
        found += [await _copies(settings), *await _workers(settings)]
    found += [finding async for finding in _searched(settings)]
    return found + [finding async for finding in _interfaces(settings)]


def _settings_names(settings: Settings) -> Finding:
    return Finding("settings", "ok", "every name is known, every value is valid")


async def _kafka(settings: Settings) -> Finding:
    kafka = settings.kafka
    try:
        reports = await examine_topics(kafka)
    except NotUsable as fault:
        return Finding("Kafka", "unreachable", fault.message)
    if obstacles := describe_obstacles(reports):
        return Finding(
            "Kafka",
            "unreachable",
            f"{kafka.bootstrap_servers} answers, but its topics are not as required\n{obstacles}",
        )
    if faults := describe_faults(reports):
        return Finding("Kafka", "note", f"{kafka.bootstrap_servers} answers, its topics are usable\n{faults}")
    return Finding(
        "Kafka", "ok", f"{kafka.bootstrap_servers} answers, {len(reports)} topics of {kafka.partitions} partitions"
    )


async def _copies(settings: Settings) -> Finding:
    what = "Kafka's copies"
    try:
        missing = await copies_missing(settings.kafka)
    except NotUsable as fault:
        return Finding(
            what, "unreachable", f"whether every partition has all of its copies is unknown: {fault.message}"
        )
    if not missing:
        return Finding(what, "ok", "every partition has all of its copies")
    away = ", ".join(f"broker {broker} lacks {count}" for broker, count in sorted(missing.items()))
    return Finding(
        what,
        "wrong",
        f"copies of partitions are missing ({away}): a broker is away, or has not caught up yet. Work goes on, but the "
        "next loss may stop it: start the broker again, or see its log",
    )


async def _records(settings: Settings) -> Finding:
    """What Kafka lost of what stages were to read: what can be seen now, and what workers noticed."""
    what = "records"
    reader, watch = LagReader(settings.kafka), LagWatch(FLOW)
    try:
        losses = (await read_control(settings)).recent_losses()
        await reader.start()
        stages = watch.judge(await reader.read(watch.topics))
    except NotUsable as fault:
        return Finding(what, "unreachable", f"whether Kafka lost any is unknown: {fault.message}")
    finally:
        await reader.stop()
    lost = [f"{stage.stage}: {stage.why}" for stage in stages if stage.verdict is Verdict.LOST]
    lost += [f"{loss.stage}: {loss.why} (noticed at {loss.at:%Y-%m-%d %H:%M:%S} UTC)" for loss in losses]
    if lost:
        return Finding(what, "wrong", "\n  ".join(["Kafka lost some (docs/runbooks/RecordsLost.md)", *lost]))
    return Finding(what, "ok", "as far as can be seen, none was lost before its stage read it")


async def _repository(settings: Settings) -> Finding:
    target = GitDeploymentTarget(settings.git, check=lambda *_: ())
    try:
        return Finding("deployment repository", "ok", await target.check(writes=True))
    except Retryable as fault:
        return Finding("deployment repository", "unreachable", fault.message)
    except OnHold as fault:
        return Finding("deployment repository", "wrong", str(fault))
    except Failed as fault:
        return Finding("deployment repository", "wrong", fault.message)
    finally:
        await target.close()


async def _searched(settings: Settings) -> AsyncIterator[Finding]:
    """What the knowledge base is searched with; of services those that are set."""
    from pipeline.operations.knowledge_check import check_embedder, check_redis, check_weaviate

    yield Finding("embedder", *await check_embedder(settings))
    if settings.weaviate.is_configured:
        yield Finding("Weaviate", *await check_weaviate(settings))
    if settings.knowledge_cache.redis_url.get_secret_value():
        yield Finding("Redis", *await check_redis(settings))


def _disks(settings: Settings) -> Finding:
    """Those that we write to ourselves; a repository elsewhere tells by what it answers."""
    what, repository = "disks", settings.git.repository
    folders = [settings.git.cache, settings.knowledge.database.parent]
    if ":" not in repository:
        folders.append(Path(repository))
    there = [
        next(each for each in (folder, *folder.parents) if each.exists()) for folder in map(Path.absolute, folders)
    ]
    free = {folder: shutil.disk_usage(folder).free for folder in there}
    if full := [f"{folder} ({bytes_ >> 20} MiB free)" for folder, bytes_ in free.items() if bytes_ < FEWEST_FREE_BYTES]:
        return Finding(
            what, "wrong", f"almost full: {', '.join(full)}. Make room: else changes fail, and copies are damaged"
        )
    return Finding(what, "ok", f"{min(free.values()) >> 20:,} MiB free at least, where this machine writes")


async def _workers(settings: Settings) -> list[Finding]:
    try:
        return await findings_of_workers(settings, await read_control(settings))
    except NotUsable as fault:
        return [Finding("workers", "unreachable", f"what holds them cannot be told: {fault.message}")]


async def _interfaces(settings: Settings) -> AsyncIterator[Finding]:
    """One finding for each endpoint that is set; only what is set is imported."""
    if settings.a1.endpoints:
        from agents.adapters.a1.a1_interface import A1Interface

        a1 = A1Interface(settings.a1)
        for name in settings.a1.endpoints:
            yield await _asked(f"A1 {name}", a1.check(name))
        await a1.close()
    if settings.o1.elements:
        from agents.adapters.o1.o1_interface import O1Interface

        o1 = O1Interface(settings.o1)
        for name in settings.o1.elements:
            yield await _asked(f"O1 {name}", o1.check(name))
    if settings.o2.endpoints:
        from agents.adapters.o2.o2_interface import O2Interface

        o2 = O2Interface(settings.o2)
        for name in settings.o2.endpoints:
            yield await _asked(f"O2 {name}", o2.check(name))
        await o2.close()


async def _asked(what: str, check: Awaitable[str]) -> Finding:
    try:
        return Finding(what, "ok", await check)
    except Retryable as fault:
        return Finding(what, "unreachable", fault.message)


def _knowledge(settings: Settings) -> Finding:
    folder = settings.knowledge.folder
    try:
        pack = KnowledgePack.load(folder)
        Templates.load(folder)
        documents = load_documents(folder)
    except KnowledgePackFault as fault:
        return Finding("knowledge pack", "wrong", str(fault))
    sites = len(pack.inventory.sites)
    return Finding("knowledge pack", "ok", f"{folder}: {sites} sites, {len(documents)} documents, {pack.digest[:12]}")


def _signing_key(settings: Settings) -> Finding:
    what, file = "signing key", settings.signing.key_file
    if settings.signing.keys:
        return Finding(what, "ok", f"{len(settings.signing.keys)} in NEPHORAN_SIGNING__KEYS, the first of them signs")
    if not file.exists():
        return Finding(what, "note", f"{file} is created on first use; other machines need a copy of it")
    if not os.access(file, os.R_OK):
        return Finding(what, "wrong", f"{file} cannot be read: run as its owner, or set NEPHORAN_SIGNING__KEY_FILE")
    if file.stat().st_mode & OTHERS_MAY_READ:
        return Finding(what, "wrong", f"others may read {file}, and forge plans with it: chmod 600 {file}")
    return Finding(what, "ok", f"{file}; every worker and operator needs the same one")


async def _model(settings: Settings) -> Finding:
    model = settings.model
    if not model.is_configured:
        declined = "none: what the grammar does not cover is declined (NEPHORAN_MODEL__NAME sets one)"
        return Finding(_MODEL, "note", declined)
    described = f"{model.name} at {model.base_url}"
    reached = _reached(_MODEL, described, model.base_url, "NEPHORAN_MODEL__BASE_URL")
    return await _probed(model, described) if reached.verdict == "ok" else reached


async def _probed(model: ModelSettings, described: str) -> Finding:
    """What one small question shows; it costs some fifty tokens and is not in the accounts."""
    from agents.adapters.openai.openai_language_model import OpenAiLanguageModel  # half a second to import
    from agents.model.probe import enforces_shape

    adapter = OpenAiLanguageModel(model)
    try:
        if await enforces_shape(adapter, model.attempt_seconds):
            return Finding(_MODEL, "ok", f"{described} answers, and enforces the schema of an answer")
        loose = (
            "it does not enforce the JSON Schema of an answer: its plans will mostly be unusable; set another server"
        )
        return Finding(_MODEL, "wrong", f"{described} answers, but {loose}")
    except ModelAway as away:
        return Finding(_MODEL, "unreachable", f"{described}: {away.message}")
    except Unanswered as fault:
        if fault.outcome is not Outcome.NOT_ACCEPTED:
            unknown = "whether it enforces the schema of an answer is unknown"
            return Finding(_MODEL, "note", f"{described}: {fault.message} So {unknown}.")
        remedy = "If it knows only `max_tokens`, set NEPHORAN_MODEL__OUTPUT_LIMIT_FIELD=max_tokens"
        return Finding(_MODEL, "wrong", f"{described}: {fault.message} {remedy}")
    finally:
        await adapter.close()


def _tracing(settings: Settings) -> Finding:
    endpoint = settings.tracing.endpoint
    if endpoint is None:
        return Finding("traces", "note", "not exported (NEPHORAN_TRACING__ENDPOINT names an OTLP/HTTP endpoint)")
    return _reached("traces", f"exported to {endpoint}", endpoint, "NEPHORAN_TRACING__ENDPOINT")


def _reached(what: str, described: str, url: str, variable: str) -> Finding:
    """Whether a server accepts connections at the URL; no request is sent, because that may cost money."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=CONNECT_SECONDS).close()
    except OSError as fault:
        return Finding(what, "unreachable", f"{described}: {fault}; start it, or correct {variable}")
    return Finding(what, "ok", f"{described} accepts connections")


def _metrics_port(settings: Settings) -> Finding:
    host, port = settings.metrics.host, settings.metrics.port
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as fault:
        if fault.errno == EADDRINUSE:
            taken = "is in use, by a running worker? Another one needs a different NEPHORAN_METRICS__PORT, or 0"
            return Finding("metrics port", "note", f"{host}:{port} {taken}")
        return Finding("metrics port", "wrong", f"{host}:{port} cannot be used: {fault}; set NEPHORAN_METRICS__PORT")
    return Finding("metrics port", "ok", f"{host}:{port} is free" if port else "a free one will be used")


async def _local_kafka(settings: Settings) -> Finding:
    what, jars = "Kafka of its own", cache_folder() / f"kafka-{KAFKA_VERSION}"
    try:
        runtime = await asyncio.to_thread(java)
    except NotUsable as fault:
        return Finding(what, "note", f"`nephoran kafka` and `nephoran demo` cannot start one: {fault.message}")
    if not jars.is_dir():
        return Finding(what, "note", f"`nephoran kafka` and `nephoran demo` fetch it on first use (54 MB, to {jars})")
    free_bytes = shutil.disk_usage(jars).free
    return Finding(what, "ok", f"{KAFKA_VERSION} in {jars}, Java at {runtime}, {free_bytes / 2**30:.0f} GiB free")
