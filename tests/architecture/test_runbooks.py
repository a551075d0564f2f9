"""Runbooks that work at three in the morning, and pages beside them: what they name is there."""

import re
import shlex
from pathlib import Path

import pytest

from pipeline.operations.effective_settings import effective_settings
from pipeline.settings import Settings
from tests.servers.command_line import fault_in
from tests.servers.programs import ROOT
from tests.servers.queries import unknown_metrics

VARIABLES = {each.variable for each in effective_settings(Settings())}
PAGES = [*sorted((ROOT / "docs/runbooks").glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = re.compile(r"`nephoran ([^`]+)`|^nephoran (.+)$", re.MULTILINE)
QUERY = re.compile(r"^promtool query instant \S+ '(.+)'$", re.MULTILINE)
LINK = re.compile(r"]\(([^)#:]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_names_only_what_there_is(page: Path) -> None:
    text = page.read_text()
    commands = [shlex.split(inline or line) for inline, line in COMMAND.findall(text)]
    assert [fault for command in commands if (fault := fault_in(command))] == []
    assert unknown_metrics(QUERY.findall(text)) == set()
    assert set(re.findall(r"NEPHORAN_\w+__\w+", text)) - VARIABLES == set()
    assert [link for link in LINK.findall(text) if not (page.parent / link).exists()] == []
