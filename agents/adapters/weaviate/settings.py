"""Which Weaviate holds the knowledge base, and how long it may take."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class WeaviateSettings(BaseModel):
    """A Weaviate server, 1.32 or newer (aliases). Without a `url` the knowledge base is the embedded one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = ""
    """Where it answers HTTP, `http://weaviate:8080`. Empty: no Weaviate."""

    grpc_address: str = ""
    """Where it answers gRPC, `weaviate:50051`. Empty: port 50051 of the same host."""

    api_key: SecretStr = SecretStr("")
    """Empty: the server asks for none."""

    collection_prefix: str = Field(default="", pattern=r"^([A-Z][A-Za-z0-9]*)?$")
    """Before `TelecomKnowledge` and `NetworkIntent`, where several systems share a server."""

    connections: int = Field(default=20, ge=1)
    """Of the pool."""

    query_seconds: float = Field(default=1.0, gt=0, lt=2)
    """How long a search may take; then the embedded store answers. Below the critical 2 s of a knowledge query."""

    backup_backend: Literal["filesystem", "s3", "gcs", "azure"] = "filesystem"
    """The server's module for copies (its ENABLE_MODULES, `backup-filesystem` and so on)."""

    write_seconds: float = Field(default=60.0, gt=0)
    """How long a batch of a load, or a change of the schema, may take."""

    @property
    def is_configured(self) -> bool:
        """Whether there is one."""
        return bool(self.url)
