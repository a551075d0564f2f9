"""A folder that only this process uses: the first of `name-0`, `name-1`, … that no other process holds."""

import fcntl
import os
from itertools import count
from pathlib import Path

from agents.domain.verdicts import Retryable


class Slot:
    """The lock lies beside the folder, so that the folder may be deleted; it ends with the process at the latest."""

    def __init__(self, root: Path, name: str) -> None:
        self._root = root
        self._name = name
        self._lock: int | None = None
        self._number = 0

    def folder(self) -> Path:
        """The folder, claimed at the first call; it need not exist. Raises: Retryable."""
        if self._lock is None:
            self._claim()
        return self._root / f"{self._name}-{self._number}.git"

    def release(self) -> None:
        """Lets others have the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _claim(self) -> None:
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            for number in count():
                lock = os.open(self._root / f"{self._name}-{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(lock)
                    continue
                self._lock, self._number = lock, number
                return
        except OSError as fault:
            raise Retryable(
                f"the cache folder {self._root} cannot be used ({fault}): make room there or set another folder",
                dependency="git",
                delay_seconds=5,
            ) from fault
