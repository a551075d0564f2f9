"""How long faults are waited out, and what is no attempt."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from agents.domain.verdicts import OnHold, Rejected, Retryable
from pipeline.control.pause import Pause
from pipeline.control.retry import Holds, with_retries


def holds(pause: Pause | None = None, limit_seconds: float = 60.0) -> Holds:
    async def soon(endpoint: str, seconds: float) -> None:
        await asyncio.sleep(0.05)

    return Holds((pause or Pause()).until_over, soon, limit_seconds)


def after(failures: int, error: Exception) -> Callable[[], Awaitable[str]]:
    """Work that succeeds after so many failures."""
    left = [error] * failures

    async def work() -> str:
        if left:
            raise left.pop()
        return "done"

    return work


def away(*, was_tried: bool) -> Retryable:
    return Retryable("no answer", dependency="store", was_tried=was_tried)


async def test_waiting_for_an_open_circuit_is_no_attempt_and_no_part_of_the_time_for_retries() -> None:
    retries: list[BaseException] = []
    work = after(20, away(was_tried=False))
    assert await with_retries(work, 0.2, retries.append, holds()) == "done"
    assert retries == []


async def test_faults_are_tried_again_until_the_time_is_over_and_name_what_did_not_heal() -> None:
    with pytest.raises(Rejected, match="store did not recover within") as rejected:
        await with_retries(after(1_000, away(was_tried=True)), 0.1, lambda error: None, holds())
    assert rejected.value.reason == "retries_exhausted"


async def test_an_endpoint_that_stays_away_is_given_up_after_the_limit() -> None:
    with pytest.raises(Rejected) as rejected:
        await with_retries(after(1_000, away(was_tried=False)), 60, lambda error: None, holds(limit_seconds=0.2))
    assert rejected.value.reason == "dependency_unavailable"


async def test_a_paused_stage_tries_nothing_again_and_goes_on_with_the_time_it_had() -> None:
    pause = Pause()
    work = after(1, ZeroDivisionError("a bug"))

    def pause_it(error: BaseException) -> None:
        pause.begin("test", "maintenance")

    running = asyncio.create_task(with_retries(work, 60, pause_it, holds(pause)))
    done, _ = await asyncio.wait({running}, timeout=1)
    assert not done
    pause.end("test")
    assert await running == "done"


async def test_what_an_operator_must_decide_pauses_the_stage_and_is_tried_again_once_it_is_resumed() -> None:
    pause = Pause()
    held = Holds(pause.until_over, holds().until_worth_trying, 60.0, lambda why: pause.begin("hold", why))
    running = asyncio.create_task(
        with_retries(after(1, OnHold("the repository is empty now")), 0.1, lambda error: None, held)
    )
    done, _ = await asyncio.wait({running}, timeout=0.5)
    assert not done
    assert pause.why == "the repository is empty now"
    pause.end("hold")
    assert await running == "done"
