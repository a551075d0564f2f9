"""Repositories that are away, locked or refuse, and working copies that are lost."""

import asyncio
import shutil
from pathlib import Path

import pytest

from agents.domain.verdicts import Declined, Failed, Retryable
from tests.integration.git.remote import Make, Once, Remote, a_file_for_each_object, run, working_copy
from tests.unit.git.requests import intent, scale


async def test_a_missing_local_repository_is_named_with_the_command_that_makes_it(make: Make, tmp_path: Path) -> None:
    git = make(tmp_path / "nowhere.git")
    with pytest.raises(Retryable, match=r"git init --bare --initial-branch=main .*nowhere\.git"):
        await git.check()


@pytest.mark.parametrize("lost", ["", "objects", "HEAD", "refs"])
async def test_a_working_copy_lost_between_commit_and_push_is_made_anew(
    remote: Remote, make: Make, tmp_path: Path, lost: str
) -> None:
    def lose() -> None:
        there = working_copy(tmp_path) / lost
        there.unlink() if there.is_file() else shutil.rmtree(there)

    fence = Once()
    git = make(remote.path, fence)
    await git.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    fence.act = lose
    await git.carry_out(intent("b", 2), scale("tokyo-1/amf", 2, "increase_by"))
    await git.carry_out(intent("c", 3), scale("tokyo-1/amf", 2, "increase_by"))
    assert "replicas: '7'" in remote.show("tokyo-1/amf/parameters.yaml")
    assert len(remote.intents) == 3


@pytest.mark.parametrize(
    "lost",
    ["main:.nephoran/ledger/tokyo-1/amf.ledger", "main:.nephoran/ledger/tokyo-1", "main:.nephoran/ledger", "main"],
)
async def test_a_ledger_lost_from_the_working_copy_is_not_taken_for_an_empty_one(
    remote: Remote, make: Make, tmp_path: Path, lost: str
) -> None:
    git = make(remote.path)
    await git.carry_out(intent("newer", 2), scale("tokyo-1/amf", 7))
    objects = a_file_for_each_object(working_copy(tmp_path))
    name = run("git", "rev-parse", lost, folder=remote.path).strip()
    (objects / name[:2] / name[2:]).unlink()
    with pytest.raises(Declined):
        await git.carry_out(intent("older", 1), scale("tokyo-1/amf", 3))
    assert "replicas: '7'" in remote.show("tokyo-1/amf/parameters.yaml")


async def test_a_working_copy_lost_while_idle_is_made_anew(remote: Remote, make: Make, tmp_path: Path) -> None:
    git = make(remote.path)
    await git.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    shutil.rmtree(tmp_path / "cache")
    await git.carry_out(intent("b", 2), scale("tokyo-1/amf", 5))
    assert "replicas: '5'" in remote.show("tokyo-1/amf/parameters.yaml")


async def test_a_hook_that_declines_fails_the_change_it_means_and_no_other(remote: Remote, make: Make) -> None:
    script = 'while read old new ref; do git ls-tree -r --name-only $new | grep -q osaka && echo "osaka is frozen" >&2'
    remote.hook("pre-receive", f"{script} && exit 1; done; exit 0")
    git = make(remote.path)
    places = [f"tokyo-1/amf-{n}" for n in range(5)] + ["osaka-1/amf"] + [f"tokyo-2/amf-{n}" for n in range(5)]
    answers = await asyncio.gather(
        *(git.carry_out(intent(f"i{n}", n), scale(place, 3)) for n, place in enumerate(places)), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert [type(answer) for answer in refused] == [Failed]
    assert isinstance(answers[5], Failed)
    assert answers[5].reason == "refused_by_repository"
    assert "osaka is frozen" in answers[5].message
    assert len(remote.intents) == 10


async def test_a_push_that_succeeds_after_its_time_out_is_not_done_twice(remote: Remote, make: Make) -> None:
    remote.hook("post-receive", "exec sleep 60")
    git = make(remote.path, push_timeout_seconds=3)
    with pytest.raises(Retryable):
        await git.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    remote.hook("post-receive", "exit 0")
    again = await git.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    assert again.deployed.revision == run("git", "rev-parse", "main", folder=remote.path).strip()
    assert remote.intents == [intent("a", 1).id]


async def test_an_unreachable_repository_is_waited_for_and_then_carries_on(remote: Remote, make: Make) -> None:
    git = make(remote.path)
    await git.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    away = remote.path.rename(remote.folder / "away.git")
    with pytest.raises(Retryable) as waiting:
        await git.carry_out(intent("b", 2), scale("tokyo-1/amf", 4))
    with pytest.raises(Retryable):
        await git.check()
    away.rename(remote.path)
    await git.carry_out(intent("b", 2), scale("tokyo-1/amf", 4))
    assert waiting.value.dependency == "git"
    assert str(remote.path) in waiting.value.message
    assert len(remote.intents) == 2


async def test_a_lock_left_behind_in_the_repository_is_waited_for(remote: Remote, make: Make) -> None:
    git = make(remote.path)
    await git.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    lock = remote.path / "refs" / "heads" / "main.lock"
    lock.touch()
    with pytest.raises(Retryable) as waiting:
        await git.carry_out(intent("b", 2), scale("tokyo-1/amf", 4))
    lock.unlink()
    await git.carry_out(intent("b", 2), scale("tokyo-1/amf", 4))
    assert "lock" in waiting.value.message


async def test_secrets_in_the_address_stay_out_of_messages(make: Make) -> None:
    git = make("http://operator:hunter2@127.0.0.1:9/deployments.git")
    with pytest.raises(Retryable) as waiting:
        await git.check()
    assert "127.0.0.1:9" in waiting.value.message
    assert "hunter2" not in waiting.value.message


async def test_a_repository_that_cannot_be_written_is_found_by_the_check_and_is_no_loss(
    remote: Remote, make: Make, git_daemon: str
) -> None:
    git = make(git_daemon)
    with pytest.raises(Retryable) as checked:
        await git.check()
    with pytest.raises(Retryable) as waiting:
        await git.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    assert "may write" in checked.value.message
    assert "may write" in waiting.value.message
    assert remote.push_count == 0


async def test_the_check_of_a_good_repository_changes_nothing(remote: Remote, make: Make) -> None:
    git = make(remote.path)
    assert "writable" in await git.check()
    assert remote.push_count == 0
