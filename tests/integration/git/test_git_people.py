"""People's changes in the repository, and repositories that are not what they were: nothing is undone or guessed."""

import os
import shutil
import socket
import time
from pathlib import Path

import pytest

from agents.adapters.git.bare_repository import init_bare
from agents.adapters.git.command import TIMED_OUT, run_git
from agents.domain.network_observer import RequestOutcome
from agents.domain.verdicts import Declined, OnHold, Retryable
from schemas.bodies import StepTarget
from schemas.reasons import DeclineReason
from tests.integration.git.remote import Make, Remote, run
from tests.unit.git.requests import intent, plan, scale, step

LATER = int(time.time() * 1_000) + 3_600_000
"""After anything that people do during the test."""
PARAMETERS = "tokyo-1/amf/parameters.yaml"


async def test_a_replayed_intent_from_before_a_change_by_hand_is_a_conflict_and_changes_nothing(
    remote: Remote, make: Make
) -> None:
    git = make(remote.path)
    await git.carry_out(intent("first", 1), scale("tokyo-1/amf", 3))
    remote.commit_as_somebody_else(PARAMETERS, "replicas: '3'", "replicas: '9'")
    with pytest.raises(Declined, match="replicas is 9 there") as declined:
        await git.carry_out(intent("yesterday's", 2, generation=1), scale("tokyo-1/amf", 5))
    assert declined.value.reason is DeclineReason.CONFLICT
    assert "replicas: '9'" in remote.show(PARAMETERS)


async def test_a_newer_intent_goes_on_from_what_people_left_and_says_so(remote: Remote, make: Make) -> None:
    git = make(remote.path)
    await git.carry_out(intent("first", 1), scale("tokyo-1/amf", 3))
    remote.commit_as_somebody_else(PARAMETERS, "replicas: '3'", "replicas: '9'")
    carried = await git.carry_out(intent("newer", LATER), scale("tokyo-1/amf", 2, "increase_by"))
    assert carried.deployed.results[0].found == {"replicas": {"value": 9}}
    assert "started from what people had changed (replicas)" in (carried.deployed.summary or "")
    assert "people had changed replicas" in run("git", "log", "-1", "--format=%s", "main", folder=remote.path)
    assert "replicas: '11'" in remote.show(PARAMETERS)


async def test_our_own_later_commits_do_not_hide_when_people_changed_it(remote: Remote, make: Make) -> None:
    git = make(remote.path)
    await git.carry_out(intent("first", 1), scale("tokyo-1/amf", 3))
    remote.commit_as_somebody_else(PARAMETERS, "replicas: '3'", "replicas: '9'\n  cpu: '2'")
    memory = {"name": "memory", "condition": "equals", "value": 4, "unit": "GiB"}
    await git.carry_out(intent("other name", LATER), plan(step("scale", "tokyo-1/amf", memory)))
    with pytest.raises(Declined, match="people have changed"):
        await git.carry_out(intent("older", 5), scale("tokyo-1/amf", 4))


async def test_a_package_that_people_removed_is_not_revived_by_an_older_intent(remote: Remote, make: Make) -> None:
    git = make(remote.path)
    await git.carry_out(intent("first", 1), scale("tokyo-1/amf", 3))
    clone = remote.folder / "clone"
    run("git", "clone", "--quiet", str(remote.path), str(clone))
    shutil.rmtree(clone / "tokyo-1")
    run("git", "add", "--all", folder=clone)
    run("git", "-c", "user.name=x", "-c", "user.email=x@y", "commit", "--quiet", "-m", "gone", folder=clone)
    run("git", "push", "--quiet", "origin", "HEAD:main", folder=clone)
    with pytest.raises(Declined, match="replicas is not set there"):
        await git.carry_out(intent("older", 2), scale("tokyo-1/amf", 5))


async def test_values_nobody_can_read_comments_and_order_stay_after_a_scale(remote: Remote, make: Make) -> None:
    git = make(remote.path)
    await git.carry_out(intent("first", 1), scale("tokyo-1/amf", 3))
    by_hand = """replicas: '3' # kpt-set: ${amf-replicas}
  version: 12:30
  note: "1234e56"
  flag: "y"
  when: 2024-01-01"""
    remote.commit_as_somebody_else(PARAMETERS, "replicas: '3'", by_hand)
    capacity = "spec:\n  capacity:\n    maxSessions: many # ?"
    remote.commit_as_somebody_else("tokyo-1/amf/nfdeployment.yaml", "spec:", capacity)
    before = {path: remote.show(path) for path in (PARAMETERS, "tokyo-1/amf/nfdeployment.yaml")}
    await git.carry_out(intent("newer", LATER), scale("tokyo-1/amf", 4))
    assert remote.show(PARAMETERS) == before[PARAMETERS].replace("replicas: '3'", "replicas: '4'")
    assert remote.show("tokyo-1/amf/nfdeployment.yaml") == before["tokyo-1/amf/nfdeployment.yaml"]


async def test_a_repository_that_was_reset_is_asked_before_anything_is_called_done(remote: Remote, make: Make) -> None:
    git = make(remote.path)
    await git.carry_out(intent("first", 1), scale("tokyo-1/amf", 3))
    await git.carry_out(intent("second", 2), scale("tokyo-1/amf", 5))
    run("git", "config", "receive.denyNonFastForwards", "false", folder=remote.path)
    run("git", "update-ref", "refs/heads/main", "main~1", folder=remote.path)
    carried = await git.carry_out(intent("second", 2), scale("tokyo-1/amf", 5))
    assert carried.deployed.results[0].outcome == "done"
    assert "replicas: '5'" in remote.show(PARAMETERS)


async def test_a_repository_made_anew_empty_holds_the_stage_until_an_operator_decides(
    remote: Remote, make: Make
) -> None:
    git = make(remote.path)
    await git.carry_out(intent("first", 1), scale("tokyo-1/amf", 3))
    shutil.rmtree(remote.path)
    init_bare(remote.path)
    with pytest.raises(OnHold, match="has lost its history"):
        await git.carry_out(intent("second", 2), scale("tokyo-1/smf", 5))
    assert remote.commit_count == 0
    await git.carry_out(intent("second", 2), scale("tokyo-1/smf", 5))  # resumed: somebody has decided
    assert remote.commit_count == 1


async def test_another_process_knows_what_the_repository_held(remote: Remote, make: Make) -> None:
    first = make(remote.path)
    await first.carry_out(intent("first", 1), scale("tokyo-1/amf", 3))
    await first.close()
    shutil.rmtree(remote.path)
    init_bare(remote.path)
    with pytest.raises(OnHold):
        await make(remote.path).carry_out(intent("second", 2), scale("tokyo-1/smf", 5))


async def test_a_missing_branch_beside_others_is_told_and_not_taken_for_an_empty_repository(
    remote: Remote, make: Make
) -> None:
    await make(remote.path).carry_out(intent("first", 1), scale("tokyo-1/amf", 3))
    run("git", "branch", "-m", "main", "trunk", folder=remote.path)
    other = make(remote.path, branch="production")
    with pytest.raises(Retryable, match="no branch production, but trunk"):
        await other.check()
    with pytest.raises(Retryable, match="no branch production, but trunk"):
        await other.carry_out(intent("second", 2), scale("tokyo-1/amf", 5))
    assert remote.commit_count == 1


async def test_a_server_that_never_answers_counts_as_unavailable_and_no_password_is_told(
    make: Make, tmp_path: Path
) -> None:
    seen: list[RequestOutcome] = []

    class Watching:
        def request_ended(self, target: StepTarget, outcome: RequestOutcome, seconds: float) -> None:
            seen.append(outcome)

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://robot:s3cret@127.0.0.1:{silent.getsockname()[1]}/deployments.git"
        git = make(url, observer=Watching(), clone_timeout_seconds=1.0)
        with pytest.raises(Retryable) as retryable:
            await git.carry_out(intent("first", 1), scale("tokyo-1/amf", 3))
    assert RequestOutcome.UNAVAILABLE in seen
    assert "took longer than 1 s" in retryable.value.message
    assert "CLONE_TIMEOUT_SECONDS" in retryable.value.message
    assert "s3cret" not in repr(_whole_story(retryable.value))


def _whole_story(error: BaseException | None) -> list[str]:
    return [] if error is None else [repr(error), str(error.args), *_whole_story(error.__cause__ or error.__context__)]


def test_a_git_that_was_killed_leaves_no_password_in_what_it_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://robot:s3cret@127.0.0.1:{silent.getsockname()[1]}/x.git"
        result = run_git("ls-remote", url, timeout_seconds=0.5)
    assert result.code == TIMED_OUT
    assert "s3cret" not in result.complaint + result.stderr + result.stdout


async def test_what_a_killed_git_had_begun_to_write_does_not_fill_the_disk(
    remote: Remote, make: Make, tmp_path: Path
) -> None:
    first = make(remote.path)
    await first.carry_out(intent("first", 1), scale("tokyo-1/amf", 3))
    await first.close()
    (pack,) = (tmp_path / "cache").glob("*.git/objects/pack")
    left = pack / "tmp_pack_ABC123"
    left.write_bytes(b"x" * 1_000)
    await make(remote.path).carry_out(intent("second", 2), scale("tokyo-1/amf", 5))
    assert not left.exists()


async def test_a_repository_of_sha256_objects_is_told_with_its_remedy(make: Make, tmp_path: Path) -> None:
    work = tmp_path / "work"
    run("git", "init", "--quiet", "--object-format=sha256", "--initial-branch=main", str(work))
    run(
        "git", "-c", "user.name=x", "-c", "user.email=x@y", "commit", "--quiet", "--allow-empty", "-m", "x", folder=work
    )
    with pytest.raises(Retryable, match=r"SHA-256 objects.*--object-format=sha1"):
        await make(work / ".git").check()


@pytest.mark.skipif(os.geteuid() != 0, reason="giving a folder to another user takes root")
async def test_a_repository_of_another_user_is_told_with_its_remedy(
    remote: Remote, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    run("chown", "-R", "12345", str(remote.path))
    with pytest.raises(Retryable, match=r"belongs to another user.*safe\.directory"):
        await make(remote.path).check()
