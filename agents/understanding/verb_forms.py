"""The forms in which a word may be a verb that orders something."""

from agents.understanding.nodes import Node


def verb_forms(node: Node) -> set[str]:
    """Of verbs that are done here, of those that are not, and of those of other trades."""
    return {sense.form for name in ("verb", "unverb", "foreign") for sense in node.get(name) or ()}
