"""The far sides by name, started for a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agents.adapters.a1.settings import Dialect
from tests.contract.far_sides.a1 import open_a1
from tests.contract.far_sides.far_side import FarSide
from tests.contract.far_sides.in_memory import InMemoryFarSide

FAR_SIDES = ("in memory", *(f"a1 {dialect}" for dialect in Dialect if dialect is not Dialect.AUTO))


@asynccontextmanager
async def open_far_side(name: str, request: pytest.FixtureRequest) -> AsyncIterator[FarSide]:
    """Raises: what the test raises."""
    interface, _, kind = name.partition(" ")
    if interface == "a1":
        async with open_a1(Dialect(kind)) as a1:
            yield a1
    else:
        yield InMemoryFarSide()
