"""The collections in Weaviate: what a passage is there, and the alias that all readers use.

`TelecomKnowledge` and `NetworkIntent` are aliases; the collections behind them are `TelecomKnowledge_v1` and so on, so
that a new schema can be filled beside the old one and take its place in one step.
"""

import json
import re
from uuid import UUID, uuid5

from weaviate import WeaviateAsyncClient
from weaviate.classes.config import Configure, DataType, Property, Tokenization, VectorDistances
from weaviate.exceptions import UnexpectedStatusCodeError

from agents.retrieval.passages import Passage
from agents.retrieval.ports import Facts

KNOWLEDGE = "TelecomKnowledge"
PRECEDENTS = "NetworkIntent"
EF, EF_CONSTRUCTION, MAX_CONNECTIONS = 128, 256, 32
"""Of the HNSW index, as the operations handbook sizes it (4.2). The last two cannot be changed later."""
BY_WORDS = ["subjects^2", "title_stems^1.5", "keywords_stems^1.5", "text_stems"]
"""The properties that words are looked for in, with their weights (`nephoran knowledge evaluate`)."""
_NAMESPACE = UUID("8f0f2d63-54c5-5d3c-9d0c-6a8c0b9c3c11")


def physical_name(alias: str, version: int) -> str:
    """The collection behind an alias."""
    return f"{alias}_v{version}"


def version_of(collection: str) -> int:
    """The version in the name of a collection, 0 where it has none."""
    found = re.search(r"_v(\d+)$", collection)
    return int(found[1]) if found else 0


async def collection_behind(client: WeaviateAsyncClient, alias: str) -> str:
    """The collection that the alias points to; the first one is made where there is none yet."""
    found = await client.alias.get(alias_name=alias)
    return found.collection if found is not None else await _first_collection(client, alias)


async def _first_collection(client: WeaviateAsyncClient, alias: str) -> str:
    """Several processes may try to make it: the first one does."""
    name = physical_name(alias, 1)
    try:
        if not await client.collections.exists(name):
            await make_collection(client, name)
        await client.alias.create(alias_name=alias, target_collection=name)
    except UnexpectedStatusCodeError:
        if await client.alias.get(alias_name=alias) is None:
            raise
    return name


async def make_collection(client: WeaviateAsyncClient, name: str) -> None:
    """Vectors come from outside: the server needs no module and no network."""
    await client.collections.create(
        name,
        description=facts_to_description(Facts()),
        vector_config=Configure.Vectors.self_provided(
            vector_index_config=Configure.VectorIndex.hnsw(
                distance_metric=VectorDistances.COSINE,
                ef=EF,
                ef_construction=EF_CONSTRUCTION,
                max_connections=MAX_CONNECTIONS,
            )
        ),
        properties=[
            _label("document"),
            _label("path"),
            _label("digest"),
            _label("put"),
            Property(name="number", data_type=DataType.INT),
            Property(name="parts", data_type=DataType.INT),
            Property(name="subjects", data_type=DataType.TEXT_ARRAY, tokenization=Tokenization.LOWERCASE),
            *(_words(f"{name}_stems") for name in ("title", "keywords", "text")),
            *(_kept(name) for name in ("title", "source", "text")),
            Property(name="keywords", data_type=DataType.TEXT_ARRAY, index_searchable=False, index_filterable=False),
        ],
    )


def _label(name: str) -> Property:
    return Property(name=name, data_type=DataType.TEXT, tokenization=Tokenization.FIELD, index_searchable=False)


def _words(name: str) -> Property:
    """What is searched by words; stems, for Weaviate does not know that replicas are several of a replica."""
    return Property(name=name, data_type=DataType.TEXT, tokenization=Tokenization.WORD, index_filterable=False)


def _kept(name: str) -> Property:
    return Property(name=name, data_type=DataType.TEXT, index_searchable=False, index_filterable=False)


def id_of(passage: Passage) -> UUID:
    """The same passage put again takes its own place."""
    return uuid5(_NAMESPACE, f"{passage.document}#{passage.number}")


def facts_to_description(facts: Facts) -> str:
    """What the store says of itself stands in the collection's description, which backups keep."""
    return json.dumps({"version": facts.version, "embedder": facts.embedder})


def facts_of_description(description: str | None) -> Facts:
    """The other way."""
    fields = json.loads(description or "{}")
    return Facts(fields.get("version", ""), fields.get("embedder", ""))
