"""Files into a store: what is new or changed, not what is there already; what is gone is removed.

The same command continues an interrupted load: a document counts once all of its passages are there.
"""

import asyncio
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from agents.retrieval.passages import Held, Passage
from agents.retrieval.ports import Embedder, Facts, PassageStore, Refused
from agents.retrieval.reading import UnreadableFile

Read = Callable[[Path, str, str], list[Passage]]
"""A file, the name of its document and its digest, to passages. Raises: UnreadableFile, OSError."""
Progress = Callable[[int, int], None]
"""Takes how many files are done, of how many."""
_BATCH_PASSAGES = 32
_BATCH_SECONDS = 0.5
"""What was read waits no longer than this for its batch to fill."""
_CUT = b"2"
"""Changed with the way files are cut, so that a load cuts them again."""


@dataclass
class Loaded:
    """What a load did, in documents. `faults` are files that could not be read, and why."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    passages: int = 0
    faults: list[str] = field(default_factory=list)


class Load:
    """One run over files and folders."""

    def __init__(
        self, store: PassageStore, embedder: Embedder | None, read: Read, progress: Progress = lambda *_: None
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._read = read
        self._progress = progress
        self._loaded = Loaded()
        self._batch: list[Passage] = []
        self._batch_since = 0.0
        self._names: dict[str, Path] = {}

    async def run(self, roots: Sequence[Path], files: Mapping[Path, Sequence[Path]]) -> Loaded:
        """`files` are those of each root. Raises: Retryable, Refused where the vectors there are another embedder's."""
        held = await self._store.held()
        await self._begin(is_empty=not held)
        by_path = {each.path: document for document, each in held.items()}
        total, done = sum(map(len, files.values())), 0
        for root in roots:
            for file in files[root]:
                await self._take(file, root, held, by_path)
                done += 1
                self._progress(done, total)
        await self._flush()
        await self._remove_gone(roots, files, held)
        if self._loaded.added or self._loaded.changed or self._loaded.removed:
            await self._store.set_facts(Facts(uuid.uuid4().hex, self._embedder_name))
        return self._loaded

    @property
    def _embedder_name(self) -> str:
        return self._embedder.name if self._embedder else ""

    async def _begin(self, is_empty: bool) -> None:
        facts = await self._store.facts()
        if is_empty and facts.embedder != self._embedder_name:
            await self._store.set_facts(Facts(uuid.uuid4().hex, self._embedder_name))
        elif not is_empty and facts.embedder != self._embedder_name:
            raise Refused(
                f"the knowledge base has vectors of {facts.embedder or 'nobody'}, the embedder set is "
                f"{self._embedder_name or 'none'}: `nephoran knowledge migrate` recreates them",
            )

    async def _take(self, file: Path, root: Path, held: Mapping[str, Held], by_path: Mapping[str, str]) -> None:
        try:
            digest = await asyncio.to_thread(_digest_of, file)
            known = by_path.get(str(file))
            if known is not None and held[known].digest == digest:
                self._loaded.unchanged += 1
                return
            passages = await asyncio.to_thread(self._read, file, known or _name_of(file, root), digest)
            document = self._own_name(passages[0].document, file)
        except (UnreadableFile, OSError) as fault:
            self._loaded.faults.append(f"{file}: {fault}")
            return
        await self._add([replace(each, document=document) for each in passages])
        if known is not None and known != document:
            await self._store.remove({known})
        if document in held:
            self._loaded.changed += 1
        else:
            self._loaded.added += 1

    def _own_name(self, name: str, file: Path) -> str:
        """Raises: UnreadableFile where another file of this load goes by it."""
        if self._names.setdefault(name, file) != file:
            raise UnreadableFile(f"its document would be named {name!r}, as that of {self._names[name]} is")
        return name

    async def _add(self, passages: list[Passage]) -> None:
        self._batch_since = self._batch_since if self._batch else time.monotonic()
        self._batch += passages
        if len(self._batch) >= _BATCH_PASSAGES or time.monotonic() - self._batch_since >= _BATCH_SECONDS:
            await self._flush()

    async def _flush(self) -> None:
        batch, self._batch = self._batch, []
        if not batch:
            return
        vectors = None
        if self._embedder is not None:
            vectors = [
                vector
                for start in range(0, len(batch), _BATCH_PASSAGES)
                for vector in await self._embedder.embed_passages(
                    [each.meaning for each in batch[start : start + _BATCH_PASSAGES]]
                )
            ]
        await self._store.put(batch, vectors)
        self._loaded.passages += len(batch)

    async def _remove_gone(
        self, roots: Iterable[Path], files: Mapping[Path, Sequence[Path]], held: Mapping[str, Held]
    ) -> None:
        there = {str(file) for each in files.values() for file in each}
        gone = {
            document
            for document, each in held.items()
            if document not in self._names
            and each.path not in there
            and any(Path(each.path).is_relative_to(root) for root in roots)
        }
        if gone:
            await self._store.remove(gone)
            self._loaded.removed += len(gone)


def _digest_of(file: Path) -> str:
    return sha256(_CUT + file.read_bytes()).hexdigest()


def _name_of(file: Path, root: Path) -> str:
    """`folder/part/file.pdf` of a folder, `file.pdf` of a file on its own."""
    return file.name if file == root else f"{root.name}/{file.relative_to(root).as_posix()}"
