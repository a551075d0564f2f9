"""A proposal has a branch of its own, where people see the commit that their approval then carries out."""

import asyncio
import random
from pathlib import Path

import pytest

from agents.adapters.git.git_deployment_target import GitDeploymentTarget
from agents.domain.verdicts import Declined
from schemas.bodies import DraftBranch, IntentPlanned
from schemas.envelope import Intent
from tests.integration.git.remote import Make, Remote, run, writer_command
from tests.unit.git.requests import intent, plan, scale, step, target

DRAFTS = "refs/heads/drafts/"
WHO = intent("b", 2)
NAME = f"tokyo-1/amf/{WHO.id}"
FIVE = scale("tokyo-1/amf", 5)


@pytest.fixture
async def git(remote: Remote, make: Make) -> GitDeploymentTarget:
    """A repository that already holds a package."""
    made = make(remote.path)
    await made.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    return made


async def drafted(git: GitDeploymentTarget, who: Intent = WHO, planned: IntentPlanned = FIVE) -> IntentPlanned:
    draft = await git.draft(who, planned)
    assert draft is not None
    return planned.model_copy(update={"draft": draft})


def tree(remote: Remote, commit: str) -> str:
    """The packages at a commit."""
    return run("git", "ls-tree", "-r", commit, "tokyo-1", folder=remote.path)


async def test_a_draft_is_one_commit_on_the_branch_and_holds_the_packages_alone(
    git: GitDeploymentTarget, remote: Remote
) -> None:
    main = run("git", "rev-parse", "main", folder=remote.path)
    planned = await drafted(git)
    assert planned.draft == DraftBranch(branch=f"drafts/{NAME}", commit=remote.refs(DRAFTS)[NAME])
    changed = run("git", "diff", "--name-only", "main", planned.draft.commit, folder=remote.path).split()
    assert changed
    assert all(path.startswith("tokyo-1/amf/") for path in changed)
    assert run("git", "rev-parse", f"{planned.draft.commit}^", folder=remote.path) == main
    assert "replicas: '3'" in remote.show("tokyo-1/amf/parameters.yaml")


async def test_the_approval_merges_the_draft_and_the_same_packages_are_carried_out(
    git: GitDeploymentTarget, remote: Remote
) -> None:
    planned = await drafted(git)
    before = run("git", "rev-parse", "main", folder=remote.path).strip()
    carried = await git.carry_out(WHO, planned)
    assert planned.draft is not None
    assert run("git", "log", "-1", "--format=%H %P", "main", folder=remote.path).split() == [
        carried.deployed.revision,
        before,
        planned.draft.commit,
    ]
    assert tree(remote, "main") == tree(remote, planned.draft.commit)
    assert remote.refs(DRAFTS) == {}
    assert remote.intents == [intent("a", 1).id, WHO.id]
    assert remote.refs("refs/tags/")["tokyo-1/amf/v2"] == carried.deployed.revision


async def test_a_redelivered_proposal_keeps_its_draft_though_others_have_committed_elsewhere(
    git: GitDeploymentTarget, remote: Remote, make: Make
) -> None:
    first = await drafted(git)
    await git.carry_out(intent("else", 3), scale("osaka-1/amf", 2))
    assert await drafted(make(remote.path)) == first
    carried = await git.carry_out(WHO, first)
    assert "replicas: '5'" in remote.show("tokyo-1/amf/parameters.yaml")
    assert "replicas: '2'" in remote.show("osaka-1/amf/parameters.yaml")
    assert first.draft is not None
    parents = run("git", "log", "-1", "--format=%P", str(carried.deployed.revision), folder=remote.path).split()
    assert parents[1:] == [first.draft.commit]


async def test_a_proposal_on_what_has_changed_has_another_draft(git: GitDeploymentTarget, remote: Remote) -> None:
    first = await drafted(git)
    await git.carry_out(intent("newer", 3), scale("tokyo-1/amf", 9))
    again = await drafted(git, WHO.reordered(intent("later", 1 << 45).order))
    assert again.draft != first.draft
    assert again.draft is not None
    assert remote.refs(DRAFTS) == {NAME: again.draft.commit}


async def test_what_is_not_what_people_saw_is_carried_out_without_a_merge(
    git: GitDeploymentTarget, remote: Remote
) -> None:
    planned = await drafted(git)
    remote.commit_as_somebody_else("tokyo-1/amf/parameters.yaml", "\ndata:", "\n# theirs\ndata:")
    carried = await git.carry_out(WHO.reordered(intent("later", 1 << 45).order), planned)
    assert len(run("git", "log", "-1", "--format=%P", str(carried.deployed.revision), folder=remote.path).split()) == 1
    assert "# theirs" in remote.show("tokyo-1/amf/parameters.yaml")
    assert remote.refs(DRAFTS) == {}


async def test_what_somebody_adds_to_a_draft_is_neither_carried_out_nor_removed(
    git: GitDeploymentTarget, remote: Remote, tmp_path: Path
) -> None:
    planned = await drafted(git)
    run("git", "clone", "--quiet", "--branch", f"drafts/{NAME}", str(remote.path), str(tmp_path / "theirs"))
    (tmp_path / "theirs/tokyo-1/amf/parameters.yaml").write_text("theirs")
    run("git", "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qam", "theirs", folder=tmp_path / "theirs")
    run("git", "push", "--quiet", folder=tmp_path / "theirs")
    theirs = remote.refs(DRAFTS)
    assert await git.draft(WHO, scale("tokyo-1/amf", 6)) is None
    await git.carry_out(WHO, planned)
    assert planned.draft is not None
    await git.withdraw(WHO, planned.draft)
    assert "replicas: '5'" in remote.show("tokyo-1/amf/parameters.yaml")
    assert remote.refs(DRAFTS) == theirs


async def test_a_draft_is_withdrawn_once_and_by_whoever_comes(
    git: GitDeploymentTarget, remote: Remote, make: Make
) -> None:
    planned = await drafted(git)
    assert planned.draft is not None
    assert await make(remote.path).withdraw(WHO, planned.draft)
    assert remote.refs(DRAFTS) == {}
    assert await git.withdraw(WHO, planned.draft)
    carried = await git.carry_out(WHO, planned)
    assert carried.deployed.revision in run("git", "rev-list", "main", folder=remote.path)


@pytest.mark.parametrize("atomic", ["true", "false"])
async def test_a_draft_that_cannot_be_removed_holds_nothing_up_and_goes_with_a_redelivery(
    git: GitDeploymentTarget, remote: Remote, make: Make, atomic: str
) -> None:
    run("git", "config", "receive.advertiseAtomic", atomic, folder=remote.path)
    planned = await drafted(git)
    remote.hook("update", "case $1 in refs/heads/drafts/*) exit 1;; esac")
    await git.carry_out(WHO, planned)
    assert (list(remote.refs(DRAFTS)), len(remote.intents)) == ([NAME], 2)
    remote.hook("update", "exit 0")
    await make(remote.path).carry_out(WHO, planned)
    assert (remote.refs(DRAFTS), len(remote.intents)) == ({}, 2)


async def test_where_no_draft_can_be_made_there_is_none(git: GitDeploymentTarget, remote: Remote, make: Make) -> None:
    remote.hook("update", "case $1 in refs/heads/drafts/*) exit 1;; esac")
    assert await git.draft(WHO, FIVE) is None
    remote.hook("update", "exit 0")
    assert await git.draft(WHO, scale("tokyo-1/amf", 3)) is None, "nothing would change"
    assert await make(remote.path, drafts=False).draft(WHO, FIVE) is None
    with pytest.raises(Declined):
        await git.draft(WHO, scale("tokyo-1/amf", 21))
    assert remote.refs(DRAFTS) == {}


async def test_an_empty_repository_gets_no_draft_as_its_first_branch(remote: Remote, make: Make) -> None:
    git = make(remote.path)
    assert await git.draft(WHO, FIVE) is None
    await git.carry_out(WHO, FIVE)
    assert remote.intents == [WHO.id]


async def test_a_deletion_and_a_plan_of_several_packages_are_seen_whole(
    git: GitDeploymentTarget, remote: Remote
) -> None:
    both = plan(
        step("delete", "tokyo-1/amf"), step("deploy", "osaka-1/smf", target("replicas", "equals", 2), type="smf")
    )
    planned = await drafted(git, WHO, both)
    await git.carry_out(WHO, planned)
    assert planned.draft is not None
    assert planned.draft.branch == f"drafts/{NAME}"
    assert tree(remote, "main") == tree(remote, planned.draft.commit) == ""
    assert "osaka-1/smf/Kptfile" in run("git", "ls-tree", "-r", "--name-only", planned.draft.commit, folder=remote.path)


@pytest.mark.parametrize("atomic", ["true", "false"])
async def test_a_writer_killed_between_draft_and_merge_leaves_no_draft_and_doubles_nothing(
    git: GitDeploymentTarget, remote: Remote, tmp_path: Path, atomic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("git", "config", "receive.advertiseAtomic", atomic, folder=remote.path)
    monkeypatch.setenv("DRAFTS", "1")
    chance = random.Random(atomic)
    wished = [f"i{n}:{n}:tokyo-1/amf-{n % 3}:cpu:equals:{n}" for n in range(2, 14)]
    kills = 0
    while True:
        writer = await asyncio.create_subprocess_exec(*writer_command(remote, tmp_path / "cache", *wished))
        until = remote.commit_count + chance.randint(1, 9)
        while writer.returncode is None and remote.commit_count < until:  # noqa: ASYNC110 another process writes
            await asyncio.sleep(0)
        if writer.returncode is None:
            writer.kill()
        if await writer.wait() == 0:
            break
        kills += 1
    assert kills > 1
    assert remote.refs(DRAFTS) == {}
    assert len(set(remote.intents)) == len(remote.intents) == 13
    commits = run("git", "rev-list", "main", folder=remote.path).split()
    assert set(remote.refs("refs/tags/").values()) <= set(commits)
    assert len(remote.refs("refs/tags/")) == 13
