"""A store of passages in Weaviate: BM25, HNSW vectors, or its hybrid of both."""

import asyncio
import time
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from weaviate.classes.data import DataObject
from weaviate.classes.query import Filter, HybridFusion, MetadataQuery
from weaviate.collections import CollectionAsync

from agents.adapters.weaviate.collections import (
    BY_WORDS,
    collection_behind,
    facts_of_description,
    facts_to_description,
    id_of,
)
from agents.adapters.weaviate.connection import DEPENDENCY, WeaviateConnection, translated
from agents.adapters.weaviate.stems import query_words, stems_of
from agents.domain.ports import Ranking
from agents.domain.verdicts import Retryable
from agents.retrieval.fusion import score_of_relevance
from agents.retrieval.passages import Held, Passage, beginning, held_of
from agents.retrieval.ports import Facts
from schemas.bodies import Citation

if TYPE_CHECKING:
    from agents.retrieval.ports import Vector

_CITED = ["document", "title", "source", "text"]
_HELD = ["document", "path", "digest", "number", "parts"]
_BATCH = 200
_FEWEST_CANDIDATES, _CANDIDATES_EACH = 20, 4
"""Passages asked for: several may be of one document, and a document is cited once."""
_WORDS_SHARE = 0.3
"""Of a hybrid score; the rest is the vector's (`nephoran knowledge evaluate`)."""
_FACTS_SECONDS = 5.0
"""How long the facts are believed: they change with a load or a migration."""


class WeaviatePassageStore:
    """The passages behind one alias. Readers go on through a migration: they ask the alias each time."""

    name = "weaviate"

    def __init__(self, connection: WeaviateConnection, alias: str) -> None:
        self._connection = connection
        self._alias = alias
        self._known = False
        self._facts: tuple[float, Facts] | None = None

    async def find(self, query: str, vector: "Vector | None", limit: int, ranking: Ranking) -> tuple[Citation, ...]:
        """At most `limit` documents by their best passage, best first, `score` 0..1. Raises: Retryable."""
        words = query_words(query)
        if limit < 1 or (not words and ranking is Ranking.KEYWORDS):
            return ()
        with translated("search"):
            async with asyncio.timeout(self._connection.query_seconds):
                objects = await self._ask(await self._readable(), words, vector, limit, ranking)
        best: dict[str, Citation] = {}
        for each in objects:
            best.setdefault(each.properties["document"], _citation(each, ranking))
        return tuple(best.values())[:limit]

    async def _ask(
        self, passages: CollectionAsync, words: str, vector: "Vector | None", limit: int, ranking: Ranking
    ) -> list[Any]:
        count = max(_FEWEST_CANDIDATES, limit * _CANDIDATES_EACH)
        scored = MetadataQuery(score=True, distance=True)
        options: dict[str, Any] = {"limit": count, "return_properties": _CITED, "return_metadata": scored}
        if ranking is Ranking.VECTORS or not words:
            if vector is None:
                return []
            return list((await passages.query.near_vector(vector.tolist(), **options)).objects)
        if ranking is Ranking.KEYWORDS or vector is None:
            return list((await passages.query.bm25(words, query_properties=BY_WORDS, **options)).objects)
        answer = await passages.query.hybrid(
            words,
            vector=vector.tolist(),
            alpha=1 - _WORDS_SHARE,
            query_properties=BY_WORDS,
            fusion_type=HybridFusion.RELATIVE_SCORE,
            **options,
        )
        return list(answer.objects)

    async def put(self, passages: Sequence[Passage], vectors: "Sequence[Vector] | None") -> None:
        """Whole documents, in the place of what was held under their names. Raises: Retryable.

        The new passages come first, so that a reader always finds the document; what was there before goes last.
        """
        put = uuid.uuid4().hex
        with translated("take passages"):
            collection = await self._writable()
            for start in range(0, len(passages), _BATCH):
                batch = range(start, min(start + _BATCH, len(passages)))
                answer = await collection.data.insert_many(
                    [_object(passages[each], vectors[each] if vectors is not None else None, put) for each in batch]
                )
                if answer.has_errors:
                    first = next(iter(answer.errors.values())).message
                    raise Retryable(
                        f"Weaviate did not accept {len(answer.errors)} passages: {first}", dependency=DEPENDENCY
                    )
            documents = {each.document for each in passages}
            await _delete(collection, documents, Filter.by_property("put").not_equal(put))

    async def remove(self, documents: Collection[str]) -> None:
        """Raises: Retryable."""
        with translated("remove passages"):
            await _delete(await self._writable(), documents)

    async def held(self) -> Mapping[str, Held]:
        """The documents, by name. Raises: Retryable."""
        with translated("list its passages"):
            collection = await self._writable()
            return held_of([_held(each.properties) async for each in collection.iterator(return_properties=_HELD)])

    async def facts(self) -> Facts:
        """At most some seconds old. Raises: Retryable."""
        now = time.monotonic()
        if self._facts is None or now - self._facts[0] > _FACTS_SECONDS:
            with translated("tell its schema"):
                async with asyncio.timeout(self._connection.query_seconds):
                    config = await (await self._writable()).config.get(simple=True)
            self._facts = (now, facts_of_description(config.description))
        return self._facts[1]

    async def set_facts(self, facts: Facts) -> None:
        """Raises: Retryable."""
        with translated("change its schema"):
            await (await self._writable()).config.update(description=facts_to_description(facts))
        self._facts = None

    async def close(self) -> None:
        """End the connections."""
        await self._connection.close()

    async def _readable(self) -> CollectionAsync:
        client = await self._connection.client()
        if not self._known:
            await collection_behind(client, self._alias)
            self._known = True
        return client.collections.use(self._alias)

    async def _writable(self) -> CollectionAsync:
        """The collection itself: what is written goes to the one that serves now."""
        client = await self._connection.client()
        return client.collections.use(await collection_behind(client, self._alias))


def _not_taken(errors: Mapping[int, Any]) -> Retryable:
    first = next(iter(errors.values())).message
    return Retryable(f"Weaviate did not accept {len(errors)} passages: {first}", dependency=DEPENDENCY)


async def _delete(collection: CollectionAsync, documents: Iterable[str], further: Any = None) -> None:
    """In turns, for one deletion takes a bounded number of objects."""
    names = sorted(documents)
    for start in range(0, len(names), _BATCH):
        where = Filter.by_property("document").contains_any(names[start : start + _BATCH])
        where = where & further if further is not None else where
        while (await collection.data.delete_many(where=where)).matches:
            pass


def _object(each: Passage, vector: "Vector | None", put: str) -> DataObject[Any, None]:
    properties = {
        "document": each.document,
        "path": each.path,
        "digest": each.digest,
        "put": put,
        "number": each.number,
        "parts": each.parts,
        "source": each.source,
        "title": each.title,
        "subjects": list(each.subjects),
        "keywords": list(each.keywords),
        "text": each.text,
        "title_stems": stems_of(each.title),
        "keywords_stems": stems_of(" ".join(each.keywords)),
        "text_stems": stems_of(each.text),
    }
    return DataObject(properties=properties, uuid=id_of(each), vector=vector.tolist() if vector is not None else None)


def _citation(each: Any, ranking: Ranking) -> Citation:
    fields, metadata = each.properties, each.metadata
    if ranking is Ranking.KEYWORDS:
        score = score_of_relevance(metadata.score or 0.0)
    else:
        score = metadata.score if ranking is Ranking.HYBRID else 1 - (metadata.distance or 0.0)
    return Citation(
        document=fields["document"],
        title=fields["title"],
        source=fields["source"],
        excerpt=beginning(fields["text"]) if ranking is Ranking.KEYWORDS else fields["text"],
        score=round(min(max(score or 0.0, 0.0), 1.0), 4),
    )


def _held(fields: Mapping[str, Any]) -> Passage:
    return Passage(
        fields["document"],
        "",
        "",
        "",
        number=int(fields["number"]),
        parts=int(fields["parts"]),
        path=fields["path"],
        digest=fields["digest"],
    )
