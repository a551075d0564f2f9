"""The words of a query that say what it is about."""

import re

_WORD = re.compile(r"[^\W_]+(?:[-_][^\W_]+)*")
_MOST_WORDS = 64
"""A query is a handful of words; a longer one is cut rather than made a burden."""
_SILENT = frozenset(
    _WORD.findall(
        "a about all an and any are as at be been but by can could do does for from had has have how i if in is it its"
        " many may me much my no not of on or our please should so some than that the their them then there these they"
        " this to up was we were what when where which who why will with would you your"
    )
)
"""Words that stand in every text, and find all of them."""


def telling_words(query: str) -> tuple[str, ...]:
    """Each once, in lower case; `cu-up` and `dl_throughput` are one word."""
    words = (word.lower() for word in _WORD.findall(query))
    return tuple(dict.fromkeys(word for word in words if word not in _SILENT))[:_MOST_WORDS]
