"""Slips of the pen: the names that were probably meant."""

from collections.abc import Iterable

from rapidfuzz.distance import OSA

FEWEST_LETTERS = 3
"""Every other word is near one that is shorter."""
LETTERS_A_SLIP = 5
"""One slip (a letter too many, too few, another, or two changed over) is believed for every so many letters."""
MOST_NAMED = 3


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known names that are most like this one; none where none is near, or too many are."""
    if len(name) < FEWEST_LETTERS:
        return ()
    slips = max(1, len(name) // LETTERS_A_SLIP)
    by_fold = {each.casefold(): each for each in known}
    far = {each: OSA.distance(name.casefold(), fold, score_cutoff=slips) for fold, each in by_fold.items()}
    least = min(far.values(), default=slips + 1)
    found = tuple(each for each, distance in far.items() if distance == least <= slips)
    return found if len(found) <= MOST_NAMED else ()
