"""What is put into labelled requests, and what may then differ in their reading."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.gold.judging import Answer, is_quoted

SEEN = Path(__file__).parent / "markers.yaml"
HELD_OUT = Path(__file__).parent / "held_out" / "markers.yaml"
GROWING = {"deploy", "scale", "configure", "ensure"}
"""What a veto would not be a reason for."""
_BACKGROUND = re.compile(
    r"\b(because|since|as|due|owing|thanks|after|although|though|when|while|whilst|was|were|had|has|have|is|are|been|for|"
    r"so|reason|why|comment|background|summary|impact|details|ticket|contact|phone|from|by|expect\w*|regards|cheers|who|"
    r"which|that|where|now|named?|called|old|current|before|complaints|storm|trial)\b|[.!?]\s+\S|,[^,]*\w{3}ed\b",
    re.IGNORECASE,
)

Expectations = tuple[dict[str, Any], ...]
Facts = set[tuple[Any, ...]]


@dataclass(frozen=True)
class Marker:
    """One wording, with where it fits and what it may change."""

    name: str
    kind: str
    change: str
    frames: str
    seeds: str
    words: str
    adds: dict[str, Any]
    is_held_out: bool

    def fits(self, text: str, wanted: Expectations) -> bool:
        """Whether the wording says something about this request that is not so already."""
        if self.seeds == "kept":
            return all(each["action"] in GROWING for each in wanted) and not _shrinks(wanted)
        if self.seeds == "several":
            return len(wanted) == 1 and len(wanted[0]["object"]["sites"]) > 1 and bool(_of(wanted, "replicas"))
        if self.seeds == "plain" and _BACKGROUND.search(text):
            return False
        return not self.change_is_there(wanted)

    def change_is_there(self, wanted: Expectations) -> bool:
        """Whether the request says already what the wording would add."""
        added = set(self.adds.values())
        return any(added & {fact[0], fact[1], fact[4], fact[-1]} for fact in facts(wanted))

    def is_answered(self, wanted: Expectations, answer: Answer) -> bool:
        """Declined, proposed with the wording quoted, or read with the change that it asks for."""
        if answer.outcome == "declined" or is_quoted(self.words, answer):
            return True
        return self._changes(facts(wanted), facts(answer.expectations))

    def _changes(self, before: Facts, after: Facts) -> bool:
        added = after - before
        match self.change:
            case "other":
                return after != before
            case "sites":
                return (before < after or _moved(before, after)) and all(fact[4] == self.adds["site"] for fact in added)
            case "objects":
                return before < after and all(fact[1] == self.adds["type"] for fact in added)
            case "amounts":
                values = {fact[7] for fact in added if len(fact) > 5}
                return before < after and values == {self.adds["value"]}
            case "orders":
                asked = {self.adds[key] for key in ("action", "type", "site")}
                values = {fact[7] for fact in added if len(fact) > 5} - {self.adds.get("value")}
                return before < after and not values and all(asked <= {*fact[:5]} for fact in added)
            case "names":
                named = {fact[2] for fact in added}
                unnamed = {(*fact[:2], *fact[3:]) for fact in after}
                is_same = unnamed == {(*fact[:2], *fact[3:]) for fact in before}
                return is_same and bool(named) and all(self.adds["word"] in (name or "") for name in named)
        return False


def markers(path: Path) -> list[Marker]:
    """Every wording of a file."""
    return [
        Marker(
            row["name"],
            row["kind"],
            row["change"],
            row["frames"],
            row["seeds"],
            words,
            row.get("adds", {}),
            path == HELD_OUT,
        )
        for row in yaml.safe_load(path.read_text("utf-8"))
        for words in row["wordings"]
    ]


def facts(expectations: Expectations) -> Facts:
    """(action, type, name, slice, site) of everything wanted, and each target with (name, condition, value) behind."""
    found: Facts = set()
    for each in expectations:
        thing = each["object"]
        identity = thing["slice"] and (thing["slice"]["sst"], thing["slice"].get("sd"))
        for site in thing["sites"]:
            about = (each["action"], thing["type"], thing["name"], identity, site)
            found.add(about)
            found |= {(*about, target["name"], target["condition"], target["value"]) for target in each["targets"]}
    return found


def _moved(before: Facts, after: Facts) -> bool:
    """Whether some of several wishes, not all, went elsewhere: a place behind the last may be that one's own."""
    anywhere = [{(*fact[:4], *fact[5:]) for fact in found} for found in (before, after)]
    return bool(before & after) and before != after and anywhere[0] == anywhere[1]


def _of(expectations: Expectations, name: str) -> list[dict[str, Any]]:
    return [target for each in expectations for target in each["targets"] if target["name"] == name]


def _shrinks(expectations: Expectations) -> bool:
    return any(target["condition"] == "decrease_by" for each in expectations for target in each["targets"])
