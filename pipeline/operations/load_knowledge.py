"""Loads documents into the knowledge base, and reports what is in it."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agents.adapters.reading.files import READERS, read_passages
from agents.domain.verdicts import Retryable
from agents.retrieval.loading import Load, Loaded
from agents.retrieval.ports import Embedder, Facts
from pipeline.kafka.not_usable import NotPossible
from pipeline.runtime.knowledge_base import KINDS, Knowledge

if TYPE_CHECKING:
    from agents.retrieval.ports import Vector

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Holdings:
    """What one store holds. `unfinished` documents lack passages: a load was cut short."""

    store: str
    documents: int
    passages: int
    unfinished: int
    embedder: str
    version: str


def files_in(roots: Sequence[Path]) -> dict[Path, list[Path]]:
    """The files of each root that can be read, each once; hidden ones are left out. Raises: NotPossible."""
    found: dict[Path, list[Path]] = {}
    seen: set[Path] = set()
    for root in roots:
        if root.is_file() and root.suffix.lower() not in READERS:
            raise NotPossible(f"{root} is none of {', '.join(READERS)}: nothing was loaded")
        every = [root] if root.is_file() else sorted(path for path in root.rglob("*") if _may_be_read(path, root))
        found[root] = [path for path in every if path not in seen]
        seen.update(every)
    return found


def _may_be_read(path: Path, root: Path) -> bool:
    is_hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
    return path.suffix.lower() in READERS and not is_hidden and path.is_file()


async def load(knowledge: Knowledge, paths: Sequence[Path], progress: Progress = lambda *_: None) -> Loaded:
    """What is new or changed under these paths; where there was nothing, and without paths, the pack's documents too.

    With Weaviate the embedded store is filled beside it, to answer while Weaviate is away. Raises: NotPossible,
    Retryable, Refused.
    """
    store = knowledge.store("documents")
    roots = [path.resolve() for path in paths]
    if not roots or not await store.held():
        roots = [(knowledge.settings.knowledge.folder / "documents").resolve(), *roots]
    files = files_in(roots)
    embedder = _Remembering(knowledge.embedder) if knowledge.embedder else None
    loaded = await Load(store, embedder, read_passages, progress).run(roots, files)
    if knowledge.settings.weaviate.is_configured:
        await Load(knowledge.embedded_store("documents"), embedder, read_passages).run(roots, files)
    return loaded


async def require_loaded(knowledge: Knowledge) -> None:
    """The pack's documents, where nothing was loaded yet. A store that is unavailable stays as it is."""
    try:
        is_empty = not (await knowledge.store("documents").facts()).version
    except Retryable:
        return
    if is_empty:
        knowledge.report("nothing has been loaded yet: loading the documents of the knowledge pack, once")
        await load(knowledge, ())


async def holdings(knowledge: Knowledge) -> list[Holdings]:
    """Of every store that is set. Raises: Retryable."""
    found = []
    for kind in KINDS:
        store = knowledge.store(kind)
        held, facts = await store.held(), await store.facts()
        found.append(
            Holdings(
                store=f"{store.name} {kind}",
                documents=len(held),
                passages=sum(each.parts for each in held.values()),
                unfinished=sum(not each.digest for each in held.values()),
                embedder=facts.embedder,
                version=facts.version,
            )
        )
    return found


async def forget_caches(knowledge: Knowledge) -> None:
    """Of every process: those in memory follow within seconds. Raises: Retryable."""
    for kind in KINDS:
        store = knowledge.store(kind)
        facts = await store.facts()
        if facts.version:
            await store.set_facts(Facts(uuid.uuid4().hex, facts.embedder))
    await knowledge.clear_caches()


class _Remembering:
    """An embedder that is asked once for a text that goes to two stores."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._made: dict[str, Vector] = {}
        self.name = embedder.name

    async def embed_query(self, text: str) -> "Vector":
        return await self._embedder.embed_query(text)

    async def embed_passages(self, texts: Sequence[str]) -> "Sequence[Vector]":
        missing = [text for text in texts if text not in self._made]
        if missing:
            self._made.update(zip(missing, await self._embedder.embed_passages(missing), strict=True))
        return [self._made[text] for text in texts]
