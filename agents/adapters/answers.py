"""What answers of others mean, whatever the library that brings them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agents.domain.verdicts import Retryable

_SAYS_NOTHING = frozenset({401, 403, 408, 423, 425, 429})
_NOT_IMPLEMENTED = 501
OTHER_SHAPE = (KeyError, TypeError, AttributeError, IndexError, ValueError, RecursionError)
"""What is raised where an answer is read that is of another shape."""


def says_nothing_of_the_request(status: int) -> bool:
    """Whether an HTTP status leaves open what became of a request: locked, too many, our rights, elsewhere, a fault."""
    return status in _SAYS_NOTHING or status < 400 or (status >= 500 and status != _NOT_IMPLEMENTED)


@contextmanager
def understood(away: Callable[[str], Retryable]) -> Iterator[None]:
    """Raises: what `away` makes of it, where the answer that is read here is of another shape."""
    try:
        yield
    except OTHER_SHAPE as fault:
        raise away(f"answered what is not understood ({type(fault).__name__}: {fault})"[:300]) from fault
