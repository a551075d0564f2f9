"""Ordinary words read through their misspellings; names, sites and figures are not in here, and never corrected."""

from collections.abc import Iterable

_SHORTEST = 4
_LONG = 9


class Typos:
    """Finds the one ordinary word that an unknown one is a slip of: one edit, or two in a long word; the first letter
    is hardly ever missed.

    By deletion neighbourhoods (SymSpell), so that a look-up costs the length of the word, not the size of the lexicon.
    """

    def __init__(self, ordinary: Iterable[str], known: set[str], real_words: Iterable[str]) -> None:
        self._known = known | set(real_words)
        self._near: dict[str, set[str]] = {}
        for word in ordinary:
            if len(word) > _SHORTEST:
                for cut in _cuts(word):
                    self._near.setdefault(cut, set()).add(word)

    def correction_of(self, word: str) -> str | None:
        """The word that was meant; None where it is a word of its own, or might be several."""
        if len(word) < _SHORTEST or len(word) > 24 or not word.isalpha() or word in self._known:
            return None
        near = {each for cut in _cuts(word) for each in self._near.get(cut, ())}
        candidates = {each for each in near if each[0] == word[0] or each[:2] == word[1::-1]}
        best: dict[int, set[str]] = {}
        for each in candidates:
            distance = _distance(word, each)
            if distance <= (2 if min(len(each), len(word)) >= _LONG else 1):
                best.setdefault(distance, set()).add(each)
        nearest = best[min(best)] if best else set()
        if len(nearest) > 1:
            nearest = {each for each in nearest if len(each) == len(word)}
        return next(iter(nearest)) if len(nearest) == 1 else None


def _cuts(word: str) -> set[str]:
    once = {word[:place] + word[place + 1 :] for place in range(len(word))}
    if len(word) < _LONG - 1:
        return {word} | once
    return {word} | once | {cut[:place] + cut[place + 1 :] for cut in once for place in range(len(cut))}


def _distance(one: str, other: str) -> int:
    """Optimal string alignment: a swap of neighbours is one edit."""
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, wanted in enumerate(other, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                cost = min(cost, before_last[column - 2] + 1)
            current.append(cost)
        before_last, last = last, current
    return last[-1]
