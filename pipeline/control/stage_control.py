"""What may hold up a stage: a pause, open circuits, the brake."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from pipeline.control.brake import Brake, BrakeSettings
from pipeline.control.circuits import Circuits, CircuitSettings
from pipeline.control.pause import Pause
from pipeline.control.retry import Holds


@dataclass
class StageControl:
    """The controls of one stage in one worker; the circuits are the worker's."""

    pause: Pause = field(default_factory=Pause)
    brake: Brake = field(default_factory=lambda: Brake(BrakeSettings(), lambda why: None))
    circuits: Circuits = field(default_factory=lambda: Circuits(CircuitSettings()))
    hold: Callable[[str], None] | None = None
    """Pauses the stage on every worker; without it only this worker pauses."""

    @cached_property
    def holds(self) -> Holds:
        """What the retries ask."""
        hold = self.hold or (lambda why: self.pause.begin("hold", why))
        return Holds(self.pause.until_over, self.circuits.until_worth_trying, self.circuits.give_up_seconds, hold)
