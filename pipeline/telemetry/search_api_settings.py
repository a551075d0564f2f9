"""Where `nephoran knowledge serve` listens, and whom it answers."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

Scope = Literal["read", "operate"]


class Token(BaseModel):
    """Who may do what: `read` searches, `operate` empties caches."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: SecretStr = Field(min_length=16)
    scopes: tuple[Scope, ...] = ("read",)


class SearchApiSettings(BaseModel):
    """The HTTP interface to the knowledge base."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    """The address to listen on; a container sets 0.0.0.0."""

    port: int = Field(default=8085, ge=0, le=65535)
    """0 takes a free one, named on standard error."""

    tokens: tuple[Token, ...] = ()
    """Bearer tokens, as JSON: `[{"token": "…", "scopes": ["read", "operate"]}]`. Without one, no request is
    answered."""

    requests_per_second: float = Field(default=100.0, gt=0)
    """Of each token; twice as many may come at once. Beyond it the answer is 429."""
