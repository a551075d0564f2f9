"""What a node is, in the terms that the patterns of licences use."""

from collections.abc import Mapping

from agents.understanding.nodes import Node

_FIRST_PICTURE = 0x2300
_LAST_LATIN = "\u024f"
_MEANINGLESS = frozenset(
    {"order_object", "order_verb", "region_words", "ordinal", "form", "unknown", "noun", "matter", "place_noun", "org"}
)
"""Senses that make a word no part of a request."""
_MAYBE_NAMES = ("unknown", "who", "noun", "event")
_VERBAL = {"verb": "v", "multiply": "v", "stating": "fact", "unverb": "unverb", "foreign": "foreign"}


def tags_of(node: Node, text: str, classes: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Its senses, the forms of its verbs, the kind of its amount, its letter case, and the classes these are of."""
    tags = set(node.senses)
    for sense, prefix in _VERBAL.items():
        for each in _forms(node, sense):
            tags.add(f"{prefix}.{each}")
    if "amount" in node:
        tags.add(f"amount.{node['amount'].kind}")
        tags.discard("number")
        if node["amount"].bound is not None:
            tags.add("bounded")
        if node["amount"].kind == "bare":
            tags.add("number")
    if all(ord(letter) > _FIRST_PICTURE for letter in node.low) and not tags & {"prep", "retraction", "bound"}:
        return frozenset({"emoji", *node.senses})
    if tags <= _MEANINGLESS:
        tags.add("unknown")
    if any(letter > _LAST_LATIN and letter.isalpha() for letter in node.low):
        tags.add("foreign_script")
    if len(node.low) == 1 and text[node.start].isalpha() and text[node.start].isupper():
        tags.add("initial")
    if text[node.start : node.start + 1].isupper() and tags.isdisjoint(("thing", "sites", "amount", "aim")):
        tags.add("upper")
    if text[node.start : node.start + 1].isupper() and not tags.isdisjoint(_MAYBE_NAMES):
        tags.add("cap")
    if "thing" in tags and node["thing"].names:
        tags.add("named_thing")
    if "thing" in tags or "sites" in tags:
        tags -= {"unknown", "unobject"}
    for name, members in classes.items():
        if not tags.isdisjoint(members):
            tags.add(name)
    return frozenset(tags)


def _forms(node: Node, sense: str) -> set[str]:
    found = node.get(sense)
    if found is None:
        return set()
    if sense == "multiply":
        return {"base"}
    return {getattr(each, "form", each) for each in found}
