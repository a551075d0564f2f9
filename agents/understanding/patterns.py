"""Patterns over a row of nodes, as the knowledge pack writes them.

`{tag}` is a node with that tag, `{a|b}` one with either, `{a|b&!c|d}` one with either of the first and none of the
second, `{!c}` one without; a bare word is that word (`~` joins the words of a phrase); `( | ) ? * +` are as in regular
expressions, `*6` is up to six times; `>( … )` looks ahead, `!>( … )` for what must not follow, and
`<{tag}` one node back, `!<{tag}` not one back (nor none); `$NAME` is a pattern by name.

Each kind of node that some pattern asks for has one place in a string of yes and no, so that a row of nodes is one
string and every pattern one regular expression.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agents.understanding.nodes import Node

_PART = re.compile(r"!?<?\{[^}]*\}|!?>\(|\$[A-Z_]+|\*[0-9]+|[()|?*+]|[^\s(){}|?*+]+")
_MOST_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Kind:
    """The nodes that one part of a pattern stands for."""

    words: frozenset[str]
    any_of: frozenset[str]
    none_of: frozenset[str]

    def fits(self, low: str, tags: frozenset[str]) -> bool:
        """True for a node of this kind."""
        if self.words:
            return low in self.words
        return (not self.any_of or not tags.isdisjoint(self.any_of)) and tags.isdisjoint(self.none_of)


@dataclass(slots=True)
class PatternBook:
    """All patterns that are searched on the same rows of nodes."""

    defined: Mapping[str, str]
    kinds: dict[Kind, int] = field(default_factory=dict)
    _written: list[str] = field(default_factory=list)
    _compiled: dict[int, re.Pattern[str]] = field(default_factory=dict)
    _bits: dict[tuple[str, frozenset[str]], str] = field(default_factory=dict)

    def add(self, written: str, before: str = "") -> int:
        """The number of this pattern, which ends only `before` such nodes or at the end. Raises: KeyError."""
        end = f"(?={self._parsed(before)}|\\Z)" if before else ""
        self._written.append(self._parsed(written) + end)
        return len(self._written) - 1

    def tape(self, nodes: Sequence[Node], tags: Sequence[frozenset[str]]) -> str:
        """The row of nodes as the patterns read it."""
        return "".join(self._of(node.low, own) for node, own in zip(nodes, tags, strict=True))

    def end(self, number: int, tape: str, at: int) -> int | None:
        """The place after the longest match of a pattern from the node at `at`; None where there is none."""
        width = len(self.kinds)
        if number not in self._compiled:
            self._compiled[number] = self._compile(self._written[number])
        match = self._compiled[number].match(tape, at * width)
        return match.end() // width if match and match.end() > match.start() else None

    def _compile(self, written: str) -> re.Pattern[str]:
        """Once it is looked for: `add` has been called for all patterns by then, and the width is known."""
        width = len(self.kinds)
        return re.compile(
            re.sub(r"\x00([0-9]+)\x00", lambda m: f"(?:.{{{m[1]}}}1.{{{width - int(m[1]) - 1}}})", written)
        )

    def _of(self, low: str, tags: frozenset[str]) -> str:
        key = (low, tags)
        if key not in self._bits:
            if len(self._bits) >= _MOST_KEPT:
                self._bits.clear()
            self._bits[key] = "".join("1" if kind.fits(low, tags) else "0" for kind in self.kinds)
        return self._bits[key]

    def _parsed(self, written: str) -> str:
        return "".join(self._part(part) for part in _PART.findall(written))

    def _part(self, part: str) -> str:
        if part[0] == "$":
            return f"(?:{self._parsed(self.defined[part[1:]])})"
        if part[0] == "*" and len(part) > 1:
            return f"{{0,{part[1:]}}}"
        if part.endswith(">("):
            return "(?!" if part[0] == "!" else "(?="
        if part.startswith(("<", "!<")):
            return f"(?<{'!' if part[0] == '!' else '='}{self._part(part.lstrip('!<'))})"
        if part == "(":
            return "(?:"
        if part in ")|?*+":
            return part
        kind = (
            _by_tag(part[1:-1])
            if part[0] == "{"
            else Kind(frozenset({part.replace("~", " ")}), frozenset(), frozenset())
        )
        return f"\x00{self.kinds.setdefault(kind, len(self.kinds))}\x00"


def _by_tag(tags: str) -> Kind:
    wanted, _, unwanted = tags.partition("&!")
    if wanted.startswith("!"):
        wanted, unwanted = "", wanted[1:]
    return Kind(frozenset(), frozenset(filter(None, wanted.split("|"))), frozenset(filter(None, unwanted.split("|"))))
