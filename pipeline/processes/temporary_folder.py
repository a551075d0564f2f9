"""A folder that is removed with its process: at its end or, after a kill, when the next such process starts."""

import contextlib
import fcntl
import shutil
import tempfile
import time
from pathlib import Path

LOCK = ".lock"
ABANDONED_AFTER_SECONDS = 60
"""A new one may not be locked yet."""


class TemporaryFolder:
    """Its name begins with `prefix`. Folders of that prefix which nobody holds any more are removed first."""

    def __init__(self, prefix: str) -> None:
        _remove_abandoned(prefix)
        self.path = Path(tempfile.mkdtemp(prefix=prefix))
        self._lock = (self.path / LOCK).open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def remove(self) -> None:
        """It is no longer needed."""
        self._lock.close()
        shutil.rmtree(self.path, ignore_errors=True)


def _remove_abandoned(prefix: str) -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with contextlib.suppress(OSError):  # held, somebody else's, or gone meanwhile
            if time.time() - folder.stat().st_mtime > ABANDONED_AFTER_SECONDS:
                with (folder / LOCK).open("w") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder)
