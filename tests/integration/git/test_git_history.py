"""What people ask the repository: who changed this, and what would that change."""

import subprocess
from pathlib import Path

import pytest

from agents.adapters.git.object_history import history_of, places_like
from agents.adapters.git.settings import GitSettings
from agents.domain.verdicts import Declined
from schemas.intent import Action
from tests.integration.git.remote import Make, Remote, run
from tests.unit.git.requests import intent, plan, scale, step, target

PARAMETERS = "tokyo-1/amf/parameters.yaml"


def settings_of(remote: Remote, tmp_path: Path) -> GitSettings:
    return GitSettings(repository=str(remote.path), cache=tmp_path / "reading")


async def test_the_history_of_an_object_tells_intents_and_people_the_newest_first(
    remote: Remote, make: Make, tmp_path: Path
) -> None:
    git = make(remote.path)
    first, second, other = intent("first", 1), intent("second", 1 << 45), intent("other", 3)
    await git.carry_out(first, scale("tokyo-1/amf", 3))
    await git.carry_out(other, scale("tokyo-1/amf-2", 7))
    remote.commit_as_somebody_else(PARAMETERS, "replicas: '3'", "replicas: '9'")
    await git.carry_out(second, scale("tokyo-1/amf", 5))
    told = history_of(settings_of(remote, tmp_path), "tokyo-1/amf", 10)
    assert [(change.intent_id, change.by) for change in told] == [
        (second.id, "Nephoran"),
        (None, "x"),
        (first.id, "Nephoran"),
    ]
    assert "replicas 9 → 5" in told[0].what[0]
    assert [change.revision for change in told] == ["tokyo-1/amf/v2", None, "tokyo-1/amf/v1"]
    assert told[0].request == "Scale the AMF"
    assert told[1].what == ("by hand",)
    assert [each.commit for each in told[:1]] == [run("git", "rev-parse", "main", folder=remote.path).strip()]
    assert len(history_of(settings_of(remote, tmp_path), "tokyo-1/amf", 2)) == 2


async def test_an_intent_that_found_all_as_wished_is_told_too(remote: Remote, make: Make, tmp_path: Path) -> None:
    git = make(remote.path)
    await git.carry_out(intent("first", 1), scale("tokyo-1/amf", 3))
    await git.carry_out(intent("again", 2), scale("tokyo-1/amf", 3))
    told = history_of(settings_of(remote, tmp_path), "tokyo-1/amf", 10)
    assert "unchanged" in told[0].what[0]


async def test_of_an_intent_on_two_objects_each_is_told_its_own(remote: Remote, make: Make, tmp_path: Path) -> None:
    git = make(remote.path)
    both = plan(
        step("scale", "tokyo-1/amf", target("replicas", "equals", 3)),
        step("scale", "osaka-1/smf", target("replicas", "equals", 4), type="smf"),
    )
    await git.carry_out(intent("both", 1), both)
    (change,) = history_of(settings_of(remote, tmp_path), "osaka-1/smf", 10)
    assert len(change.what) == 1
    assert "smf at osaka-1" in change.what[0]


async def test_what_was_deleted_is_remembered_and_a_misspelt_place_is_near(
    remote: Remote, make: Make, tmp_path: Path
) -> None:
    git = make(remote.path)
    await git.carry_out(intent("first", 1), scale("tokyo-1/amf", 3))
    await git.carry_out(intent("gone", 2), plan(step("delete", "tokyo-1/amf")))
    told = history_of(settings_of(remote, tmp_path), "tokyo-1/amf", 10)
    assert str(Action.DELETE) in told[0].what[0]
    assert history_of(settings_of(remote, tmp_path), "tokio-1/amf", 10) == []
    assert places_like(settings_of(remote, tmp_path), "tokio-1/amf") == ("tokyo-1/amf",)


async def test_the_files_that_a_plan_would_change_are_those_that_it_then_changes(remote: Remote, make: Make) -> None:
    git = make(remote.path)
    await git.carry_out(intent("first", 1), scale("tokyo-1/amf", 3))
    newer, plans = intent("newer", 2), scale("tokyo-1/amf", 5)
    commits = remote.commit_count
    told = await git.file_changes(newer, plans)
    assert remote.commit_count == commits, "asking changes nothing"
    assert "-  replicas: '3'" in told[0].diff
    assert "+  replicas: '5'" in told[0].diff
    await git.carry_out(newer, plans)
    changed = run("git", "diff", "--name-only", "HEAD~1", "--", ":(exclude).nephoran", folder=_clone(remote))
    assert [file.path for file in told] == changed.split()
    assert all(remote.show(file.path) == file.after for file in told)


async def test_a_plan_for_something_new_shows_whole_files(remote: Remote, make: Make) -> None:
    git = make(remote.path)
    told = await git.file_changes(intent("first", 1), plan(step("deploy", "tokyo-1/amf")))
    assert told
    assert all(file.before is None and file.diff.startswith("--- /dev/null") for file in told)


async def test_what_cannot_be_carried_out_is_said_so(remote: Remote, make: Make) -> None:
    git = make(remote.path)
    with pytest.raises(Declined, match="20"):
        await git.file_changes(intent("first", 1), scale("tokyo-1/amf", 21))


def _clone(remote: Remote) -> Path:
    clone = remote.folder / "looking"
    subprocess.run(("git", "clone", "--quiet", str(remote.path), str(clone)), check=True)
    return clone
