"""The far sides by name, started for a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agents.adapters.a1.settings import Dialect
from tests.contract.far_sides.a1 import open_a1
from tests.contract.far_sides.far_side import FarSide
from tests.contract.far_sides.in_memory import InMemoryFarSide
from tests.contract.far_sides.o1 import open_o1
from tests.contract.far_sides.o2 import open_o2
from tests.contract.far_sides.porch import open_porch

FAR_SIDES = (
    "in memory",
    *(f"a1 {dialect}" for dialect in Dialect if dialect is not Dialect.AUTO),
    "o1 netconfd",
    *("o2 rest", "o2 resource"),
    "porch",
)
"""Those that see every test."""
SLOW_FAR_SIDES = ("o1 netconfd-running", "o1 test-tool")
"""Those that see what differs on them."""


@asynccontextmanager
async def open_far_side(name: str, request: pytest.FixtureRequest) -> AsyncIterator[FarSide]:
    """Raises: what the test raises."""
    interface, _, kind = name.partition(" ")
    if interface == "o1":
        async with open_o1(kind, request.getfixturevalue("tmp_path")) as o1:  # type: ignore[arg-type]
            yield o1
    elif interface == "o2":
        async with open_o2(kind, request.getfixturevalue("tmp_path")) as o2:
            yield o2
    elif interface == "porch":
        async with open_porch(request.getfixturevalue("tmp_path")) as porch:
            yield porch
    elif interface == "a1":
        async with open_a1(Dialect(kind)) as a1:
            yield a1
    else:
        yield InMemoryFarSide()
