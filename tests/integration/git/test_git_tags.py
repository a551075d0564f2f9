"""What intents publish of a package has a tag, as Porch gives it: `tokyo-1/amf/v1`, `v2`, each once."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.integration.git.remote import Make, Remote, run, writer_command
from tests.unit.git.requests import intent, plan, scale, step, target

TAGS = "refs/tags/"
NOT_YET = "case $1 in refs/tags/*) exit 1;; esac"


async def test_every_change_of_a_package_is_a_revision_with_a_tag_at_its_commit(remote: Remote, make: Make) -> None:
    git = make(remote.path)
    first = await git.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    second = await git.carry_out(intent("b", 2), scale("tokyo-1/amf", 5))
    other = await git.carry_out(intent("c", 3), scale("osaka-1/amf", 5))
    assert remote.refs(TAGS) == {
        "tokyo-1/amf/v1": first.deployed.revision,
        "tokyo-1/amf/v2": second.deployed.revision,
        "osaka-1/amf/v1": other.deployed.revision,
    }
    assert "Package-Revision: tokyo-1/amf/v2" in run("git", "log", "--format=%B", "main", folder=remote.path)


async def test_the_tag_comes_in_the_push_that_brings_the_commit(remote: Remote, make: Make) -> None:
    await make(remote.path).carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    assert remote.push_count == 1


async def test_what_changes_nothing_or_removes_the_package_is_no_revision(remote: Remote, make: Make) -> None:
    git = make(remote.path)
    for at, wished in enumerate(
        (scale("tokyo-1/amf", 3), scale("tokyo-1/amf", 3), plan(step("delete", "tokyo-1/amf"))), start=1
    ):
        await git.carry_out(intent(str(at), at), wished)
    assert list(remote.refs(TAGS)) == ["tokyo-1/amf/v1"]
    await git.undo(intent("undo", 4), intent("3", 3).id)
    assert sorted(remote.refs(TAGS)) == ["tokyo-1/amf/v1", "tokyo-1/amf/v2"]


async def test_two_steps_on_one_package_are_one_revision(remote: Remote, make: Make) -> None:
    both = plan(
        step("deploy", "tokyo-1/amf", target("replicas", "equals", 3)),
        step("scale", "tokyo-1/amf", target("cpu", "equals", 4)),
    )
    await make(remote.path).carry_out(intent("a", 1), both)
    assert list(remote.refs(TAGS)) == ["tokyo-1/amf/v1"]


async def test_numbers_go_on_from_the_tags_that_others_have_made(remote: Remote, make: Make) -> None:
    git = make(remote.path)
    await git.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    for theirs in ("tokyo-1/amf/v2", "osaka-1/smf/v7", "osaka-1/smf/vNext"):
        run("git", "tag", theirs, "main", folder=remote.path)
    second = await git.carry_out(intent("b", 2), scale("tokyo-1/amf", 5))
    third = await git.carry_out(
        intent("c", 3), plan(step("scale", "osaka-1/smf", target("replicas", "equals", 2), type="smf"))
    )
    assert remote.refs(TAGS)["tokyo-1/amf/v3"] == second.deployed.revision
    assert remote.refs(TAGS)["osaka-1/smf/v8"] == third.deployed.revision
    assert remote.intents == [intent(name, 1).id for name in "abc"]


@pytest.mark.parametrize("atomic", ["true", "false"])
async def test_a_tag_that_is_refused_holds_nothing_up_and_is_made_later(
    remote: Remote, make: Make, atomic: str
) -> None:
    run("git", "config", "receive.advertiseAtomic", atomic, folder=remote.path)
    remote.hook("update", NOT_YET)
    first = await make(remote.path).carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    assert (remote.refs(TAGS), remote.intents) == ({}, [intent("a", 1).id])
    remote.hook("update", "exit 0")
    second = await make(remote.path).carry_out(intent("b", 2), scale("tokyo-1/amf", 5))
    assert remote.refs(TAGS) == {
        "tokyo-1/amf/v1": first.deployed.revision,
        "tokyo-1/amf/v2": second.deployed.revision,
    }


async def test_a_tag_that_is_taken_and_cannot_be_seen_holds_nothing_up(remote: Remote, make: Make) -> None:
    await make(remote.path).carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    run("git", "tag", "tokyo-1/amf/v2", "main", folder=remote.path)
    run("git", "config", "uploadpack.hideRefs", TAGS.rstrip("/"), folder=remote.path)
    await make(remote.path).carry_out(intent("b", 2), scale("tokyo-1/amf", 5))
    assert remote.intents == [intent(name, 1).id for name in "ab"]


async def test_a_redelivery_makes_the_tag_that_its_commit_lacks(remote: Remote, make: Make) -> None:
    remote.hook("update", NOT_YET)
    git = make(remote.path)
    carried = await git.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    remote.hook("update", "exit 0")
    for _ in range(2):
        await git.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    assert remote.refs(TAGS) == {"tokyo-1/amf/v1": carried.deployed.revision}


async def test_a_change_that_is_refused_leaves_no_tag(remote: Remote, make: Make) -> None:
    remote.hook("update", "case $1 in refs/heads/*) exit 1;; esac")
    with pytest.raises(Exception, match="refused"):
        await make(remote.path).carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    assert remote.refs(TAGS) == {}


async def test_without_tags_nothing_is_numbered(remote: Remote, make: Make) -> None:
    await make(remote.path, tags=False).carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    assert remote.refs(TAGS) == {}
    assert "revision" not in remote.show(".nephoran/ledger/tokyo-1/amf.ledger")


@pytest.mark.parametrize("atomic", ["true", "false"])
async def test_two_writers_killed_again_and_again_number_every_effect_once_and_in_order(
    remote: Remote, tmp_path: Path, atomic: str
) -> None:
    run("git", "config", "receive.advertiseAtomic", atomic, folder=remote.path)
    chance = random.Random(atomic)
    wished = ["first:0:tokyo-1/amf:cpu:equals:1", *(f"i{n}:{n}:tokyo-1/amf:cpu:increase_by:1" for n in range(1, 25))]
    ended, kills = 0, 0
    while ended < 2:
        writers = [
            await asyncio.create_subprocess_exec(*writer_command(remote, tmp_path / "cache", *wished)) for _ in "ab"
        ]
        until = remote.commit_count + chance.randint(1, 12)
        while all(each.returncode is None for each in writers) and remote.commit_count < until:  # noqa: ASYNC110
            await asyncio.sleep(0)
        running = [each for each in writers if each.returncode is None]
        for each in running if len(running) == 2 else ():
            each.kill()
            kills += 1
        ended = sum([await each.wait() == 0 for each in writers])
    assert kills > 1
    commits = run("git", "rev-list", "--reverse", "main", folder=remote.path).split()
    assert remote.refs(TAGS) == {f"tokyo-1/amf/v{n}": commit for n, commit in enumerate(commits, start=1)}
    assert len(set(remote.intents)) == len(remote.intents) == len(commits) == 25
