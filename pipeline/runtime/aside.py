"""Steps aside: an event that waits long for somebody else leaves its running place in the lanes to another event.

What it waits for is no work of ours. Its key stays held, and its offset is not committed before it is done.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Places(Protocol):
    """Who gives running places out."""

    def lend(self) -> None:
        """One who has a place does not need it for a while."""

    def take_back(self) -> None:
        """The same one goes on."""


PLACES: ContextVar[Places | None] = ContextVar("places", default=None)
"""Set by whoever runs an event, for that event."""


@contextmanager
def aside() -> Iterator[None]:
    """Another event may run in the place of this one while the block waits."""
    places = PLACES.get()
    if places is None:
        yield
        return
    places.lend()
    try:
        yield
    finally:
        places.take_back()
