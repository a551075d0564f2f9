"""The double: a dictionary."""

from agents.adapters.ledgered.in_memory_interface import InMemoryInterface
from agents.domain.verdicts import Failed, Retryable
from schemas.bodies import IntentPlanned, StepTarget
from tests.unit.git.requests import plan, step, target

PLACE = "tokyo-1/du-7"


class InMemoryFarSide:
    """Values of `load_threshold` in a dictionary."""

    def __init__(self) -> None:
        self.interface = InMemoryInterface()

    def plan(self, value: float, condition: str = "equals", place: str = PLACE) -> IntentPlanned:
        wished = target("load_threshold", condition, value)
        return plan(step("configure", place, wished, type="du", to=StepTarget.A1))

    async def held(self, place: str = PLACE) -> float | None:
        piece = self.interface.held.get((place, "load_threshold"))
        return None if piece is None else float(piece["value"])

    async def set_by_hand(self, value: float) -> None:
        self.interface.held[PLACE, "load_threshold"] = {"value": value}

    async def effects(self) -> int:
        return len(self.interface.effects)

    async def fail(self, how: str) -> None:
        moment = "after" if how == "cut" else "before"

        def fault(now: str) -> None:
            if now != moment:
                return
            self.interface.on_write = lambda moment: None
            if how == "refused":
                raise Failed("refused_by_interface", "it does not want it")
            raise Retryable("it does not answer", dependency="a1")

        self.interface.on_write = fault
