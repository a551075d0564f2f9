"""The demo as a stranger starts it: what it leaves behind, and that Ctrl-C ends it at any moment."""

import json
import os
import signal
import subprocess
import uuid
from pathlib import Path

import pytest

from pipeline.demo.repository import Repository
from tests.servers.eventually import eventually_blocking
from tests.servers.worker_process import NEPHORAN

pytestmark = pytest.mark.slow
END_SECONDS = 90


def variables(kafka_address: str, folder: Path) -> dict[str, str]:
    return os.environ | {
        "NEPHORAN_KAFKA__BOOTSTRAP_SERVERS": kafka_address,
        "NEPHORAN_KAFKA__TOPIC_PREFIX": f"demo-{uuid.uuid4().hex[:8]}.",
        "NEPHORAN_KAFKA__PARTITIONS": "3",
        "TMPDIR": str(folder),
    }


def test_on_a_given_broker_it_leaves_balanced_books_and_a_commit_for_each_deployed_intent(
    kafka_address: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    played = subprocess.run(
        [NEPHORAN, "demo", "--out", out], env=variables(kafka_address, tmp_path), capture_output=True, text=True
    )
    assert played.returncode == 0, played.stdout[-5_000:] + played.stderr
    books = json.loads((out / "report.json").read_text())["books"]
    final = sum(books[name] for name in ("deployed", "declined", "failed", "timed_out", "dead_lettered", "discarded"))
    assert books["received"] == final >= 24
    commits = Repository(out / "deployments.git").commits_per_intent()
    assert len(commits) == commits.total() == books["deployed"]
    again = subprocess.run([NEPHORAN, "demo", "--out", out], capture_output=True, text=True, check=False)
    assert again.returncode == 2
    assert "choose another folder" in again.stderr


@pytest.mark.parametrize("moment", ["deployment repository", "starting a worker", "publishing"])
def test_ctrl_c_ends_it_and_every_process_it_started(kafka_address: str, tmp_path: Path, moment: str) -> None:
    log = tmp_path / "demo.log"
    with log.open("wb") as output:
        demo = subprocess.Popen(
            [NEPHORAN, "demo", "--out", str(tmp_path / "out")],
            env=variables(kafka_address, tmp_path),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        eventually_blocking(lambda: moment in log.read_text(), within_seconds=180)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(END_SECONDS) == 130
    finally:
        demo.kill()
        demo.wait()
    told = log.read_text()
    assert "stopped" in told
    assert "Traceback" not in told
    eventually_blocking(lambda: processes_of_session(demo.pid) == "")  # what was killed with its parent takes a moment


def processes_of_session(leader: int) -> str:
    return subprocess.run(["pgrep", "-a", "-s", str(leader)], capture_output=True, text=True, check=False).stdout
