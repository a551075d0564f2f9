"""What the contract of ledgered deployment targets needs of the other side of an interface, whichever it is."""

from typing import Any, Protocol

from agents.adapters.ledgered.interface import Interface
from schemas.bodies import IntentPlanned


class FarSide(Protocol):
    """One interface with what is behind it. Values are whole numbers of one target name of one object."""

    @property
    def interface(self) -> Interface[Any]:
        """The adapter, connected."""

    def plan(self, value: float, condition: str = "equals", place: str = ...) -> IntentPlanned:
        """A plan that wishes so; `place` is `site/object`."""

    async def held(self, place: str = ...) -> float | None:
        """What the other side holds now, asked there and not through the adapter."""

    async def set_by_hand(self, value: float) -> None:
        """Somebody changes it behind our back."""

    async def effects(self) -> int:
        """How often it changed."""

    async def fail(self, how: str) -> None:
        """What happens to the next changes, once: `refused`, `unavailable` or `cut` (done, but not answered)."""
