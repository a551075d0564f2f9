"""The commands of the README are commands that there are, and do what it says.

Every `$ ` line of a ```console block is run against a pipeline at work, in order; those that cannot be are named here,
with the reason, and are still parsed where they are ours.
"""

import re
import shlex
import subprocess
from itertools import dropwhile
from pathlib import Path

import pytest
from typer.main import get_command

from pipeline.cli.main import app
from tests.servers.pipeline_at_work import PipelineAtWork, id_of
from tests.servers.worker_process import NEPHORAN

README = Path(__file__).parents[2] / "README.md"
COMMAND_SECONDS = 120
NOT_RUN = {
    "make": "the demo and the tests run by themselves",
    "nephoran kafka": "ends with Ctrl-C; the fixture runs one",
    "nephoran run": "ends with Ctrl-C; the fixture runs one",
    "nephoran watch": "ends with Ctrl-C",
    "nephoran gateway": "ends with Ctrl-C",
    "nephoran operator": "ends with Ctrl-C",
    "nephoran topics apply": "the fixture's topics have another number of partitions",
    "nephoran dead-letters show": "names a made-up place",
    "nephoran dead-letters replay": "names a made-up place",
    "nephoran approve": "asks a person; test_people_decide answers",
    "nephoran slo report": "needs a Prometheus; test_slo_report has one",
    "kcat": "an address of its own; test_published_requests publishes the same with another client",
    "echo Scale": "is piped into kcat",
    "curl": "an address of its own",
    "docker": "needs a container engine",
    "git clone": "needs the place where the project is published",
}


def commands() -> list[str]:
    blocks = re.findall(r"^```console\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in re.findall(r"^\$ (.+)$", block, re.MULTILINE)]


def words_of(command: str) -> list[str]:
    """The words of a command, without the variables set before it."""
    return list(dropwhile(lambda word: re.match(r"^[A-Z_]+=", word), shlex.split(command, comments=True)))


def why_not_run(command: str) -> str | None:
    plain = " ".join(words_of(command)) + " "
    return next((why for prefix, why in NOT_RUN.items() if plain.startswith(prefix + " ")), None)


def test_the_readme_shows_commands() -> None:
    assert len([command for command in commands() if why_not_run(command) is None]) >= 5


@pytest.mark.parametrize("command", [each for each in commands() if words_of(each)[0] == "nephoran"])
def test_every_nephoran_command_of_the_readme_can_be_parsed(command: str) -> None:
    group, words, path = get_command(app), words_of(command)[1:], "nephoran"
    while words and words[0] in getattr(group, "commands", {}):
        path, group = f"{path} {words[0]}", group.commands[words[0]]  # type: ignore[attr-defined]
        words = words[1:]
    assert not getattr(group, "commands", {}), f"{path} needs a further word"
    group.make_context(path, list(words))


@pytest.mark.slow
def test_every_command_of_the_readme_that_can_be_run_ends_well(pipeline: PipelineAtWork) -> None:
    folder = Path(pipeline.environment["NEPHORAN_GIT__REPOSITORY"]).parent
    path = f"{Path(NEPHORAN).parent}:{pipeline.environment['PATH']}"
    pipeline.until(id_of(pipeline.producer.publish(b"Scale the AMF in tokyo-1 to 5 replicas")), "deployed")
    for command in commands():
        if why_not_run(command) is None:
            ended = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", command],
                cwd=folder,
                env=pipeline.environment | {"PATH": path, "NEPHORAN_METRICS__PORT": "0"},
                capture_output=True,
                text=True,
                check=False,
                timeout=COMMAND_SECONDS,
            )
            assert ended.returncode == 0, f"{command}\n{ended.stdout}{ended.stderr}"
