"""What a ledgered deployment target asks of an interface (A1, O1, O2, Porch). An interface knows nothing of ledgers."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from agents.adapters.git.nephio_steps import Wish
from agents.adapters.git.target_values import Held
from schemas.bodies import Observation, StepTarget

Piece = dict[str, Any] | None
"""What an interface holds under one key, as plain data; None where there is nothing."""
Pieces = Mapping[str, Piece]
"""By key: a key names one thing that is set on its own (a policy, the leaves of one target, one objective)."""
WishT = TypeVar("WishT", bound=Wish)


class Interface(Protocol[WishT]):
    """One interface to the network. All it does follows from the wish, so that doing it again is harmless."""

    @property
    def target(self) -> StepTarget:
        """Which interface it is."""

    def read_wish(self, step: str, content: Mapping[str, Any]) -> WishT:
        """The content of the step. Raises: Rejected `malformed_plan`, Declined `unsupported`."""

    async def read(self, wish: WishT) -> Pieces:
        """What is there now, under every key the wish touches.

        Raises: Declined `unsupported` where the interface cannot hold such a thing, Failed, Retryable.
        """

    async def read_back(self, wish: WishT, written: Pieces) -> Pieces:
        """What is there now, as it was `written` where the interface itself has made it of that. Raises: as `read`."""

    def wanted(self, wish: WishT, found: Pieces) -> Pieces:
        """What is to be, under the same keys; relative wishes count from what was found. Pure.

        Raises: Declined `infeasible`.
        """

    def values(self, wish: WishT, pieces: Pieces) -> Mapping[str, Held]:
        """What the pieces hold by target name, for guardrails and reports. Pure."""

    async def write(self, wish: WishT, pieces: Pieces) -> None:
        """Makes it so, None by removing; what is so already is left alone. Done, or not known to be done, at its end.

        Raises: Declined or Failed where it is refused, Retryable where it may or may not be done.
        """

    async def observe(self, wish: WishT, pieces: Pieces, age_seconds: float) -> Observation:
        """One look whether it is in force, so long after it was written. Raises: Retryable."""

    def watch_seconds(self, wish: WishT) -> float | None:
        """How long it may take to come into force; None where writing has seen to that."""
