"""The far sides by name, started for a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.contract.far_sides.far_side import FarSide
from tests.contract.far_sides.in_memory import InMemoryFarSide

FAR_SIDES = ("in memory",)


@asynccontextmanager
async def open_far_side(name: str, request: pytest.FixtureRequest) -> AsyncIterator[FarSide]:
    yield InMemoryFarSide()
