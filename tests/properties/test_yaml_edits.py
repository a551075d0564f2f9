"""Named invariant: an edit changes the lines that are meant, and no other."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.adapters.git import yaml_text

KEYS = st.sampled_from(["replicas", "version", "maxSessions", "name", "kpt.dev/x", "z-last", "a"])
LITERALS = [
    "5",
    "'5'",
    '"5"',
    "12:30",
    '"1234e56"',
    '"y"',
    '"0o17"',
    "2001-12-14",
    "1e9",
    "0x1F",
    "1_000",
    "yes",
    "",
    "~",
]
COMMENTS = st.sampled_from(["", " # kpt-set: ${amf-replicas}", " # kpt-merge: a/b", "   # don't"])
VALUES = st.one_of(st.integers(0, 99), st.sampled_from(["7", "2.4.1", "1e3", "amf-blue", "y"]))


@st.composite
def written_by_people(draw: st.DrawFn) -> str:
    """A resource in the styles people use: comments, quotes, blank lines, two spaces or four, lists both ways."""
    step = draw(st.sampled_from(["  ", "    "]))
    lines = ["# a header", "kind: ConfigMap", "data:" + draw(COMMENTS)]
    for key in draw(st.lists(KEYS, unique=True, min_size=1)):
        if draw(st.booleans()):
            lines.append(f"{step}# about {key}")
        lines.append(f"{step}{key}: {draw(st.sampled_from(LITERALS))}{draw(COMMENTS)}")
    if draw(st.booleans()):
        lines += ["", "spec:", f"{step}refs:", f"{step}- name: one # first", f"{step}  kind: Ref"]
    if draw(st.booleans()):
        lines += ["notes: |", f"{step}free text: with a colon", f"{step}# no comment"]
    return "\n".join(lines) + draw(st.sampled_from(["\n", ""]))


@given(written_by_people(), st.dictionaries(KEYS, VALUES, min_size=1, max_size=3), st.sets(KEYS, max_size=2))
def test_only_the_meant_lines_change(text: str, wishes: dict[str, Any], unwanted: set[str]) -> None:
    there = yaml_text.parse(text)
    assert isinstance(there, dict)
    data = {key: value for key, value in (there["data"] | wishes).items() if key in wishes or key not in unwanted}
    wanted = there | {"data": data}
    edited = yaml_text.edit(text, wanted)
    assert yaml_text.parse(edited) == wanted
    touched = {key for key in there["data"].keys() | data.keys() if not _same(there["data"], data, key)}
    before = [line for line in text.splitlines() if _key_of(line) not in touched]
    assert [line for line in edited.splitlines() if _key_of(line) not in touched] == before
    for line in text.splitlines():
        if "#" in line and _key_of(line) in touched & data.keys():
            assert any(other.endswith(line[line.index("#") :]) for other in edited.splitlines()), "its comment stays"


def _same(one: dict[str, Any], other: dict[str, Any], key: str) -> bool:
    return key in one and key in other and type(one[key]) is type(other[key]) and one[key] == other[key]


def _key_of(line: str) -> str | None:
    return line.strip().split(":")[0] if line.startswith("  ") and not line.strip().startswith("#") else None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("data: {}\n", {"data": {"replicas": "5"}}),
        ("data: {a: 1} # kept\n", {"data": {"a": 1, "replicas": "5"}}),
        ("data:\n", {"data": {"replicas": "5"}}),
        ("data:\n  a: 1\nrest: 2\n", {"data": {}, "rest": 2}),
        ("refs:\n- a: 1\n- a: 2 # last\nrest: 2\n", {"refs": [{"a": 1}, {"a": 2}, {"a": 3}], "rest": 2}),
        ("refs: [1, 2] # both\n", {"refs": [1, 2, 3]}),
        ("text: |\n  one\n  two\nrest: 2\n", {"text": "three", "rest": 2}),
        ("---\na: 1\n...\n", {"a": 2}),
        ("a: 1\r\nb: 2\r\n", {"a": 3, "b": 2}),
    ],
)
def test_other_ways_to_write_it_are_edited_too(text: str, wanted: dict[str, Any]) -> None:
    edited = yaml_text.edit(text, wanted)
    assert yaml_text.parse(edited) == wanted
    assert [line[line.index("#") :] for line in edited.splitlines() if "#" in line] == [
        line[line.index("#") :] for line in text.splitlines() if "#" in line
    ]


@pytest.mark.parametrize("text", ["a: &x {b: 1}\nc: *x\n", "base: &x\n  b: 1\na:\n  <<: *x\nc: 2\n"])
def test_what_cannot_be_changed_alone_is_refused(text: str) -> None:
    there = yaml_text.parse(text)
    assert isinstance(there, dict)
    with pytest.raises(yaml_text.NotEditable):
        yaml_text.edit(text, there | {"a": {"b": 2}})
