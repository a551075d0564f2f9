"""YAML as text: written so that every parser reads the same, and edited so that only the meant lines change.

YAML 1.1 (PyYAML), 1.2 (ruamel) and Go's parsers disagree on what a plain scalar is: `1e3`, `12:30`, `0o17`, `y`, `1_0`.
So what is not clearly a word is quoted, and what people wrote is never written again: an edit replaces, inserts or
removes lines of the text itself, so that comments, order, quotes and values nobody can read stay as they are.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

_CLEARLY_A_WORD = re.compile(
    r"[A-Za-z][A-Za-z_-]*([./][A-Za-z0-9_-]*[A-Za-z][A-Za-z0-9_-]*)*|[A-Za-z][A-Za-z-]+[A-Za-z0-9./-]*"
)
_MEANS_SOMETHING_ELSE = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})

Edit = tuple[int, int, str]
"""Characters from, up to, and what takes their place."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads as numbers and truth values only what YAML 1.1, 1.2 and Go agree on; the rest is text."""

    yaml_implicit_resolvers: dict[str, Any] = {}


for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"-?(0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(0|[1-9][0-9]*)\.[0-9]+", "-0123456789"),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Quotes text that is not clearly a word."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    is_plain = _CLEARLY_A_WORD.fullmatch(text) and text.lower() not in _MEANS_SOMETHING_ELSE
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if is_plain else _quote_for(text))


def _quote_for(text: str) -> str:
    return "'" if text.isprintable() and text.isascii() else '"'


_Dumper.add_representer(str, _represent_text)


class NotEditable(Exception):
    """The text cannot be changed without rewriting what others wrote in it."""


def parse(text: bytes | str) -> object:
    """The one document of the text. Raises: yaml.YAMLError."""
    return yaml.load(text, Loader=_Loader)


def dump(document: Mapping[str, Any]) -> str:
    """A new file: keys sorted, so that equal documents are equal texts."""
    dumped: str = yaml.dump(dict(document), Dumper=_Dumper, sort_keys=True, width=1 << 30, allow_unicode=True)
    return dumped


def edit(text: str, wanted: Mapping[str, Any]) -> str:
    """The text with as few lines changed as make it say what is wanted. Raises: NotEditable, yaml.YAMLError."""
    there = parse(text)
    ended = text if text.endswith("\n") else f"{text}\n"
    root = yaml.compose(ended, Loader=_Loader)
    if not isinstance(root, yaml.MappingNode) or not isinstance(there, dict):
        raise NotEditable
    edited = ended
    for begin, end, new in sorted(_Editor(ended).edits(root, there, wanted), reverse=True):
        edited = edited[:begin] + new + edited[end:]
    edited = edited if ended == text else edited.removesuffix("\n")
    try:
        is_as_wanted = parse(edited) == wanted
    except yaml.YAMLError as fault:
        raise NotEditable from fault
    if not is_as_wanted:  # an anchor that others refer to, a merge key, a key given twice
        raise NotEditable
    return edited


class _Editor:
    """The edits of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = [0]
        for line in text.split("\n"):
            self._lines.append(min(self._lines[-1] + len(line) + 1, len(text)))

    def edits(self, node: yaml.MappingNode, there: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[Edit]:
        """What makes the mapping say what is wanted."""
        pairs = {key.value: (key, value) for key, value in node.value}
        changed = [key for key in there if key in wanted and not _same(there[key], wanted[key])]
        added = {key: wanted[key] for key in wanted if key not in there}
        removed = [key for key in there if key not in wanted]
        if node.flow_style and (added or removed):
            yield self._begin(node), self._at(node.end_mark), _flow(wanted)
            return
        if not pairs.keys() >= {*changed, *removed}:
            raise NotEditable  # a merge key holds them
        for key in changed:
            yield from self._change(*pairs[key], there[key], wanted[key])
        for key in removed:
            yield *self._lines_of(*pairs[key]), ""
        for key in sorted(added):
            before = [pair for pair in node.value if pair[0].value < key] or node.value[:1]
            _, end = self._lines_of(*before[-1])
            yield end, end, _indented({key: added[key]}, node.value[0][0].start_mark.column)

    def _change(self, key: yaml.Node, node: yaml.Node, there: Any, wanted: Any) -> Iterator[Edit]:
        if isinstance(node, yaml.MappingNode) and isinstance(wanted, dict) and (wanted or node.flow_style):
            yield from self.edits(node, there, wanted)
        elif isinstance(node, yaml.ScalarNode) and node.style not in ("|", ">") and not isinstance(wanted, dict | list):
            begin, end = self._begin(node), self._at(node.end_mark)
            yield begin, end, f"{' ' if self._text[begin - 1] == ':' else ''}{_scalar(wanted, node.style)}"
        elif isinstance(node, yaml.SequenceNode) and node.flow_style and isinstance(wanted, list):
            yield self._begin(node), self._at(node.end_mark), _flow(wanted)
        elif isinstance(node, yaml.SequenceNode) and isinstance(wanted, list) and wanted[: len(there)] == there:
            _, end = self._lines_of(node, node)
            yield end, end, _indented(wanted[len(there) :], node.start_mark.column)
        else:
            yield *self._lines_of(key, node), _indented({key.value: wanted}, key.start_mark.column)

    def _lines_of(self, key: yaml.Node, value: yaml.Node) -> tuple[int, int]:
        """From the line where the key begins to the line after the value's last word."""
        begin = self._lines[key.start_mark.line]
        if self._text[begin : self._at(key.start_mark)].strip(" -") and key is not value:
            raise NotEditable  # something else stands on the same line
        last = _last_leaf(value)
        line = last.end_mark.line
        is_past = last.end_mark.column == 0 and line > last.start_mark.line  # a block scalar ends where the next begins
        return begin, self._lines[line if is_past else min(line + 1, len(self._lines) - 1)]

    def _begin(self, node: yaml.Node) -> int:
        return self._at(node.start_mark)

    def _at(self, mark: yaml.Mark) -> int:
        return self._lines[mark.line] + mark.column


def _last_leaf(node: yaml.Node) -> yaml.Node:
    while isinstance(node, yaml.MappingNode | yaml.SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _scalar(value: Any, style: str | None) -> str:
    """Quoted as before where it was quoted."""
    if isinstance(value, str) and style in ("'", '"'):
        dumped: str = yaml.dump(value, Dumper=_Dumper, default_style=style, width=1 << 30, allow_unicode=True)
        return dumped.rstrip("\n")
    return _flow(value)


def _flow(value: Any) -> str:
    dumped: str = yaml.dump(value, Dumper=_Dumper, default_flow_style=True, width=1 << 30, allow_unicode=True)
    return dumped.removesuffix("...\n").rstrip("\n")


def _indented(value: Any, columns: int) -> str:
    dumped = yaml.dump(
        value, Dumper=_Dumper, sort_keys=True, width=1 << 30, allow_unicode=True, default_flow_style=False
    )
    return "".join(f"{' ' * columns}{line}" for line in dumped.splitlines(keepends=True))
