"""What is not there is said with what to do about it, ends commands with 3, and loses nothing."""

import re
from pathlib import Path

import pytest

from pipeline.local_kafka.free_ports import find_free_ports
from tests.servers.eventually import eventually_blocking
from tests.servers.pipeline_at_work import PipelineAtWork, id_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "command",
    [("run",), ("submit", "Scale the AMF in tokyo-1 to 5 replicas"), ("doctor",), ("lag",), ("canary", "--once")],
)
def test_without_a_broker_commands_end_with_3_and_say_what_to_start(
    own_pipeline: PipelineAtWork, command: tuple[str, ...]
) -> None:
    (port,) = find_free_ports(1)
    own_pipeline.environment["NEPHORAN_KAFKA__BOOTSTRAP_SERVERS"] = f"127.0.0.1:{port}"
    ended = own_pipeline.run(*command)
    assert ended.returncode == 3
    assert "nephoran kafka" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("command", [("run",), ("topics", "apply"), ("doctor",)])
def test_topics_with_another_number_of_partitions_are_refused_with_the_remedy(
    own_pipeline: PipelineAtWork, command: tuple[str, ...]
) -> None:
    own_pipeline.environment["NEPHORAN_KAFKA__PARTITIONS"] = "7"
    ended = own_pipeline.run(*command)
    assert ended.returncode == 3
    assert "3 partitions instead of 7" in ended.stdout + ended.stderr
    assert "NEPHORAN_KAFKA__PARTITIONS to 3" in ended.stdout + ended.stderr


@pytest.mark.parametrize("command", [("run",), ("doctor",)])
def test_a_worker_does_not_start_without_a_repository_to_write_to(
    own_pipeline: PipelineAtWork, command: tuple[str, ...], tmp_path: Path
) -> None:
    own_pipeline.environment["NEPHORAN_GIT__REPOSITORY"] = str(tmp_path / "nowhere.git")
    ended = own_pipeline.run(*command)
    assert ended.returncode == 3
    assert "git init --bare" in ended.stdout + ended.stderr


def test_a_repository_that_goes_away_is_waited_for_and_the_intent_then_carried_out(
    own_pipeline: PipelineAtWork,
) -> None:
    pipeline = own_pipeline
    repository = Path(pipeline.environment["NEPHORAN_GIT__REPOSITORY"])
    pipeline.start("all")
    pipeline.until_ready()
    away = repository.rename(repository.with_suffix(".away"))
    intent_id = id_of(pipeline.producer.publish(b"Scale the AMF in tokyo-1 to 5 replicas"))
    retried = re.compile(r'intent_stage_retries_total\{(?=.*"git")(?=.*"deploy").*\} [1-9]')
    eventually_blocking(lambda: retried.search(pipeline.metrics_of("all")), within_seconds=60)
    away.rename(repository)
    pipeline.until(intent_id, "deployed")
    assert pipeline.commits_of(intent_id) == 1
