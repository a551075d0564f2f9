"""The policies of a stand-in, every change of which is counted: a compare-and-set store."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

Key = tuple[str, str]
"""Policy type and policy id."""


@dataclass
class Policies:
    """Policies by type and id. `enforcement_seconds` is how long after a change it is enforced; None is never.

    `changes` has every effect in its order: the key, what was there, and what is there now.
    """

    schemas: dict[str, dict[str, Any]]
    enforcement_seconds: float | None = 0.0
    held: dict[Key, dict[str, Any]] = field(default_factory=dict)
    changes: list[tuple[Key, dict[str, Any] | None, dict[str, Any] | None]] = field(default_factory=list)
    reason: str = "OTHER_REASON"
    _since: dict[Key, float] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def type_of(self, policy_id: str) -> str | None:
        """The type of the policy with this id, None where there is none."""
        with self._lock:
            return next((type_id for type_id, held_id in self.held if held_id == policy_id), None)

    def set(self, key: Key, wanted: dict[str, Any] | None) -> bool:
        """Makes it so; True where there was none before. Being so already is no effect."""
        with self._lock:
            before = self.held.get(key)
            if wanted is None:
                self.held.pop(key, None)
                self._since.pop(key, None)
            else:
                self.held[key] = wanted
                self._since.setdefault(key, time.monotonic())
            if before != wanted:
                self.changes.append((key, before, wanted))
                if wanted is not None:
                    self._since[key] = time.monotonic()
            return before is None

    def status(self, key: Key) -> dict[str, str]:
        """What is enforced of it."""
        is_enforced = (
            self.enforcement_seconds is not None and time.monotonic() - self._since[key] >= self.enforcement_seconds
        )
        if is_enforced:
            return {"enforceStatus": "ENFORCED"}
        return {"enforceStatus": "NOT_ENFORCED", "enforceReason": self.reason}
