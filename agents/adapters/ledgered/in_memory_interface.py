"""An interface to nothing: the values of target names in a dictionary, every change counted."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from agents.adapters.git.nephio_steps import Wish
from agents.adapters.git.target_values import Held, resolve
from agents.adapters.ledgered.interface import Pieces
from agents.domain.verdicts import Rejected
from schemas.bodies import Observation, StepTarget
from schemas.intent import Action


class InMemoryInterface:
    """An `Interface` that keeps `held` by (place, target name) and the `effects` in their order.

    `on_write` is called before and after a write takes effect ("before", "after"), and may raise.
    """

    def __init__(self, target: StepTarget = StepTarget.A1) -> None:
        self.target = target
        self.held: dict[tuple[str, str], dict[str, Any]] = {}
        self.effects: list[tuple[str, str, dict[str, Any] | None]] = []
        self.on_write: Callable[[str], None] = lambda moment: None

    def read_wish(self, step: str, content: Mapping[str, Any]) -> Wish:
        """See the port."""
        try:
            return Wish.model_validate(content)
        except ValidationError as fault:
            raise Rejected("malformed_plan", f"step {step!r}: {fault.errors()[0]['msg']}") from fault

    async def read(self, wish: Wish) -> Pieces:
        """See the port."""
        if wish.action is Action.DELETE:
            return {name: held for (place, name), held in self.held.items() if place == wish.place}
        return {name: self.held.get((wish.place, name)) for name in wish.names}

    async def read_back(self, wish: Wish, written: Pieces) -> Pieces:
        """See the port."""
        return await self.read(wish)

    def wanted(self, wish: Wish, found: Pieces) -> Pieces:
        """See the port."""
        if wish.action is Action.DELETE:
            return dict.fromkeys(found)
        held = {name: Held.model_validate(piece or {}) for name, piece in found.items()}
        for target in wish.targets:
            held[target.name] = resolve(target, held[target.name], wish.place)
        return {name: each.model_dump() for name, each in held.items()}

    def values(self, wish: Wish, pieces: Pieces) -> Mapping[str, Held]:
        """See the port."""
        return {name: Held.model_validate(piece or {}) for name, piece in pieces.items()}

    async def write(self, wish: Wish, pieces: Pieces) -> None:
        """See the port."""
        self.on_write("before")
        for name, piece in pieces.items():
            if self.held.get((wish.place, name)) == piece:
                continue
            self.effects.append((wish.place, name, piece))
            if piece is None:
                del self.held[wish.place, name]
            else:
                self.held[wish.place, name] = dict(piece)
        self.on_write("after")

    async def observe(self, wish: Wish, pieces: Pieces, age_seconds: float) -> Observation:
        """See the port."""
        return Observation(state="in_force")

    def watch_seconds(self, wish: Wish) -> float | None:
        """See the port."""
        return None
