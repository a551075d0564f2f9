"""Objects, sites, values and names of targets in the place where an order has them."""

import re
from dataclasses import replace

from agents.understanding.aims import Aim
from agents.understanding.nodes import Node
from agents.understanding.order import OrderState
from agents.understanding.rows import Item, ItemKind

_KINDS: tuple[tuple[str, ItemKind], ...] = (
    ("thing", "thing"),
    ("sites", "sites"),
    ("amount", "amount"),
    ("aim", "aim"),
    ("everything", "everything"),
    ("there", "there"),
    ("object_pronoun", "pronoun"),
)
_SEPARATING = (
    "comma",
    "and",
    "semicolon",
    "dash",
    "colon",
    "slash",
    "line",
    "open",
    "close",
    "quote",
    "star",
    "tilde",
    "plus",
    "so",
    "but",
    "stop",
    "ditto",
)
_ENDS = {"minimum": "prb_ratio_min", "min": "prb_ratio_min", "maximum": "prb_ratio_max", "max": "prb_ratio_max"}
_RENAMING = ("now", "namely", "specifically", "i.e.", "ie", "that is", "in particular")
_BESIDE = ("via", "by", "per", "through", "throughout", "towards", "toward", "into", "onto", "on behalf of")
"""What stands behind one of these has a part in a wish, and is not what is wished for."""
_OF_TODAY = ("now", "old_label")
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_DURATIONS = ("minute", "min", "hour", "hr", "day", "week", "month", "year")


class OrderItems(OrderState):
    """Takes constituents."""

    def _kind(self, at: int) -> ItemKind | None:
        node = self.nodes[at]
        kind = next((kind for sense, kind in _KINDS if sense in node), None)
        if kind == "pronoun" and not self._refers(at):
            return None
        if kind == "there" and self._is_existential(at):
            return None
        if kind is None and "its" in node:
            return "pronoun"
        if kind is None and "all" in node and self._is_all_of_them(at):
            return "there"
        if kind is None and node.is_any("all", "demonstrative") and self._is_object(at):
            return "pronoun"
        return kind

    def _is_once_more(self, at: int) -> bool:
        """`deploy a NEF in Osaka and another one in Nagoya`: the same at one more place."""
        node, following = self.nodes[at], self.nodes[at + 1 : at + 2]
        is_one = "amount" in node and node.low in ("another one", "another", "one more", "one")
        return (
            is_one
            and bool(following)
            and "prep" in following[0]
            and self.order.has("sites")
            and not self.order.has("amount")
        )

    def _is_misplaced(self, kind: ItemKind, at: int) -> bool:
        """Constituents that are not meant as such: `two of them`, `was 5`, `by Munich`, `each of 10 UEs`, `to - 5`,
        `from 2027`."""
        if self._is_afterthought(kind):
            return True
        before = [node.low for node in self.nodes[max(0, at - 2) : at]]
        after = self.nodes[at + 1 : at + 3]
        if kind == "sites":
            return before[-1:] == ["by"] or (before[-1:] != [] and before[-1] in _RENAMING)
        if kind == "thing" and self._prep(at) in _BESIDE:
            return True
        if kind == "thing":
            return before[-1:] != [] and before[-1] in _RENAMING and self.order.has("thing")
        if kind != "amount":
            return False
        words = self.nodes[at].low.split()
        if self.nodes[at]["amount"].kind == "ambiguous" and words[-1].rstrip("s") in _DURATIONS:
            return True
        is_part = bool(after) and "object_pronoun" in after[0] and words[-1] == "of"
        is_part = is_part or (len(after) == 2 and after[0].low == "of" and "object_pronoun" in after[1])
        is_share = (before[-1:] == ["of"] and before[0].endswith("each")) or before[-1:] in (
            ["was"],
            ["were"],
            ["per"],
            ["each of"],
            ["for each of"],
        )
        is_numbering = (
            bool(after) and "colon" in after[0] and at > 0 and self.nodes[at - 1].is_any("content_label", "site_word")
        )
        if is_numbering:
            return True
        is_signed = before[-1:] != [] and before[-1] in ("-", "–", "—", "+") and before[0] in ("to", "by", "from")
        is_status = before[-1:] == ["/"] and before[0][-1:].isdigit()
        is_year = before[-1:] == ["from"] and bool(_YEAR.fullmatch(words[0])) and not (after and after[0].low == "to")
        is_misplaced = is_part or is_share or is_signed or is_status or is_year
        return is_misplaced or self._is_of_today(at) or self._is_definite(at) or self._describes(at)

    def _describes(self, at: int) -> bool:
        """`scale the AMF of 5 replicas in Tokyo`: what it has, or is to have."""
        lead, following = self._lead(at), self.nodes[at + 1 : at + 3]
        words = {word for node in lead for word in node.low.split()}
        is_behind = len(lead) < at and "thing" in self.nodes[at - len(lead) - 1]
        is_inside = words == {"with"} and any("sites" in node for node in following)
        is_changing = bool(self._verb_kinds() & {"scale", "upgrade", "raise", "lower"})
        return is_changing and ("sized" in words or (is_behind and ("of" in words or is_inside)))

    def _is_of_today(self, at: int) -> bool:
        """`now at 5 replicas`, `…, at version 2.0.0 now`, `which runs at 5 replicas`: what there is."""
        lead = self._lead(at)
        if any(node.low in ("to", "by") for node in lead):
            return False
        if any("relative" in node or node.low.startswith(("which ", "that ")) for node in lead):
            return not self._verb_kinds() & {"deploy", "need"}  # these say what shall be there
        commas = [place for place, node in enumerate(lead) if "comma" in node]
        near = lead[commas[-1] + 1 :] if commas else lead
        is_apart = bool(commas) or self.separator is not None
        is_led = any(node.low in ("at", "on") for node in near)
        if any(node.is_any(*_OF_TODAY) for node in near):
            return is_led or is_apart
        return is_led and is_apart and any(node.is_any(*_OF_TODAY) for node in self.nodes[at + 1 : at + 2])

    def _lead(self, at: int) -> list[Node]:
        """What stands between this and the object, site, amount or verb before it, a target's name included."""
        first = at
        while first > 0 and not _is_content(self.nodes[first - 1]):
            first -= 1
        return list(self.nodes[first:at])

    def _verb_kinds(self) -> set[str]:
        return {sense.kind for verb in self.order.verbs for sense in verb.get("verb") or ()}

    def _is_afterthought(self, kind: ItemKind) -> bool:
        """`… in edge-03 - the NSSF`: one more object or site behind a wish that is whole."""
        is_apart = self.separator in ("-", "–", "—", "(") and kind in ("thing", "sites")
        return is_apart and self.order.has("thing") and self.order.has("sites") and self.order.has("amount")

    def _is_definite(self, at: int) -> bool:
        """`change the 5 replicas`: what is there, and not what shall be."""
        kinds = self._verb_kinds()
        is_changing = (
            bool(kinds & {"set", "raise", "lower", "scale", "configure", "need", "give"}) and "ensure" not in kinds
        )
        is_after_the = at > 0 and self.nodes[at - 1].low in ("the", "its", "our", "their", "these", "those")
        return is_changing and is_after_the and not self._is_led(at - 1)

    def _is_led(self, at: int) -> bool:
        """`to the 5 replicas`, but not `with its 5 replicas`, `each of the 5 replicas`."""
        return at > 0 and "prep" in self.nodes[at - 1] and self.nodes[at - 1].low not in ("with", "of", "each of")

    def _add(self, kind: ItemKind, at: int) -> None:
        node = self.nodes[at]
        if kind == "aim" and "in_order" in node:
            self.order.respectively = node
        self.order.read.append(node)
        item = Item(
            kind,
            node,
            self.separator,
            self._prep(at) or self._prep_of_name(kind),
            self._is_new(at),
            is_before_verb=not self.order.verbs,
            is_in_form=self.is_form,
        )
        self.order.items.append(item)
        if kind != "pronoun":
            self.separator = None

    def _prep_of_name(self, kind: ItemKind) -> str:
        """`from version 2.0.0`: what leads a target's name leads the amount behind it."""
        last = self.order.items[-1] if self.order.items else None
        if kind != "amount" or last is None or last.kind != "aim" or self.separator is not None:
            return ""
        return "from" if last.prep == "from" else ""

    def _refers(self, at: int) -> bool:
        following = self.nodes[at + 1] if at + 1 < len(self.nodes) else None
        is_filling = self.nodes[at].low == "it" and at > 0 and self.nodes[at - 1].low in ("make", "get", "have")
        if is_filling and any("thing" in node for node in self.nodes[at + 1 :]):
            return False
        return not (self.nodes[at].low == "it" and following is not None and following.low in ("be", "would", "is"))

    def _is_existential(self, at: int) -> bool:
        following = self.nodes[at + 1] if at + 1 < len(self.nodes) else None
        is_first = self._before(at) is None
        return is_first and self.nodes[at].low == "there" and following is not None and following.is_any("modal", "be")

    def _is_all_of_them(self, at: int) -> bool:
        following = self.nodes[at + 1] if at + 1 < len(self.nodes) else None
        ends = following is None or following.is_any(*_SEPARATING, "licensed", "prep")
        return ends and at > 0 and self.nodes[at - 1].low in ("in", "at", "on", "for", "across")

    def _is_object(self, at: int) -> bool:
        """`scale both to 4 replicas`."""
        following = self.nodes[at + 1] if at + 1 < len(self.nodes) else None
        is_alone = following is None or (
            following.is_any("prep", "licensed", *_SEPARATING) and "of" not in following.low
        )
        return is_alone and at > 0 and "verb" in self.nodes[at - 1] and not self.order.has("thing")

    def _named(self, at: int) -> int | None:
        """`Name: smart-port` on a line of its own: the place of the name."""
        if "named" not in self.nodes[at]:
            return None
        place = at + 1
        while place < len(self.nodes) and self.nodes[place].is_any("colon", "quote", "bound"):
            place += 1
        if place == at + 1 or place >= len(self.nodes):
            return None
        node = self.nodes[place]
        is_slug = node.is_any("slug", "unknown", "named_object")
        return place if is_slug or ("thing" in node and node.low in node["thing"].names) else None

    def _bound_last(self, node: Node) -> bool:
        """`50 ms latency max`: the bound of the amount before the name."""
        items = self.order.items
        is_named = len(items) > 1 and items[-1].kind == "aim" and items[-2].kind == "amount"
        if not is_named or items[-1].node["aim"].is_direction or node["after_bound"] not in ("at_least", "at_most"):
            return False
        aim: Aim = items[-1].node["aim"]
        senses = {"aim": replace(aim, bound=node["after_bound"])}
        items[-1] = replace(items[-1], node=replace(items[-1].node, senses=senses))
        return True

    def _prb_end(self, node: Node) -> Node | None:
        """`… the maximum PRB ratio … to 30 % and the minimum to 50 %`: the other end of the same ratio."""
        before = [item.node["aim"].name for item in self.order.items if item.kind == "aim"]
        if node.low not in _ENDS or not before or not before[-1].startswith("prb_ratio"):
            return None
        return Node(node.low, node.start, node.end, {"aim": Aim(_ENDS[node.low])})


def _is_content(node: Node) -> bool:
    """An object, a site, an amount or a verb; `runs` and its kind link a subject to what it has."""
    return node.is_any("thing", "sites", "amount", "open") or ("verb" in node and "link" not in node)
