"""Markdown, parted at its headings; a YAML head between two lines of --- may name, title and source it."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt

from agents.retrieval.reading import Reading, Section, UnreadableFile

_FENCE = "---\n"
_MARKDOWN = MarkdownIt("commonmark").enable("table")


def read_markdown(path: Path) -> Reading:
    """Raises: UnreadableFile where it is not UTF-8, or its head is not YAML."""
    try:
        text = path.read_bytes().decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as fault:
        raise UnreadableFile(f"byte {fault.start} is not UTF-8") from fault
    head, body = _parted(text)
    title, sections = _sections(body)
    return Reading(
        tuple(sections),
        name=_words(head, "id"),
        title=_words(head, "title") or title,
        source=_words(head, "source"),
        subjects=_list(head, "subjects"),
        keywords=_list(head, "keywords"),
    )


def _parted(text: str) -> tuple[dict[str, Any], str]:
    if not text.startswith(_FENCE) or text.count(f"\n{_FENCE}") == 0:
        return {}, text
    head, body = text.removeprefix(_FENCE).split(f"\n{_FENCE}", 1)
    try:
        fields = yaml.safe_load(head)
    except yaml.YAMLError as fault:
        raise UnreadableFile(f"its head between the lines of --- is not YAML: {fault}") from fault
    return (fields, body) if isinstance(fields, dict) else ({}, text)


def _sections(body: str) -> tuple[str, list[Section]]:
    """The first heading of the first level, and the text under each heading as it is written."""
    lines, tokens = body.splitlines(keepends=True), _MARKDOWN.parse(body)
    headings = [
        (each.map, inline.content, each.tag)
        for each, inline in pairwise(tokens)
        if each.type == "heading_open" and each.map and each.level == 0
    ]
    title = next((words for _, words, tag in headings if tag == "h1"), "")
    starts = [(0, "")] + [(place[1], words) for place, words, _ in headings]
    ends = [place[0] for place, _, _ in headings] + [len(lines)]
    sections = [
        Section("" if clause == title else clause, text)
        for (start, clause), end in zip(starts, ends, strict=True)
        if (text := "".join(lines[start:end]).strip())
    ]
    return title, sections


def _words(head: dict[str, Any], field: str) -> str:
    value = head.get(field)
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""


def _list(head: dict[str, Any], field: str) -> tuple[str, ...]:
    value = head.get(field)
    return tuple(str(each) for each in value) if isinstance(value, list) else (str(value),) if value else ()
