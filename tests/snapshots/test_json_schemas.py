"""The JSON Schemas that readers in other languages rely on: up to date, and changed by additions alone."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from schemas.body import Body
from schemas.json_schemas import BODIES, FOLDER, breaking_changes, renew, schema_of, text_of

ROOT = FOLDER.parents[1]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_the_files_say_what_the_code_does(body: type[Body]) -> None:
    file = FOLDER / f"{body.__name__}.json"
    assert file.read_text(encoding="utf-8") == text_of(schema_of(body)), "run `make schemas`"


@pytest.mark.parametrize("revision", ["HEAD", "HEAD^"])
@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_nothing_that_was_committed_is_broken(body: type[Body], revision: str) -> None:
    place = f"{revision}:schemas/json/{body.__name__}.json"
    shown = subprocess.run(["git", "-C", str(ROOT), "show", place], capture_output=True, check=False)
    if shown.returncode == 0:  # a new file, or a copy without history, has nothing to be held against
        assert list(breaking_changes(json.loads(shown.stdout), schema_of(body))) == []


BEFORE = {
    "type": "object",
    "properties": {"intent": {"type": "string"}, "title": {"type": "string", "description": "what it is called"}},
    "required": ["intent"],
}


def changed(**properties: Any) -> dict[str, Any]:
    return {**BEFORE, "properties": {**BEFORE["properties"], **properties}}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("after", "fault"),
    [
        (changed(intent={"type": "integer"}), "/properties/intent/type"),
        (changed(intent={"type": "string", "pattern": "x"}), "/properties/intent/pattern"),
        ({**BEFORE, "properties": {"intent": {"type": "string"}}}, "/properties/title"),
        ({**BEFORE, "required": ["intent", "title"]}, "/required"),
        ({**BEFORE, "required": []}, "/required"),
        ({**BEFORE, "additionalProperties": False}, "/additionalProperties"),
    ],
)
def test_a_change_that_is_no_addition_is_named(after: dict[str, Any], fault: str) -> None:
    (change,) = breaking_changes(BEFORE, after)
    assert change.startswith(fault)


def test_an_optional_field_and_other_words_for_people_are_additions() -> None:
    after = changed(colour={"type": "string"}, title={"type": "string", "description": "its name"})
    assert list(breaking_changes(BEFORE, after)) == []


def test_renewing_refuses_a_breaking_change_and_leaves_the_files(tmp_path: Path) -> None:
    assert renew(tmp_path) == []
    file = tmp_path / "IntentReceived.json"
    file.write_text(file.read_text().replace('"type": "string"', '"type": "integer"'), encoding="utf-8")
    before = file.read_text()
    assert any("IntentReceived/properties/intent/type" in fault for fault in renew(tmp_path))
    assert file.read_text() == before
