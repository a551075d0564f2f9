"""The documents of a knowledge pack: Markdown with a YAML head, one passage a file."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.knowledge.pack import KnowledgePackFault

_FENCE = "---\n"


class DocumentFault(KnowledgePackFault):
    """A document that cannot be used. The message names the file and what is wrong with it."""


class _Head(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str = Field(min_length=3)
    source: str = Field(min_length=3)
    subjects: tuple[str, ...] = Field(min_length=1)
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One passage. `source` names the standard and clause, or whose inventory it is from.

    `subjects` are what it is the page on, `keywords` what it has something to say about besides.
    """

    id: str
    title: str
    source: str
    subjects: tuple[str, ...]
    keywords: tuple[str, ...]
    text: str


def load_documents(pack: Path) -> tuple[Document, ...]:
    """The documents in the folder `documents` of a knowledge pack, by id. Raises: DocumentFault."""
    documents: dict[str, Document] = {}
    for path in sorted((pack / "documents").rglob("*.md")):
        document = read_document(path)
        if document.id in documents:
            raise DocumentFault(f"{path}: another document already has the id {document.id!r}")
        documents[document.id] = document
    return tuple(documents[each] for each in sorted(documents))


def read_document(path: Path) -> Document:
    """Raises: DocumentFault where the file has no head, or one with missing or unknown fields."""
    try:
        _, head, text = path.read_text(encoding="utf-8").split(_FENCE, 2)
        fields = _Head.model_validate(yaml.load(head, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except (OSError, ValueError, ValidationError, yaml.YAMLError) as fault:
        raise DocumentFault(f"{path}: a document starts with a head between two lines of ---: {fault}") from fault
    return Document(**fields.model_dump(), text=" ".join(text.split()))


def digest_of_documents(documents: Iterable[Document]) -> str:
    """SHA-256, in hexadecimal, of everything the documents say."""
    digest = sha256()
    for document in documents:
        digest.update(repr(document).encode())
    return digest.hexdigest()
