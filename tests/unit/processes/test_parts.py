"""The parts of a process end whatever becomes of any of them, and the first cause is what is told."""

from collections.abc import Awaitable, Callable

import pytest

from pipeline.processes.parts import Parts


async def run_and_end(ended: list[str], cause: Exception | None) -> None:
    """Three parts, none of which ends in order."""

    def failing(name: str) -> Callable[[], Awaitable[None]]:
        async def end() -> None:
            ended.append(name)
            raise OSError(name)

        return end

    async with Parts() as parts:
        for name in ("first", "second", "third"):
            parts.add(name, failing(name))
        if cause:
            raise cause


async def test_a_part_that_does_not_end_keeps_no_other_from_its_end_and_does_not_hide_the_cause() -> None:
    ended: list[str] = []
    with pytest.raises(RuntimeError, match="the cause"):
        await run_and_end(ended, RuntimeError("the cause"))
    assert ended == ["third", "second", "first"]


async def test_where_there_was_no_other_cause_the_first_failure_to_end_is_told() -> None:
    ended: list[str] = []
    with pytest.raises(OSError, match="third"):
        await run_and_end(ended, None)
    assert ended == ["third", "second", "first"]
