"""What a run came to, told from where the effects landed and from `intents.status`, never from our own logs."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from schemas.status import count_books
from tests.chaos.effect_store import Effect

MOST_TAKEOVER_SECONDS = 15.0
MOST_MISFITS = 10
"""Of a history that does not fit the model, so many are told."""


@dataclass(frozen=True)
class Findings:
    """The figures of one run.

    `longest_takeover_seconds` is from a SIGKILL until the last key was worked on again, be it with what had been done
    and not been committed; `longest_catch_up_seconds` until the last had a new effect.
    """

    engine: str
    flow: str
    seed: int
    intents: int
    lost: int
    doubled: int
    order_violations: int
    older_over_newer: int
    zombie_effects: int
    refused_effects: int
    repeated_ends: int
    longest_takeover_seconds: float
    longest_catch_up_seconds: float
    books: Mapping[str, int]
    misfits: tuple[str, ...]
    faults: tuple[str, ...]
    incidents: tuple[str, ...]
    seconds: float

    @property
    def violations(self) -> list[str]:
        """The promises that were broken, in words."""
        checks = {
            f"{self.lost} intents lost": self.lost,
            f"{self.doubled} effects doubled": self.doubled,
            f"{self.order_violations} effects out of the order of their key": self.order_violations,
            f"{self.older_over_newer} older values over newer ones": self.older_over_newer,
            f"{self.zombie_effects} effects of workers whose session was over": self.zombie_effects,
            f"a takeover of {self.longest_takeover_seconds:.1f} s": self.longest_takeover_seconds
            > MOST_TAKEOVER_SECONDS,
            f"books that do not balance: {dict(self.books)}": self.books != _balanced(self.intents),
        }
        return [*(words for words, is_broken in checks.items() if is_broken), *self.misfits[:MOST_MISFITS]]

    def as_data(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self) | {"violations": self.violations}


def _balanced(intents: int) -> dict[str, int]:
    books = count_books(())
    return books | {"received": intents, "deployed": intents}


def count_lost(numbers: Mapping[str, int], effects: Sequence[Effect]) -> int:
    """Acknowledged intents without an effect."""
    return len(numbers.keys() - {effect.intent_id for effect in effects})


def count_doubled(effects: Sequence[Effect]) -> int:
    """Effects beyond the first of their intent."""
    return sum(count - 1 for count in Counter(effect.intent_id for effect in effects).values())


def count_out_of_order(effects: Sequence[Effect]) -> int:
    """First effects of an intent that landed after one of a later number of the same key."""
    newest: dict[str, int] = {}
    seen: set[str] = set()
    count = 0
    for effect in effects:
        if effect.intent_id not in seen:
            count += effect.number < newest.get(effect.key, -1)
            newest[effect.key] = max(effect.number, newest.get(effect.key, -1))
        seen.add(effect.intent_id)
    return count


def count_older_over_newer(effects: Sequence[Effect]) -> int:
    """Effects, repeated ones too, that overwrote a value of a later number."""
    held: dict[str, int] = {}
    count = 0
    for effect in effects:
        count += effect.number < held.get(effect.key, -1)
        held[effect.key] = effect.number
    return count


def count_of_zombies(effects: Sequence[Effect], frozen: Mapping[int, float], session_seconds: float) -> int:
    """Effects that a worker had begun before it was frozen and was let to carry out when its session was over.

    One that is stopped between the permission and the effect lands late, whatever a fence does: the target's
    compare-and-set holds it back where somebody has gone on, and its ledger from doing it twice.
    """
    return sum(
        effect.begun <= frozen[effect.worker] and effect.permitted > frozen[effect.worker] + session_seconds
        for effect in effects
        if effect.worker in frozen
    )


def longest_takeover(work: Sequence[tuple[str, float]], kills: Sequence[float]) -> float:
    """Seconds from a kill until each key that had been worked on was taken up again; the longest of all of them.

    `work` is what was begun: its key, and when. Infinite where nothing was: nothing was seen of a takeover then.
    """
    longest = 0.0
    for killed_at in kills:
        before = {key for key, at in work if at <= killed_at}
        again: dict[str, float] = {}
        for key, at in work:
            if key in before and at > killed_at:
                again[key] = min(at - killed_at, again.get(key, math.inf))
        longest = max([longest, *again.values()]) if again else math.inf
    return longest
