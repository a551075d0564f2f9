"""Steps aside: an event that waits long for a dependency gives up its running place in the lanes to another event.

Its key stays held, and its offset is not committed before it is done.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Places(Protocol):
    """Gives out running places."""

    def lend(self) -> None:
        """The holder of a place does not need it for a while."""

    def take_back(self) -> None:
        """It continues."""


PLACES: ContextVar[Places | None] = ContextVar("places", default=None)
"""Set for each event by the code that runs it."""


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
