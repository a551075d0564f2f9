"""What is found and cited as one: a short document, or a part of a long one."""

from collections.abc import Iterable
from dataclasses import dataclass

from agents.knowledge.documents import Document

_EXCERPT_WORDS = 48


@dataclass(frozen=True, slots=True)
class Passage:
    """Part `number` of the `parts` of a document. `source` names the standard and clause, or whose it is.

    `subjects` are what it is the page on, `keywords` what it has something to say about besides. `path` is the file
    it was loaded from, `digest` is that of the whole file.
    """

    document: str
    title: str
    source: str
    text: str
    subjects: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    number: int = 1
    parts: int = 1
    path: str = ""
    digest: str = ""

    @property
    def meaning(self) -> str:
        """What an embedder is given of it."""
        about = ", ".join(self.subjects + self.keywords)
        return f"{self.title}. {about}. {self.text}" if about else f"{self.title}. {self.text}"


def passage_of(document: Document) -> Passage:
    """A document of a knowledge pack, which is one passage."""
    return Passage(
        document=document.id,
        title=document.title,
        source=document.source,
        text=document.text,
        subjects=document.subjects,
        keywords=document.keywords,
    )


@dataclass(frozen=True, slots=True)
class Held:
    """A document in a store: where it is from, and the digest of its file, empty where parts of it are missing."""

    path: str
    digest: str
    parts: int


def beginning(text: str) -> str:
    """The first words of a text, for an excerpt that has no better place to begin."""
    words = text.split()
    return " ".join(words[:_EXCERPT_WORDS]) + (" …" if len(words) > _EXCERPT_WORDS else "")


def held_of(passages: Iterable[Passage]) -> dict[str, Held]:
    """The documents that these passages are of, by name."""
    parts: dict[str, list[Passage]] = {}
    for passage in passages:
        parts.setdefault(passage.document, []).append(passage)
    return {document: _held(each) for document, each in parts.items()}


def _held(passages: list[Passage]) -> Held:
    first = passages[0]
    is_whole = len(passages) == first.parts and all(passage.digest == first.digest for passage in passages)
    return Held(first.path, first.digest if is_whole else "", first.parts)
