"""Others write to the deployment repository too: people, other workers, and the one we were before we died."""

import asyncio
import random
from pathlib import Path

import pytest

from agents.domain.verdicts import Declined
from tests.integration.git.remote import Make, Once, Remote, run, writer_command
from tests.unit.git.requests import intent, plan, scale, step


async def test_a_foreign_push_in_between_is_built_upon_and_not_overwritten(remote: Remote, make: Make) -> None:
    fence = Once()
    git = make(remote.path, fence)
    await git.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    fence.act = lambda: remote.commit_as_somebody_else("tokyo-1/amf/parameters.yaml", "replicas: '3'", "replicas: '8'")
    newer = intent("b", 1 << 45)  # than any commit of somebody else
    carried = await git.carry_out(newer, scale("tokyo-1/amf", 2, "increase_by"))
    assert carried.deployed.results[0].before == {"replicas": {"value": 8}}
    assert "replicas: '10'" in remote.show("tokyo-1/amf/parameters.yaml")
    assert remote.intents == [intent("a", 1).id, newer.id]


@pytest.mark.parametrize("first", [3, None])
async def test_what_people_changed_by_hand_is_not_undone(remote: Remote, make: Make, first: int | None) -> None:
    git = make(remote.path)
    if first:
        await git.carry_out(intent("a", 1), scale("tokyo-1/amf", first))
    await git.carry_out(intent("b", 2), scale("tokyo-1/amf", 5))
    remote.commit_as_somebody_else("tokyo-1/amf/parameters.yaml", "replicas: '5'", "replicas: '8'")
    with pytest.raises(Declined, match="by hand"):
        await git.undo(intent("undo b", 3), intent("b", 2).id)
    assert "replicas: '8'" in remote.show("tokyo-1/amf/parameters.yaml")


async def test_a_deletion_removes_whatever_people_put_into_the_package(remote: Remote, make: Make) -> None:
    git = make(remote.path)
    await git.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    for name in ('we"ird\\ näme\n.txt', "docs/deep/notes.md"):
        remote.commit_as_somebody_else(f"tokyo-1/amf/{name}", "", "by hand")
    await git.carry_out(intent("b", 2), plan(step("delete", "tokyo-1/amf")))
    assert run("git", "ls-tree", "--name-only", "main", folder=remote.path).split() == [".nephoran"]


async def test_a_newer_intent_pushed_by_another_writer_in_between_supersedes(
    remote: Remote, make: Make, tmp_path: Path
) -> None:
    fence = Once()
    ours = make(remote.path, fence)
    await ours.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    fence.act = lambda: run(*writer_command(remote, tmp_path / "cache", "c:3:tokyo-1/amf:replicas:equals:9"))
    with pytest.raises(Declined):
        await ours.carry_out(intent("b", 2), scale("tokyo-1/amf", 5))
    assert "replicas: '9'" in remote.show("tokyo-1/amf/parameters.yaml")


async def test_nothing_is_declined_for_a_state_that_is_out_of_date(remote: Remote, make: Make, tmp_path: Path) -> None:
    git = make(remote.path)
    await git.carry_out(intent("a", 1), scale("osaka-1/amf", 3))
    run(*writer_command(remote, tmp_path / "cache", "b:2:tokyo-1/amf:replicas:equals:4"))
    carried = await git.carry_out(intent("c", 3), scale("tokyo-1/amf", 1, "increase_by"))
    assert carried.deployed.results[0].after == {"replicas": {"value": 5}}


async def test_two_writers_in_two_processes_do_everything_once_and_end_at_the_newest(
    remote: Remote, tmp_path: Path
) -> None:
    wished = [f"i{n}:{n}:tokyo-1/amf-{n % 5}:replicas:equals:{n % 19 + 1}" for n in range(1, 61)]
    halves = (wished[:40], wished[20:])
    writers = [
        await asyncio.create_subprocess_exec(*writer_command(remote, tmp_path / "cache", *half)) for half in halves
    ]
    assert [await writer.wait() for writer in writers] == [0, 0]
    assert len(set(remote.intents)) == len(remote.intents)
    for slot in range(5):
        newest = max(n for n in range(1, 61) if n % 5 == slot)
        assert f"replicas: '{newest % 19 + 1}'" in remote.show(f"tokyo-1/amf-{slot}/parameters.yaml")


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_writer_killed_again_and_again_adds_everything_exactly_once(
    remote: Remote, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    wished = ["first:0:tokyo-1/amf:cpu:equals:1", *(f"i{n}:{n}:tokyo-1/amf:cpu:increase_by:1" for n in range(1, 41))]
    kills = 0
    while True:
        writer = await asyncio.create_subprocess_exec(*writer_command(remote, tmp_path / "cache", *wished))
        until = remote.commit_count + chance.randint(1, 12)
        while writer.returncode is None and remote.commit_count < until:  # noqa: ASYNC110 another process writes
            await asyncio.sleep(0)
        if writer.returncode is None:
            writer.kill()
        if await writer.wait() == 0:
            break
        kills += 1
    assert kills > 1
    assert len(set(remote.intents)) == len(remote.intents) == 41
    assert "cpu: '41'" in remote.show("tokyo-1/amf/parameters.yaml")
