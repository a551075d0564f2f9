"""Words without their endings, by Snowball's English stemmer: `replicas` finds `replica`."""

import re
from functools import lru_cache

import snowballstemmer

from agents.knowledge.search_words import telling_words

_WORD = re.compile(r"[^\W_]+")


def stems_of(text: str) -> str:
    """The stems of a text's words, in lower case."""
    return " ".join(map(_stem, _WORD.findall(text.lower())))


def query_words(query: str) -> str:
    """The telling words as they are, for names, and their stems; empty where there are none."""
    words = telling_words(query)
    return " ".join(dict.fromkeys([*words, *stems_of(" ".join(words)).split()]))


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(word))


_STEMMER = snowballstemmer.stemmer("english")
