"""What every deployment target with a ledger promises, whatever it writes to."""

import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from agents.adapters.git.bare_repository import init_bare
from agents.adapters.git.git_deployment_target import GitDeploymentTarget
from agents.adapters.git.settings import GitSettings
from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from agents.domain.conclusion import IN_FORCE, Conclusion
from agents.domain.verdicts import Declined, Failed, Rejected
from schemas.bodies import IntentPlanned
from schemas.reasons import DeclineReason
from tests.unit.git.requests import at_most_20_replicas, intent, plan, scale, step, target

Target = tuple[GitDeploymentTarget | InMemoryDeploymentTarget, Callable[[], dict[str, str]], Callable[[], int]]


@pytest.fixture(params=["git", "in memory"])
async def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Target]:
    """A target, the files it has written, and the number of its commits."""
    if request.param == "in memory":
        double = InMemoryDeploymentTarget(at_most_20_replicas)
        yield double, lambda: {p: c.decode() for p, c in double.files.items()}, lambda: len(double.commits)
        return
    repository = tmp_path / "deployments.git"
    init_bare(repository)
    settings = GitSettings(repository=str(repository), cache=tmp_path / "cache", group_window_seconds=0)
    git = GitDeploymentTarget(settings, at_most_20_replicas)
    yield git, lambda: read_all(repository), lambda: count_commits(repository)
    await git.close()


def git_output(repository: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(repository), *arguments], check=True, capture_output=True, text=True).stdout


def count_commits(repository: Path) -> int:
    return int(git_output(repository, "rev-list", "--count", "--all"))


def read_all(repository: Path) -> dict[str, str]:
    if not count_commits(repository):
        return {}
    paths = git_output(repository, "ls-tree", "-r", "--name-only", "main").splitlines()
    return {path: git_output(repository, "show", f"main:{path}") for path in paths}


async def test_an_absolute_scale_of_an_absent_object_creates_its_package(deployment: Target) -> None:
    target_, files, _ = deployment
    carried = await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 5))
    assert not carried.is_unchanged
    assert [(r.outcome, r.before, r.after) for r in carried.deployed.results] == [
        ("done", {"replicas": {}}, {"replicas": {"value": 5}})
    ]
    assert {"tokyo-1/amf/Kptfile", "tokyo-1/amf/nfdeployment.yaml", "tokyo-1/amf/parameters.yaml"} <= files().keys()
    assert "replicas: '5'" in files()["tokyo-1/amf/parameters.yaml"]


async def test_a_redelivery_and_a_replay_change_nothing(deployment: Target) -> None:
    target_, files, commits = deployment
    first = await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 5))
    before = files()
    again = await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 5))
    replayed = await target_.carry_out(intent("a", 1, generation=3), scale("tokyo-1/amf", 5))
    assert [r.outcome for r in (*again.deployed.results, *replayed.deployed.results)] == ["already_done"] * 2
    assert again.deployed.revision == replayed.deployed.revision == first.deployed.revision
    assert (files(), commits()) == (before, 1)


async def test_a_proposal_has_one_draft_which_changes_nothing_and_is_over_once_it_is_carried_out(
    deployment: Target,
) -> None:
    target_, files, _ = deployment
    await target_.carry_out(intent("first", 1), scale("tokyo-1/amf", 3))
    before, wished = files(), scale("tokyo-1/amf", 5)
    draft = await target_.draft(intent("a", 2), wished)
    assert draft is not None
    assert await target_.draft(intent("a", 2), wished) == draft
    assert files() == before
    await target_.carry_out(intent("a", 2), wished.model_copy(update={"draft": draft}))
    assert await target_.draft(intent("a", 2), wished) is None
    assert await target_.withdraw(intent("a", 2), draft)
    assert "replicas: '5'" in files()["tokyo-1/amf/parameters.yaml"]


async def test_a_draft_is_withdrawn_and_what_it_was_for_may_still_be_carried_out(deployment: Target) -> None:
    target_, files, _ = deployment
    await target_.carry_out(intent("first", 1), scale("tokyo-1/amf", 3))
    wished = scale("tokyo-1/amf", 5)
    draft = await target_.draft(intent("a", 2), wished)
    assert draft is not None
    for _ in range(2):
        assert await target_.withdraw(intent("a", 2), draft)
    await target_.carry_out(intent("a", 2), wished.model_copy(update={"draft": draft}))
    assert "replicas: '5'" in files()["tokyo-1/amf/parameters.yaml"]


async def test_the_same_id_with_other_bytes_is_rejected(deployment: Target) -> None:
    target_, files, commits = deployment
    await target_.carry_out(intent("a", 1, text="to 5"), scale("tokyo-1/amf", 5))
    with pytest.raises(Rejected) as rejected:
        await target_.carry_out(intent("a", 1, text="to 7"), scale("tokyo-1/amf", 7))
    assert rejected.value.reason == "id_reused"
    assert commits() == 1
    assert "replicas: '5'" in files()["tokyo-1/amf/parameters.yaml"]


async def test_a_redelivered_older_intent_never_undoes_a_newer_one(deployment: Target) -> None:
    target_, files, commits = deployment
    older, newer = intent("a", 1), intent("b", 2)
    for who, replicas in ((older, 3), (newer, 7), (older, 3), (newer, 7)):
        await target_.carry_out(who, scale("tokyo-1/amf", replicas))
    assert "replicas: '7'" in files()["tokyo-1/amf/parameters.yaml"]
    assert commits() == 2


async def test_an_older_intent_that_comes_late_is_superseded_and_the_newer_one_is_named(deployment: Target) -> None:
    target_, files, commits = deployment
    await target_.carry_out(intent("newer", 2), scale("tokyo-1/amf", 7))
    with pytest.raises(Declined) as declined:
        await target_.carry_out(intent("older", 1), scale("tokyo-1/amf", 3))
    assert declined.value.reason is DeclineReason.SUPERSEDED
    assert intent("newer", 2).id in declined.value.message
    assert "replicas: '7'" in files()["tokyo-1/amf/parameters.yaml"]
    assert commits() == 1


async def test_a_later_step_that_is_superseded_is_skipped_and_reported(deployment: Target) -> None:
    target_, files, _ = deployment
    await target_.carry_out(intent("newer", 2), scale("tokyo-2/amf", 7))
    both = plan(*(step("scale", f"tokyo-{n}/amf", target("replicas", "equals", 3)) for n in (1, 2)))
    carried = await target_.carry_out(intent("older", 1), both)
    again = await target_.carry_out(intent("older", 1), both)
    assert [r.outcome for r in carried.deployed.results] == ["done", "superseded"]
    assert [r.outcome for r in again.deployed.results] == ["already_done", "superseded"]
    assert "replicas: '3'" in files()["tokyo-1/amf/parameters.yaml"]
    assert "replicas: '7'" in files()["tokyo-2/amf/parameters.yaml"]


async def test_a_deletion_keeps_its_ledger_so_that_an_older_intent_cannot_revive_the_object(deployment: Target) -> None:
    target_, files, _ = deployment
    await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    await target_.carry_out(intent("c", 3), plan(step("delete", "tokyo-1/amf")))
    await target_.carry_out(intent("d", 4), plan(step("deploy", "tokyo-1/amf")))
    with pytest.raises(Declined) as declined:
        await target_.carry_out(intent("b", 2), scale("tokyo-1/amf", 9))
    assert declined.value.reason is DeclineReason.SUPERSEDED
    assert "tokyo-1/amf/parameters.yaml" not in files()


async def test_an_older_deletion_does_not_delete_what_a_newer_intent_set(deployment: Target) -> None:
    target_, files, _ = deployment
    await target_.carry_out(intent("oldest", 0), scale("tokyo-1/amf", 3))
    await target_.carry_out(intent("newer", 2), scale("tokyo-1/amf", 4))
    with pytest.raises(Declined) as declined:
        await target_.carry_out(intent("older", 1), plan(step("delete", "tokyo-1/amf")))
    assert declined.value.reason is DeclineReason.SUPERSEDED
    assert "tokyo-1/amf/Kptfile" in files()


async def test_deleting_what_is_absent_is_unchanged_and_still_remembered(deployment: Target) -> None:
    target_, files, _ = deployment
    carried = await target_.carry_out(intent("b", 2), plan(step("delete", "tokyo-1/amf")))
    assert carried.is_unchanged
    with pytest.raises(Declined):
        await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    assert all(path.startswith(".nephoran/") for path in files())


async def test_a_wish_already_fulfilled_writes_its_ledger_alone(deployment: Target) -> None:
    target_, files, commits = deployment
    await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 5))
    before = {path: text for path, text in files().items() if not path.startswith(".nephoran/")}
    carried = await target_.carry_out(intent("c", 3), scale("tokyo-1/amf", 5))
    assert carried.is_unchanged
    assert {path: text for path, text in files().items() if not path.startswith(".nephoran/")} == before
    assert commits() == 2
    with pytest.raises(Declined):
        await target_.carry_out(intent("b", 2), scale("tokyo-1/amf", 9))


async def test_a_relative_wish_counts_from_what_is_there(deployment: Target) -> None:
    target_, files, _ = deployment
    await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    await target_.carry_out(intent("b", 2), scale("tokyo-1/amf", 2, "increase_by"))
    carried = await target_.carry_out(intent("c", 3), scale("tokyo-1/amf", 2, "multiply_by"))
    assert carried.deployed.results[0].after == {"replicas": {"value": 10}}
    assert "replicas: '10'" in files()["tokyo-1/amf/parameters.yaml"]


@pytest.mark.parametrize(
    ("amount", "condition", "reason"),
    [
        (0.5, "multiply_by", DeclineReason.INFEASIBLE),
        (9, "decrease_by", DeclineReason.INFEASIBLE),
        (18, "increase_by", DeclineReason.POLICY_VIOLATION),
    ],
)
async def test_a_relative_wish_obeys_the_guardrails_once_its_value_is_known(
    deployment: Target, amount: float, condition: str, reason: DeclineReason
) -> None:
    target_, _, commits = deployment
    await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    with pytest.raises(Declined) as declined:
        await target_.carry_out(intent("b", 2), scale("tokyo-1/amf", amount, condition))
    assert declined.value.reason is reason
    assert commits() == 1


@pytest.mark.parametrize(
    "wished",
    [
        scale("tokyo-1/amf", 2, "increase_by"),
        plan(step("upgrade", "tokyo-1/amf", target("version", "equals", "2.3.1"))),
    ],
)
async def test_what_needs_an_object_is_infeasible_without_one(deployment: Target, wished: IntentPlanned) -> None:
    target_, _, commits = deployment
    with pytest.raises(Declined) as declined:
        await target_.carry_out(intent("a", 1), wished)
    assert declined.value.reason is DeclineReason.INFEASIBLE
    assert commits() == 0


async def test_a_declined_step_leaves_nothing_of_the_other_steps(deployment: Target) -> None:
    target_, _, commits = deployment
    wished = plan(
        step("scale", "tokyo-1/amf", target("replicas", "equals", 3)),
        step("upgrade", "tokyo-1/smf", target("version", "equals", "2.3.1"), type="smf"),
    )
    with pytest.raises(Declined):
        await target_.carry_out(intent("a", 1), wished)
    assert commits() == 0


async def test_another_kind_of_object_at_the_same_place_is_a_conflict(deployment: Target) -> None:
    target_, _, commits = deployment
    await target_.carry_out(intent("a", 1), scale("tokyo-1/blue", 3))
    with pytest.raises(Declined) as declined:
        await target_.carry_out(intent("b", 2), plan(step("deploy", "tokyo-1/blue", type="smf")))
    assert declined.value.reason is DeclineReason.CONFLICT
    assert commits() == 1


async def test_bounds_raise_and_lower_the_value_and_an_exact_number_clears_them(deployment: Target) -> None:
    target_, _, _ = deployment
    await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 8))
    bounds = plan(step("scale", "tokyo-1/amf", target("replicas", "at_least", 3), target("replicas", "at_most", 6)))
    bounded = await target_.carry_out(intent("b", 2), bounds)
    with pytest.raises(Declined):
        await target_.carry_out(intent("c", 3), scale("tokyo-1/amf", 1, "increase_by"))
    exact = await target_.carry_out(intent("d", 4), scale("tokyo-1/amf", 7))
    assert bounded.deployed.results[0].after == {"replicas": {"value": 6, "min": 3, "max": 6}}
    assert exact.deployed.results[0].after == {"replicas": {"value": 7}}


@pytest.mark.parametrize("place", ["tokyo-1/..", "../amf", ".nephoran/amf", "tokyo-1/a/b", "/amf"])
async def test_a_plan_cannot_write_outside_its_place(deployment: Target, place: str) -> None:
    target_, _, commits = deployment
    with pytest.raises(Rejected) as rejected:
        await target_.carry_out(intent("a", 1), scale(place, 3))
    assert rejected.value.reason == "malformed_plan"
    assert commits() == 0


async def test_undoing_puts_back_what_was_there_once(deployment: Target) -> None:
    target_, files, commits = deployment
    await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    await target_.carry_out(intent("b", 2), scale("tokyo-1/amf", 2, "multiply_by"))
    undone = await target_.undo(intent("undo b", 3), intent("b", 2).id)
    again = await target_.undo(intent("undo b", 3), intent("b", 2).id)
    assert [(r.outcome, r.before, r.after) for r in undone.deployed.results] == [
        ("done", {"replicas": {"value": 6}}, {"replicas": {"value": 3}})
    ]
    assert [r.outcome for r in again.deployed.results] == ["already_done"]
    assert "replicas: '3'" in files()["tokyo-1/amf/parameters.yaml"]
    assert commits() == 3


async def test_undoing_a_creation_removes_it_and_undoing_that_brings_it_back(deployment: Target) -> None:
    target_, files, _ = deployment
    await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    there = packages(files())
    await target_.undo(intent("undo a", 2), intent("a", 1).id)
    assert packages(files()) == {}
    await target_.undo(intent("redo a", 3), intent("undo a", 2).id)
    assert packages(files()) == there


async def test_undoing_a_deletion_restores_every_file(deployment: Target) -> None:
    target_, files, _ = deployment
    await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    there = packages(files())
    await target_.carry_out(intent("b", 2), plan(step("delete", "tokyo-1/amf")))
    await target_.undo(intent("undo b", 3), intent("b", 2).id)
    assert packages(files()) == there


async def test_what_is_older_than_a_restoration_changes_nothing_of_what_was_restored(deployment: Target) -> None:
    target_, files, _ = deployment
    await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 5))
    await target_.carry_out(intent("b", 2), plan(step("delete", "tokyo-1/amf")))
    await target_.undo(intent("undo b", 4), intent("b", 2).id)
    with pytest.raises(Declined) as late:
        await target_.carry_out(intent("c", 3), scale("tokyo-1/amf", 9))
    assert late.value.reason is DeclineReason.SUPERSEDED
    assert "replicas: '5'" in files()["tokyo-1/amf/parameters.yaml"]


async def test_what_is_undone_stays_so_though_the_clock_of_the_broker_goes_back(deployment: Target) -> None:
    target_, files, _ = deployment
    await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 5))
    await target_.carry_out(intent("b", 9), scale("tokyo-1/amf", 6))
    await target_.undo(intent("undo b", 3), intent("b", 9).id)
    with pytest.raises(Declined):
        await target_.carry_out(intent("c", 4), scale("tokyo-1/amf", 9))
    assert "replicas: '5'" in files()["tokyo-1/amf/parameters.yaml"]


async def test_a_preview_of_what_was_carried_out_says_so_whatever_became_of_it(deployment: Target) -> None:
    target_, _, _ = deployment
    await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 5))
    await target_.undo(intent("undo a", 2), intent("a", 1).id)
    [result] = await target_.preview(intent("a", 1), scale("tokyo-1/amf", 5))
    assert result.outcome == "already_done"


@pytest.mark.parametrize(
    "newer",
    [
        scale("tokyo-1/amf", 9),
        plan(step("delete", "tokyo-1/amf")),
        plan(step("upgrade", "tokyo-1/amf", target("version", "equals", "2.3.1"))),
    ],
)
async def test_what_newer_intents_have_touched_is_not_undone_and_they_are_named(
    deployment: Target, newer: IntentPlanned
) -> None:
    target_, _, commits = deployment
    await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    await target_.carry_out(intent("b", 2), newer)
    with pytest.raises(Declined) as declined:
        await target_.undo(intent("undo a", 3), intent("a", 1).id)
    assert declined.value.reason is DeclineReason.CONFLICT
    assert intent("b", 2).id in declined.value.message
    assert commits() == 2


async def test_several_changes_of_one_object_are_undone_in_reverse(deployment: Target) -> None:
    target_, files, _ = deployment
    await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    there = packages(files())
    twice = plan(
        step("scale", "tokyo-1/amf", target("replicas", "increase_by", 2)),
        step("scale", "tokyo-1/amf", target("replicas", "multiply_by", 2)),
        step("deploy", "tokyo-1/smf", type="smf"),
    )
    await target_.carry_out(intent("b", 2), twice)
    await target_.undo(intent("undo b", 3), intent("b", 2).id)
    assert packages(files()) == there


async def test_an_undone_intent_that_is_delivered_again_stays_undone(deployment: Target) -> None:
    target_, files, _ = deployment
    await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    await target_.carry_out(intent("b", 2), scale("tokyo-1/amf", 5))
    await target_.undo(intent("undo b", 9), intent("b", 2).id)
    with pytest.raises(Failed) as failed:
        await target_.carry_out(intent("b", 2), scale("tokyo-1/amf", 5))
    assert failed.value.reason == "undone"
    with pytest.raises(Declined):
        await target_.carry_out(intent("c", 5), scale("tokyo-1/amf", 7))
    assert "replicas: '3'" in files()["tokyo-1/amf/parameters.yaml"]


@pytest.mark.parametrize("end", [Conclusion(state="timed_out", reason="not_in_time"), Conclusion(state="failed")])
async def test_what_did_not_come_into_force_is_not_said_to_be_deployed_when_it_is_delivered_again(
    deployment: Target, end: Conclusion
) -> None:
    target_, _, _ = deployment
    await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    assert await target_.conclude(intent("a", 1), end) == end
    assert await target_.conclude(intent("a", 1), IN_FORCE) == end
    with pytest.raises(Failed):
        await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))


async def test_what_was_undone_while_it_was_watched_has_failed(deployment: Target) -> None:
    target_, _, _ = deployment
    await target_.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    await target_.undo(intent("a", 1).rollback(), intent("a", 1).id)
    assert (await target_.conclude(intent("a", 1), IN_FORCE)).reason == "undone"


async def test_what_was_never_carried_out_cannot_be_undone(deployment: Target) -> None:
    target_, _, commits = deployment
    with pytest.raises(Declined) as declined:
        await target_.undo(intent("undo a", 3), intent("a", 1).id)
    assert declined.value.reason is DeclineReason.INFEASIBLE
    assert commits() == 0


def packages(files: dict[str, str]) -> dict[str, str]:
    return {path: text for path, text in files.items() if not path.startswith(".nephoran/")}
