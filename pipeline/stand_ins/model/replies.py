"""What a stand-in model can be told to do with a request: answer, refuse, be slow, fail, or break."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Says:
    """An answer: text as it stands, or an object written as JSON. `finish_reason` "length" is an answer cut off."""

    content: str | Mapping[str, object]
    finish_reason: str = "stop"
    after_seconds: float = 0.0


@dataclass(frozen=True)
class Refuses:
    """Chat Completions' own way of saying no."""

    because: str = "I can't help with that."


@dataclass(frozen=True)
class Fails:
    """An HTTP error in the provider's form."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    code: str | None = None
    message: str = "told to fail"


@dataclass(frozen=True)
class SendsRaw:
    """Bytes that need not be a completion at all, with status 200."""

    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True)
class Hangs:
    """Nothing comes, until the client gives up or the server stops."""


Reply = Says | Refuses | Fails | SendsRaw | Hangs
