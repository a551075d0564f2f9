"""Maintains collections in Weaviate: its own backups, and a new collection next to the old one behind the alias."""

import asyncio
import re
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from weaviate import WeaviateAsyncClient
from weaviate.backup.backup import BackupStorage
from weaviate.classes.data import DataObject
from weaviate.classes.query import MetadataQuery
from weaviate.collections import CollectionAsync
from weaviate.exceptions import UnexpectedStatusCodeError, WeaviateBaseError

from agents.adapters.weaviate.collections import (
    BY_WORDS,
    collection_behind,
    facts_of_description,
    facts_to_description,
    make_collection,
    physical_name,
    version_of,
)
from agents.adapters.weaviate.connection import DEPENDENCY, WeaviateConnection, translated
from agents.domain.verdicts import Retryable
from agents.retrieval.keeping import Migrated, Progress
from agents.retrieval.passages import Passage
from agents.retrieval.ports import Embedder, Facts, Refused

_BATCH = 32
_TELLING_SCORE = 0.01
"""Weaviate 1.35 gives every passage a score near 0 for a word that stands in all of them, in no certain order."""
_SETTLING_SECONDS, _LOOK_SECONDS = 150.0, 2.0
"""What was just written is not found by all of its words until it was flushed, a minute after the last write."""
_SAMPLES = 20
"""Passages that a migration looks up by words and by meaning in the new collection before it serves."""


class WeaviateKeeper:
    """Of the collection behind one alias. `backend` is the server's module for copies: filesystem, s3, gcs, azure."""

    def __init__(self, connection: WeaviateConnection, alias: str, backend: str) -> None:
        self._connection = connection
        self._alias = alias
        self._backend = BackupStorage(backend)

    async def back_up(self, name: str) -> str:
        """Of the collection that serves. Raises: Refused, Retryable."""
        with translated("make a backup"):
            client = await self._connection.client()
            serving = await collection_behind(client, self._alias)
            backup = self._id_of(name)
            try:
                made = await client.backup.create(
                    backup_id=backup,
                    backend=self._backend,
                    include_collections=[serving],
                    wait_for_completion=True,
                )
            except UnexpectedStatusCodeError as fault:
                if fault.status_code != 422:
                    raise
                raise Refused(f"Weaviate does not make the backup {backup}: {_said(fault)}") from fault
            return f"{made.path} on the server"

    async def restore(self, name: str, *, may_replace: bool) -> None:
        """With its alias. Raises: Refused, Retryable.

        Nothing is taken away before the copy is known to be there.
        """
        with translated("restore the backup"):
            client = await self._connection.client()
            backup = self._id_of(name)
            await self._require_there(client, backup)
            there = [each for each in await client.collections.list_all() if self._is_ours(each)]
            counts = [await _count(client.collections.use(each)) for each in there]
            if any(counts) and not may_replace:
                raise Refused(
                    f"{', '.join(there)} hold passages: --replace replaces all of them with the copy",
                )
            await client.alias.delete(alias_name=self._alias)
            for each in there:
                await client.collections.delete(each)
            restored = await client.backup.restore(
                backup_id=backup, backend=self._backend, wait_for_completion=True, overwrite_alias=True
            )
            [serving] = [each for each in restored.collections if self._is_ours(each)]
            if await client.alias.get(alias_name=self._alias) is None:
                await client.alias.create(alias_name=self._alias, target_collection=serving)

    async def _require_there(self, client: WeaviateAsyncClient, backup: str) -> None:
        try:
            status = await client.backup.get_create_status(backup_id=backup, backend=self._backend)
        except UnexpectedStatusCodeError as fault:
            raise Refused(f"there is no backup {backup}: {_said(fault)}") from fault
        if status.status.value != "SUCCESS":
            raise Refused(f"the backup {backup} is {status.status.value}: nothing was replaced")

    def _id_of(self, name: str) -> str:
        return f"{self._alias}-{name}".lower()

    def _is_ours(self, collection: str) -> bool:
        return re.fullmatch(rf"{re.escape(self._alias)}_v\d+", collection) is not None

    async def migrate(self, embedder: Embedder | None, progress: Progress) -> Migrated:
        """Fills a new collection, compares it with the old one, points the alias to it. Raises: Refused, Retryable."""
        with translated("migrate"):
            client = await self._connection.client()
            before = await collection_behind(client, self._alias)
            new = physical_name(self._alias, version_of(before) + 1)
            await client.collections.delete(new)  # of a migration that was cut short, or gone back from
            await make_collection(client, new)
            old, fresh = client.collections.use(before), client.collections.use(new)
            facts = await _facts_of(old)
            name = embedder.name if embedder else ""
            count = await _copy(old, fresh, None if facts.embedder == name else embedder, bool(name), progress)
            await _require_alike(old, fresh)
            if await _facts_of(old) != facts or await _count(old) != count:
                raise Refused("somebody loaded meanwhile: the old collection serves; run it again")
            await fresh.config.update(description=facts_to_description(Facts(uuid.uuid4().hex, name)))
            await self._point_to(client, new)
            return Migrated(new, before, count)

    async def go_back(self) -> Migrated:
        """To the collection before the one that serves. Raises: Refused, Retryable."""
        with translated("go back"):
            client = await self._connection.client()
            serving = await collection_behind(client, self._alias)
            before = physical_name(self._alias, version_of(serving) - 1)
            if not await client.collections.exists(before):
                raise Refused(f"there is no {before}: {serving} keeps serving")
            old = client.collections.use(before)
            facts = await _facts_of(old)
            await old.config.update(description=facts_to_description(Facts(uuid.uuid4().hex, facts.embedder)))
            await self._point_to(client, before)
            return Migrated(before, serving, await _count(old))

    async def _point_to(self, client: WeaviateAsyncClient, collection: str) -> None:
        await client.alias.update(alias_name=self._alias, new_target_collection=collection)
        found = await client.alias.get(alias_name=self._alias)
        if found is None or found.collection != collection:
            raise Retryable(f"the alias {self._alias} does not point to {collection}", dependency=DEPENDENCY)


async def _copy(
    old: CollectionAsync, fresh: CollectionAsync, embedder: Embedder | None, has_vectors: bool, progress: Progress
) -> int:
    """With the vectors that are there, or with new ones of the embedder where one is given."""
    total, done = await _count(old), 0
    async for batch in _batches(old):
        vectors: Sequence[Any] = [each.vector.get("default") if has_vectors else None for each in batch]
        if embedder is not None:
            vectors = [vector.tolist() for vector in await embedder.embed_passages(list(map(_meaning, batch)))]
        objects = [
            DataObject(properties=each.properties, uuid=each.uuid, vector=vector)
            for each, vector in zip(batch, vectors, strict=True)
        ]
        answer = await fresh.data.insert_many(objects)
        if answer.has_errors:
            raise Retryable(f"Weaviate did not accept {len(answer.errors)} passages", dependency=DEPENDENCY)
        done += len(batch)
        progress(done, total)
    return done


async def _batches(collection: CollectionAsync) -> AsyncIterator[list[Any]]:
    batch: list[Any] = []
    async for each in collection.iterator(include_vector=True):
        batch.append(each)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _require_alike(old: CollectionAsync, fresh: CollectionAsync) -> None:
    """Raises: Refused where counts differ, or sample passages are not found in the new collection as in the old one."""
    counts = [await _count(each) for each in (old, fresh)]
    if counts[0] != counts[1]:
        raise Refused(f"{counts[1]} of {counts[0]} passages arrived: the old collection serves")
    step = max(1, counts[0] // _SAMPLES)
    for offset in range(0, counts[0], step):
        [sample] = (await old.query.fetch_objects(limit=1, offset=offset)).objects
        copy = await fresh.query.fetch_object_by_id(sample.uuid, include_vector=True)
        if copy is None or copy.properties != sample.properties:
            raise Refused(f"{sample.properties['document']} did not arrive as it was")
        words = str(sample.properties["title"])
        is_found = sample.uuid in await _found_by_words(old, words)
        if is_found and not await _is_in_time_found_by_words(fresh, words, sample.uuid):
            raise Refused(f"{sample.properties['document']} is not found by {words!r} any more")
        vector = copy.vector.get("default")
        near = (await fresh.query.near_vector(vector, limit=10)).objects if vector else [copy]
        if sample.uuid not in [each.uuid for each in near]:
            raise Refused(f"{sample.properties['document']} is not found by its own vector")


async def _is_in_time_found_by_words(collection: CollectionAsync, words: str, passage: UUID) -> bool:
    """Asked again for as long as Weaviate may not have settled."""
    until = time.monotonic() + _SETTLING_SECONDS
    while passage not in await _found_by_words(collection, words):
        if time.monotonic() > until:
            return False
        await asyncio.sleep(_LOOK_SECONDS)
    return True


async def _found_by_words(collection: CollectionAsync, words: str) -> set[UUID]:
    found = await collection.query.bm25(
        words, query_properties=BY_WORDS, limit=10, return_metadata=MetadataQuery(score=True)
    )
    return {each.uuid for each in found.objects if (each.metadata.score or 0.0) > _TELLING_SCORE}


async def _facts_of(collection: CollectionAsync) -> Facts:
    return facts_of_description((await collection.config.get(simple=True)).description)


async def _count(collection: CollectionAsync) -> int:
    return (await collection.aggregate.over_all(total_count=True)).total_count or 0


def _meaning(each: Any) -> str:
    fields = each.properties
    return Passage(
        "", fields["title"], "", fields["text"], tuple(fields["subjects"] or ()), tuple(fields["keywords"] or ())
    ).meaning


def _said(fault: WeaviateBaseError) -> str:
    return " ".join(str(fault.message).split())[:300]
