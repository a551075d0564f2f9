"""What a file says, before it is cut into passages."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading; `clause` is the heading, empty before the first one."""

    clause: str
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A file's sections in order. The other fields are as the file itself gives them, empty where it does not."""

    sections: tuple[Section, ...]
    name: str = ""
    title: str = ""
    source: str = ""
    subjects: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


class UnreadableFile(Exception):
    """The message says what is wrong with the file."""


_CLAUSE = re.compile(r"^(?:Annex [A-Z]|[A-Z]?\d+(?:\.\d+)*[a-z]?)[ \t]+[A-Z][^.;]{2,100}$")
"""A heading as standards number them: `5.7.3 QoS characteristics`, `Annex B Procedures`."""


def sections_by_clause(text: str, clause: str = "") -> list[Section]:
    """Plain text, parted where a line on its own is a numbered heading; what comes before is of `clause`."""
    sections: list[Section] = []
    lines: list[str] = []
    for line in [*text.splitlines(), None]:
        is_heading = line is not None and _CLAUSE.match(line.strip())
        if line is None or is_heading:
            if body := "\n".join(lines).strip():
                sections.append(Section(clause, body))
            lines = []
        if line is not None and is_heading:
            clause = " ".join(line.split())
        elif line is not None:
            lines.append(line)
    return sections
