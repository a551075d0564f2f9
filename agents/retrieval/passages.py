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
    """A document that a store holds whole: where it is from, and the digest of its file."""

    path: str
    digest: str
    parts: int


def beginning(text: str) -> str:
    """The first words of a text, for an excerpt that has no better place to begin."""
    words = text.split()
    return " ".join(words[:_EXCERPT_WORDS]) + (" …" if len(words) > _EXCERPT_WORDS else "")


def held_of(passages: Iterable[Passage]) -> dict[str, Held]:
    """The documents of which every part is there, all of the same file."""
    parts: dict[str, list[Passage]] = {}
    for passage in passages:
        parts.setdefault(passage.document, []).append(passage)
    return {
        document: Held(each[0].path, each[0].digest, each[0].parts)
        for document, each in parts.items()
        if len(each) == each[0].parts and len({(passage.digest, passage.path) for passage in each}) == 1
    }
