"""What goes wrong in a run, and when: drawn from its seed, so that a run can be done again."""

import random
from dataclasses import dataclass
from typing import Literal

Kind = Literal["kill", "freeze", "cut", "broker", "dismiss"]
TAKES_SECONDS: dict[Kind, float] = {"kill": 16.0, "freeze": 14.0, "cut": 14.0, "broker": 9.0, "dismiss": 5.0}
"""How long the next fault waits, so that a takeover is measured of one fault and not of two."""
KINDS: tuple[Kind, ...] = ("kill", "freeze", "cut", "broker", "dismiss")
CALM_SECONDS = 10.0
"""How much longer a kill waits: a group that loses its coordinator, and then a member that had joined anew, waits for
two sessions."""
LEAST_WARM_UP_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Fault:
    """`kill` or `dismiss` a worker (another joins), `freeze` one beyond its session, `cut` one off from
    Kafka for as long, kill and restart a `broker`."""

    kind: Kind
    at_seconds: float
    victim: int

    def __str__(self) -> str:
        return f"{self.kind} at {self.at_seconds:.1f} s"


def plan_of_faults(seed: int, kinds: tuple[Kind, ...] = KINDS) -> list[Fault]:
    """Each kind once, in an order of the seed's; `victim` is to be taken modulo the number of candidates."""
    chance = random.Random(seed)
    faults = []
    at = LEAST_WARM_UP_SECONDS + chance.uniform(0, 2)
    for kind in chance.sample(kinds, len(kinds)):
        if kind == "kill" and faults:
            at += CALM_SECONDS
        faults.append(Fault(kind, at, chance.randrange(1_000)))
        at += TAKES_SECONDS[kind] + chance.uniform(0, 1)
    return faults


def length_of(faults: list[Fault]) -> float:
    """Seconds of traffic that they need."""
    return max((fault.at_seconds + TAKES_SECONDS[fault.kind] for fault in faults), default=5.0)
