"""Kafka's jars: fetched once, whole or not at all."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.kafka.not_usable import NotUsable
from pipeline.local_kafka.distribution import KAFKA_VERSION, kafka_jars
from tests.servers.eventually import eventually_blocking
from tests.servers.maven_repository import MavenRepository, maven_repository

FETCH = (
    "import functools, sys; from pipeline.local_kafka.distribution import kafka_jars; "
    "kafka_jars(functools.partial(print, flush=True), sys.argv[1])"
)


def fetching(repository: MavenRepository) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", FETCH, repository.url], stdout=subprocess.PIPE, text=True)


@pytest.fixture
def repository() -> Iterator[MavenRepository]:
    with maven_repository() as repository:
        yield repository


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "nephoran"


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_jars_are_fetched_once_and_kept_by_version(repository: MavenRepository, cache: Path) -> None:
    folder = kafka_jars(print, repository.url)
    again = kafka_jars(print, "http://127.0.0.1:9/nobody-is-asked")

    assert folder == again == cache / f"kafka-{KAFKA_VERSION}"
    assert names_in(folder) == repository.jars


@pytest.mark.parametrize("fault", ["hangs_up_on", "sends_garbage_for"])
def test_a_jar_that_does_not_arrive_whole_leaves_nothing_and_the_next_try_succeeds(
    repository: MavenRepository, cache: Path, fault: str
) -> None:
    affected: set[str] = getattr(repository, fault)
    affected.add(min(repository.jars))
    with pytest.raises(NotUsable, match="could not be fetched"):
        kafka_jars(print, repository.url)
    assert not (cache / f"kafka-{KAFKA_VERSION}").exists()

    affected.clear()
    assert names_in(kafka_jars(print, repository.url)) == repository.jars


def test_what_a_killed_download_left_is_not_taken_for_the_whole(repository: MavenRepository, cache: Path) -> None:
    left = cache / f"kafka-{KAFKA_VERSION}.partial" / "jars"
    left.mkdir(parents=True)
    (left / min(repository.jars)).write_bytes(b"half")

    folder = kafka_jars(print, repository.url)

    assert names_in(folder) == repository.jars
    assert (folder / min(repository.jars)).read_bytes() != b"half"


def test_of_two_processes_at_once_one_fetches_and_the_other_waits(repository: MavenRepository, cache: Path) -> None:
    repository.may_answer.clear()
    with fetching(repository) as first:
        eventually_blocking(lambda: repository.asked_for)
        with fetching(repository) as second:
            assert second.stdout is not None
            said = second.stdout.readline()
            repository.may_answer.set()
            assert "another process is fetching" in said
            assert [first.wait(timeout=60), second.wait(timeout=60)] == [0, 0]

    assert {repository.asked_for[jar] for jar in repository.jars} == {1}
    assert names_in(cache / f"kafka-{KAFKA_VERSION}") == repository.jars


def test_without_a_network_it_says_what_to_do(cache: Path) -> None:
    with pytest.raises(NotUsable, match=r"could not be fetched.*copy .*kafka-"):
        kafka_jars(print, "http://127.0.0.1:9")
