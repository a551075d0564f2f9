"""Files to passages: read by their form, cut on their structure."""

from collections.abc import Callable
from pathlib import Path

from semantic_text_splitter import MarkdownSplitter, TextSplitter

from agents.adapters.reading.html_file import read_html
from agents.adapters.reading.markdown_file import read_markdown
from agents.adapters.reading.pdf_file import read_pdf
from agents.retrieval.passages import Passage
from agents.retrieval.reading import Reading, UnreadableFile, sections_by_clause

_CHARACTERS = (800, 1_600)
"""Of a passage. 1,600 are about 400 tokens: an encoder sees 512, title and keywords included."""
_SENTENCE_ENDS = TextSplitter(_CHARACTERS)
_MARKDOWN = MarkdownSplitter(_CHARACTERS)


def read_text(path: Path) -> Reading:
    """Plain text, parted at numbered headings. Raises: UnreadableFile where it is not UTF-8."""
    try:
        text = path.read_bytes().decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as fault:
        raise UnreadableFile(f"byte {fault.start} is not UTF-8") from fault
    return Reading(tuple(sections_by_clause(text)))


READERS: dict[str, Callable[[Path], Reading]] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_text,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_pdf,
}
"""By the end of a file's name, in lower case."""


def read_passages(path: Path, name: str, digest: str) -> list[Passage]:
    """The passages of a file; its head may give the document another `name`. Raises: UnreadableFile, OSError."""
    reading = READERS[path.suffix.lower()](path)
    title = reading.title or path.stem
    cuts = [
        (_with_clause(title, section.clause), _with_clause(reading.source or title, section.clause), text)
        for section in reading.sections
        for text in _cut(section.text, path)
    ]
    if not cuts:
        raise UnreadableFile("it holds no text")
    return [
        Passage(
            document=reading.name or name,
            title=heading,
            source=source,
            text=text,
            subjects=reading.subjects,
            keywords=reading.keywords,
            number=number,
            parts=len(cuts),
            path=str(path),
            digest=digest,
        )
        for number, (heading, source, text) in enumerate(cuts, start=1)
    ]


def _with_clause(name: str, clause: str) -> str:
    return f"{name}, {clause}" if clause else name


def _cut(text: str, path: Path) -> list[str]:
    """Each on one line, as an excerpt shows it."""
    if len(text) <= _CHARACTERS[1]:
        return [_prose(text)]
    splitter = _MARKDOWN if path.suffix.lower() in (".md", ".markdown") else _SENTENCE_ENDS
    return [_prose(part) for part in splitter.chunks(text) if part.strip()]


def _prose(text: str) -> str:
    return " ".join(text.split())
