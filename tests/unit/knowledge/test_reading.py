"""Files as passages: what is kept of their words, their structure and where they are from."""

from pathlib import Path

import pytest

from agents.adapters.reading.files import read_passages
from agents.retrieval.passages import Passage
from agents.retrieval.reading import UnreadableFile
from tests.unit.knowledge.files import encrypted, pdf_of, write_all


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_all(tmp_path)
    return tmp_path


def read(path: Path) -> list[Passage]:
    return read_passages(path, path.name, "digest")


def test_markdown_is_parted_at_its_headings_and_not_at_what_looks_like_one(folder: Path) -> None:
    passages = read(folder / "handover.md")
    assert [each.source for each in passages] == [
        "Handover in practice",
        "Handover in practice, 4.1 Preparation",
        "Handover in practice, 4.2 Execution",
    ]
    assert "# this is no heading" in passages[1].text
    assert "T304" in passages[2].text
    assert passages[2].title == "Handover in practice, 4.2 Execution"
    assert [(each.number, each.parts) for each in passages] == [(1, 3), (2, 3), (3, 3)]


def test_a_head_names_and_sources_a_document(tmp_path: Path) -> None:
    file = tmp_path / "any.md"
    file.write_text(
        "---\nid: amf\ntitle: The AMF\nsource: TS 23.501, 6.2.1\nsubjects: [amf]\nunknown: 1\n---\nIt pages."
    )
    [passage] = read(file)
    assert (passage.document, passage.title, passage.source) == ("amf", "The AMF", "TS 23.501, 6.2.1")
    assert passage.subjects == ("amf",)


def test_a_line_of_dashes_is_no_head(tmp_path: Path) -> None:
    file = tmp_path / "any.md"
    file.write_text("---\nnot fields\n---\nText.")
    assert [each.title for each in read(file)] == ["any", "any, not fields"]


def test_html_keeps_its_words_and_tables_and_neither_scripts_nor_navigation(folder: Path) -> None:
    passages = read(folder / "manual.html")
    assert [each.source for each in passages] == ["Site manual", "Site manual, Power"]
    assert passages[0].text == "Doors open at eight."
    assert "Batteries last four hours." in passages[1].text
    assert "fuse | 40 A" in passages[1].text
    everything = " ".join(each.text for each in passages)
    assert not any(words in everything for words in ("never read", "Home of everything", "color"))


def test_text_is_parted_at_the_clauses_of_a_standard(folder: Path) -> None:
    assert [each.source for each in read(folder / "standard.txt")] == [
        "standard",
        "standard, 5.7.3 QoS characteristics",
        "standard, 5.7.4 Standardised values",
    ]


def test_a_passage_of_a_pdf_tells_its_clause_and_its_page(folder: Path) -> None:
    passages = read(folder / "part" / "report.pdf")
    assert [(each.source, each.text) for each in passages] == [
        ("report, 1 Scope, page 1", "Antennas were measured."),
        ("report, 1 Scope, page 2", "Gain was as expected."),
    ]


def test_a_pdf_that_is_encrypted_and_asks_nobody_is_read(tmp_path: Path) -> None:
    (tmp_path / "any.pdf").write_bytes(encrypted(pdf_of("Antennas were measured."), ""))
    assert [each.text for each in read(tmp_path / "any.pdf")] == ["Antennas were measured."]


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("locked.pdf", encrypted(pdf_of("Secret."), "a password"), "password"),
        ("broken.pdf", b"%PDF-1.4 and then nothing", "not a readable PDF"),
        ("none.pdf", b"", "not a readable PDF"),
        ("scanned.pdf", pdf_of(""), "no text"),
        ("latin.txt", "Z\xfcrich".encode("latin-1"), "UTF-8"),
        ("latin.md", "Z\xfcrich".encode("latin-1"), "UTF-8"),
        ("head.md", b"---\n[unclosed\n---\ntext", "YAML"),
        ("empty.md", b"", "no text"),
        ("empty.html", b"<html></html>", "no text"),
    ],
)
def test_what_cannot_be_read_says_why(name: str, content: bytes, fault: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFile, match=fault):
        read(tmp_path / name)


@pytest.mark.parametrize("suffix", [".md", ".txt"])
def test_a_long_text_is_cut_between_sentences_and_nothing_of_it_is_lost(suffix: str, tmp_path: Path) -> None:
    sentences = [f"Sentence number {number} says something about cells." for number in range(200)]
    (tmp_path / f"long{suffix}").write_text(" ".join(sentences))
    passages = read(tmp_path / f"long{suffix}")
    assert len(passages) > 5
    assert all(len(each.text) <= 1_600 and each.text.endswith("cells.") for each in passages)
    assert " ".join(each.text for each in passages) == " ".join(sentences)
