"""On whose behalf a model is asked, for the accounts: set around the handling of an intent, read where money is
spent."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from schemas.envelope import Intent

UNKNOWN = "unknown"
_LONGEST = 200
_requester: ContextVar[str] = ContextVar("requester", default=UNKNOWN)


@contextmanager
def on_behalf_of(requester: str | None) -> Iterator[None]:
    """Everything asked inside is charged to this requester (the producer's `ce_source`), else on `unknown`."""
    token = _requester.set((requester or UNKNOWN)[:_LONGEST])
    try:
        yield
    finally:
        _requester.reset(token)


def requester_of(intent: Intent) -> str | None:
    """The `ce_source` that its producer gave; None where it gave none."""
    return intent.producer_id.partition("#")[0] if intent.producer_id else None


def current_requester() -> str:
    """Who is asking now."""
    return _requester.get()
