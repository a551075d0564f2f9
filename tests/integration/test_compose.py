"""docker-compose.yml and the images: valid, pinned, without root, and true to what the project has."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.flow import STAGES
from pipeline.local_kafka.distribution import KAFKA_VERSION
from pipeline.operations.effective_settings import effective_settings
from pipeline.settings import Settings
from tests.servers.command_line import fault_in
from tests.servers.programs import GO_TOOL, ROOT, output_of, run_script

FILE = ROOT / "docker-compose.yml"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text())["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("nephoran:")}
WITHOUT_SHELL = {"otel-collector"}
"""Images that have nothing to run a health check with."""
PINNED = re.compile(r"[\w./-]+:v?\d+\.\d+(\.\d+)?([\w.-]*)?")
DOCKERFILES = sorted((ROOT / "deploy/images").glob("*Dockerfile"))


@pytest.mark.slow  # builds docker compose where it was never built here
def test_docker_compose_takes_the_file() -> None:
    compose = run_script(GO_TOOL, "docker-compose", "github.com/docker/compose/v2/cmd", "v2.40.3").strip()
    given = os.environ | {"NEPHORAN_SIGNING_KEY": "a key of thirty-two bytes or more", "GRAFANA_PASSWORD": "a password"}
    ended = subprocess.run(
        [compose, "-f", FILE, "config", "-q"], capture_output=True, text=True, env=given, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_pinned_runs_without_root_and_is_watched(name: str) -> None:
    service = SERVICES[name]
    assert PINNED.fullmatch(service["image"]), f"{service['image']} has no version"
    assert not service["user"].startswith(("0", "root"))
    assert "no-new-privileges:true" in service["security_opt"]
    is_watched = "healthcheck" in service or name in OURS
    assert is_watched or name in WITHOUT_SHELL


def test_every_mounted_file_is_there() -> None:
    mounts = [volume for service in SERVICES.values() for volume in service.get("volumes", [])]
    files = [Path(volume.split(":")[0]) for volume in mounts if volume.startswith(".")]
    assert files
    assert [file for file in files if not (ROOT / file).exists()] == []


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_the_command_line_has(name: str) -> None:
    service = OURS[name]
    if "entrypoint" in service:
        assert service["entrypoint"][0] == "git"
        return
    command = service["command"]
    assert fault_in(command) is None
    if "--stages" in command:
        assert set(command[command.index("--stages") + 1].split(",")) <= set(STAGES)


def test_all_stages_have_workers() -> None:
    commands = [service["command"] for service in OURS.values() if "--stages" in service.get("command", [])]
    assert sorted(stage for command in commands for stage in command[-1].split(",")) == sorted(STAGES)


def test_every_variable_sets_something() -> None:
    known = {each.variable for each in effective_settings(Settings())}
    given = {name for service in OURS.values() for name in service["environment"]}
    named = {word for file in DOCKERFILES for word in re.findall(r"NEPHORAN_\w+", file.read_text())}
    assert (given | named) - known == set()


def test_the_broker_is_the_version_that_the_tests_run_on() -> None:
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{KAFKA_VERSION}"


def test_the_collector_is_the_version_that_the_tests_run_on() -> None:
    version = re.search(r"version=v([\d.]+)", (ROOT / "deploy/tools/otel-collector.sh").read_text())
    assert version
    assert SERVICES["otel-collector"]["image"].endswith(f":{version[1]}")


def test_prometheus_scrapes_services_that_are_there() -> None:
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    hosts = set()
    for job in config["scrape_configs"]:
        targets = [each for part in job.get("static_configs", []) for each in part["targets"]]
        hosts |= {target.partition(":")[0] for target in targets} - {"localhost"}
        hosts |= {name for part in job.get("dns_sd_configs", []) for name in part["names"]}
    assert hosts <= set(SERVICES)
    assert {name for name, service in OURS.items() if service.get("restart") != "no"} <= hosts


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.name)
def test_the_images_are_made_as_hadolint_advises(dockerfile: Path) -> None:
    output_of("hadolint", dockerfile)


def test_the_image_holds_what_was_tested() -> None:
    def pins(file: Path) -> set[str]:
        return set(re.findall(r"^([\w.-]+==[\w.]+)", file.read_text(), re.MULTILINE))

    image = pins(ROOT / "deploy/images/requirements.lock")
    assert image
    assert image - pins(ROOT / "requirements.lock") == set()
