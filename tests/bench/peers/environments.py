"""Where the peers live: a virtual environment and a folder of jars in the user's cache, by what is asked for."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from pipeline.local_kafka.distribution import cache_folder

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"
JAVA = HERE / "parallel_consumer"


class Missing(Exception):
    """What a peer needs is not here; the message says what."""


def python() -> Path:
    """The Python of the peers' own virtual environment, made where it is missing. Raises: Missing."""
    folder = cache_folder() / f"bench-peers-{_digest(REQUIREMENTS)}-{sys.version_info.major}.{sys.version_info.minor}"
    ready = folder / "ready"
    if not ready.exists():
        uv = str(Path(sys.executable).with_name("uv"))
        _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
        _run(uv, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python"), "-r", str(REQUIREMENTS))
        ready.touch()
    return folder / "bin" / "python"


def parallel_consumer_class_path() -> str:
    """Confluent's Parallel Consumer and the hop through it, fetched and compiled where missing. Raises: Missing."""
    for tool in ("java", "javac", "mvn"):
        if shutil.which(tool) is None:
            raise Missing(f"there is no {tool}: install a JDK of version 17 or newer, and Maven")
    folder = cache_folder() / f"bench-parallel-consumer-{_digest(JAVA / 'pom.xml', JAVA / 'Hop.java')}"
    if not (folder / "Hop.class").exists():
        jars = f"-DoutputDirectory={folder / 'jars'}"
        _run("mvn", "-q", "-B", "-f", str(JAVA / "pom.xml"), "dependency:copy-dependencies", jars)
        _run("javac", "-cp", f"{folder}/jars/*", "-d", str(folder), str(JAVA / "Hop.java"))
    return f"{folder}/jars/*:{folder}"


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"`{' '.join(command)}` failed: {(done.stderr or done.stdout).strip()[-500:]}")
