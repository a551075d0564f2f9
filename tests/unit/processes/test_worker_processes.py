"""Several worker processes on one machine, played by short programs."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from pipeline.processes.worker_processes import Processes, RunSettings
from tests.servers.eventually import eventually

STAYS = "import os, pathlib, time; pathlib.Path(os.environ['ROLL'], str(os.getpid())).touch(); time.sleep(60)"
ENDS_WELL = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); " + STAYS
HEARS_NOTHING = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + STAYS


@pytest.fixture
def roll(tmp_path: Path) -> Path:
    """Where every process that runs leaves a file named by its id."""
    return tmp_path


def processes(program: str, roll: Path, count: int = 2, **settings: float) -> Processes:
    command = [sys.executable, "-c", program]
    return Processes(command, [{"ROLL": str(roll)}] * count, RunSettings.model_validate(settings))


def pids(roll: Path) -> list[int]:
    return [int(file.name) for file in roll.iterdir()]


async def test_a_process_that_is_killed_is_replaced_and_all_end_when_told_to(roll: Path) -> None:
    crew = processes(ENDS_WELL, roll)
    running = asyncio.create_task(crew.run())
    first = await eventually(lambda: len(found := pids(roll)) == 2 and found)
    os.kill(first[0], signal.SIGKILL)
    await eventually(lambda: len(pids(roll)) == 3)
    crew.stop()
    assert await running == 0
    for pid in pids(roll):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_one_that_falls_again_and_again_ends_all_with_its_code(roll: Path) -> None:
    assert await processes("import sys; sys.exit(3)", roll, falls=2).run() == 3


async def test_wrong_settings_are_not_tried_again(roll: Path) -> None:
    assert await processes("import sys; sys.exit(2)", roll, falls=1_000).run() == 2


async def test_one_that_does_not_end_in_time_is_killed(roll: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.processes.worker_processes.KILL_MARGIN_SECONDS", 0.1)
    crew = processes(HEARS_NOTHING, roll, count=1, stop_seconds=0.1)
    running = asyncio.create_task(crew.run())
    await eventually(lambda: pids(roll))
    crew.stop()
    assert await asyncio.wait_for(running, 30) == 1
