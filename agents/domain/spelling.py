"""Slips of the pen: the name that was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches

NEAR = 0.75
"""Two in a word of eight letters may differ; what is further away is another word."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like this one, None where none is near."""
    by_fold = {each.casefold(): each for each in known}
    found = get_close_matches(name.casefold(), by_fold, n=1, cutoff=NEAR)
    return by_fold[found[0]] if found else None
