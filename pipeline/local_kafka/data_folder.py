"""The folder a local Kafka keeps its records in: the user's own, or a temporary one that goes at the end."""

import base64
import contextlib
import fcntl
import shutil
import tempfile
import time
import uuid
from pathlib import Path
from typing import TextIO

from pipeline.kafka.not_usable import NotUsable

PREFIX = "nephoran-kafka-"
ABANDONED_AFTER_SECONDS = 60


class DataFolder:
    """One folder a node, for one Kafka at a time. Raises: NotUsable where another uses it, or had other nodes."""

    def __init__(self, data: Path | None, nodes: int) -> None:
        self.is_temporary = data is None
        if data is None:
            _remove_abandoned()
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        else:
            self.path = data.resolve()
            self.path.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(self.path)
        self._require(nodes)

    def of_node(self, number: int) -> Path:
        return self.path / f"node-{number}"

    def cluster_id(self) -> str:
        """The id its records belong to, a new one where there are none."""
        with contextlib.suppress(FileNotFoundError):
            for line in (self.of_node(1) / "data" / "meta.properties").read_text().splitlines():
                name, _, value = line.partition("=")
                if name == "cluster.id":
                    return value
        return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")

    def close(self) -> None:
        self._lock.close()
        if self.is_temporary:
            shutil.rmtree(self.path, ignore_errors=True)

    def _require(self, nodes: int) -> None:
        there = len(list(self.path.glob("node-*")))
        if there not in (0, nodes):
            self.close()
            raise NotUsable(f"{self.path} holds a Kafka with {there} brokers, not {nodes}; ask for {there}")


def _locked(folder: Path) -> TextIO:
    lock = (folder / ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise NotUsable(f"another Kafka runs on {folder}; stop it, or give another folder") from error
    return lock


def _remove_abandoned() -> None:
    """Temporary folders of processes that were killed: nobody holds their lock. New ones may not be locked yet."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError, NotUsable):
            if time.time() - folder.stat().st_mtime > ABANDONED_AFTER_SECONDS:
                with _locked(folder):
                    shutil.rmtree(folder)
