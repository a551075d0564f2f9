"""Many intents, few pushes."""

import asyncio

import pytest

from agents.domain.verdicts import Declined, Retryable
from tests.integration.git.remote import Make, Remote
from tests.unit.git.requests import intent, plan, scale, step, target


async def test_changes_within_the_window_share_a_push_and_each_has_its_own_commit(remote: Remote, make: Make) -> None:
    git = make(remote.path)
    await asyncio.gather(*(git.carry_out(intent(f"i{n}", n), scale(f"tokyo-1/amf-{n}", 3)) for n in range(20)))
    assert len(set(remote.intents)) == len(remote.intents) == 20
    assert remote.push_count < 4


async def test_a_declined_request_in_a_group_does_not_disturb_the_others(remote: Remote, make: Make) -> None:
    git = make(remote.path)
    wished = [scale("tokyo-1/amf", 3), scale("tokyo-2/amf", 1, "increase_by"), scale("tokyo-3/amf", 4)]
    answers = await asyncio.gather(
        *(git.carry_out(intent(f"i{n}", n), each) for n, each in enumerate(wished)), return_exceptions=True
    )
    assert isinstance(answers[1], Declined)
    assert remote.intents == [intent("i0", 0).id, intent("i2", 2).id]


async def test_an_error_of_our_own_hits_only_the_request_that_causes_it(remote: Remote, make: Make) -> None:
    def check(object_type: str, name: str, value: float | str) -> list[object]:
        return [1 // 0] if object_type == "smf" else []

    git = make(remote.path, check=check)
    wished = [scale("tokyo-1/amf", 3), plan(step("scale", "tokyo-1/smf", target("replicas", "equals", 2), type="smf"))]
    answers = await asyncio.gather(
        *(git.carry_out(intent(f"i{n}", n), each) for n, each in enumerate(wished)), return_exceptions=True
    )
    assert isinstance(answers[1], ZeroDivisionError)
    assert remote.intents == [intent("i0", 0).id]


async def test_a_worker_that_may_no_longer_act_pushes_nothing(remote: Remote, make: Make) -> None:
    git = make(remote.path, lambda: False)
    with pytest.raises(Retryable):
        await git.carry_out(intent("a", 1), scale("tokyo-1/amf", 3))
    assert remote.push_count == 0


async def test_closing_finishes_what_is_pending(remote: Remote, make: Make) -> None:
    git = make(remote.path, group_window_seconds=5)
    pending = [asyncio.ensure_future(git.carry_out(intent(f"i{n}", n), scale("tokyo-1/amf", n))) for n in (1, 2, 3)]
    await asyncio.sleep(0)
    await git.close()
    assert all(each.done() for each in pending)
    assert len(remote.intents) == 3
    with pytest.raises(Retryable):
        await git.carry_out(intent("late", 9), scale("tokyo-1/amf", 9))


async def test_a_full_queue_sends_back_what_it_cannot_hold(remote: Remote, make: Make) -> None:
    git = make(remote.path, queue_limit=2)
    answers = await asyncio.gather(
        *(git.carry_out(intent(f"i{n}", n), scale("tokyo-1/amf", n)) for n in (1, 2, 3)), return_exceptions=True
    )
    assert [type(answer).__name__ for answer in answers] == ["Carried", "Carried", "Retryable"]
