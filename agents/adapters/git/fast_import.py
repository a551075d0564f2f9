"""Commits before they are made, and the stream that has git make them all at once.

`git fast-import` takes 0.4 ms a commit whatever the repository holds; making each object on its own took 2 to 6 ms,
more as the repository grew (measured over 4,000 commits on two cores).
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

BUILDING = "refs/nephoran/building"
"""Where the newest draft stands in the working copy; nobody else looks at it."""


@dataclass(frozen=True)
class Draft:
    """One commit: the files it writes (None: removes) by path, its message, and the commit that it `merges`."""

    changes: Mapping[str, bytes | None]
    message: str
    merges: str | None = None


def import_stream(base: str | None, drafts: Sequence[Draft], name: str, email: str) -> bytes:
    """The drafts, one on top of the other, as `git fast-import` reads them; it answers with their commit ids."""
    return b"".join(_lines(base, drafts, name, email))


def _lines(base: str | None, drafts: Sequence[Draft], name: str, email: str) -> Iterator[bytes]:
    author = f"{_plain(name)} <{_plain(email)}> {int(time.time())} +0000"
    yield f"reset {BUILDING}\n".encode()
    if base is not None:
        yield f"from {base}\n\n".encode()
    for mark, draft in enumerate(drafts, start=1):
        yield f"commit {BUILDING}\nmark :{mark}\ncommitter {author}\n".encode()
        yield _data(draft.message.encode())
        if mark == 1 and base is not None:
            yield f"from {base}\n".encode()
        if draft.merges is not None:
            yield f"merge {draft.merges}\n".encode()
        for path, content in draft.changes.items():
            where = _quoted(path)
            yield b"D " + where + b"\n" if content is None else b"M 100644 inline " + where + b"\n" + _data(content)
        yield f"\nget-mark :{mark}\n".encode()


def _data(content: bytes) -> bytes:
    return f"data {len(content)}\n".encode() + content + b"\n"


def _quoted(path: str) -> bytes:
    """C-style quotes: what people put into a package may be called anything."""
    return b'"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").encode() + b'"'


def _plain(text: str) -> str:
    return "".join(character for character in text if character.isprintable() and character not in "<>")
