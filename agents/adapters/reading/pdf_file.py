"""PDF: the text of its pages, parted at numbered headings."""

from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError

from agents.retrieval.reading import Reading, Section, UnreadableFile, sections_by_clause


def read_pdf(path: Path) -> Reading:
    """Raises: UnreadableFile where it is damaged, asks for a password, or holds pictures alone."""
    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableFile("it needs a password")
        sections = _sections(reader)
        title = str(reader.metadata.title or "") if reader.metadata else ""
    except (PyPdfError, DependencyError, ValueError, KeyError, TypeError, AttributeError, IndexError) as fault:
        raise UnreadableFile(f"it is not a readable PDF: {fault}") from fault
    if not sections:
        raise UnreadableFile("it holds no text, only pictures: recognise its text (OCR) first")
    return Reading(tuple(sections), title=" ".join(title.split()))


def _sections(reader: PdfReader) -> list[Section]:
    """A clause goes on over the pages until the next one; each part says the page that it stands on."""
    sections: list[Section] = []
    clause = ""
    for number, page in enumerate(reader.pages, start=1):
        for section in sections_by_clause(page.extract_text(), clause):
            clause = section.clause
            sections.append(Section(f"{clause}, page {number}" if clause else f"page {number}", section.text))
    return sections
