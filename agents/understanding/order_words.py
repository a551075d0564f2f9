"""The words that join the constituents of an order: each only where it does just that."""

from agents.understanding.inflection import BASE, THIRD
from agents.understanding.order_verbs import OrderVerbs
from agents.understanding.rows import Item

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
_PARTICLES = ("up", "down", "out", "in", "back", "away", "off", "online", "over")
_DANGERS = (
    "not",
    "if",
    "retraction",
    "correction",
    "or",
    "except",
    "total",
    "time",
    "undecided",
    "veto",
    "vague",
    "same",
)
_SIZING = ("sized", "dimensioned", "good for", "capable of", "able to")
_DEMANDING = ("must", "need to", "needs to", "have to", "has to", "there")
_NEEDED = ("needed", "wanted", "required")
_WHICH = ("first", "second", "third", "next", "last", "other")
_EACH = ("each", "apiece", "individually", "each one", "per site", "per location", "a piece")


class OrderWords(OrderVerbs):
    """Takes function words."""

    def _take_word(self, at: int) -> int:
        node = self.nodes[at]
        if not self._is_label(at) and (self._is_dangerous(at) or not self._joins(at)):
            self.order.unread.append(node)
        else:
            self.order.read.append(node)
        return at + 1

    def _is_dangerous(self, at: int) -> bool:
        """A word that changes what the others mean, or says which of several is meant."""
        node = self.nodes[at]
        is_quantifier = "all" in node and "placed" in node
        return (node.is_any(*_DANGERS) and not is_quantifier and "respectively" not in node) or self._says_which(at)

    def _joins(self, at: int) -> bool:
        """Takes a word that says how the constituents belong together; False for one that says anything else."""
        return self._takes_marker(at) or self._is_function_word(at)

    def _takes_marker(self, at: int) -> bool:
        """Words that are noted: `respectively`, `each`, `all`, `must`, the particle of a verb, the end of a bound."""
        node, order = self.nodes[at], self.order
        if "respectively" in node:
            order.respectively = node
        elif node.low in _PARTICLES and self._is_particle(at):
            order.particles += [node] if order.verbs and node.low not in ("back", "over") else []
        elif node.low in ("one", "ones") and "glue" in node:
            order.is_one = True
        elif node.low in _EACH or "each" in node.low.split():
            order.is_each = True
        elif "all" in node and "placed" in node:
            of = next((each for each in self.nodes[at + 1 : at + 4] if each.is_any("thing", "aim", "sites")), None)
            order.all_things = node if of is not None and "thing" in of else order.all_things
        elif (end := self._prb_end(node)) is not None:
            order.items.append(Item("aim", end, self.separator, self._prep(at)))
        elif self._is_modal(at):
            order.is_modal = True
        else:
            return "after_bound" in node and self._bound_last(node)
        return True

    def _is_function_word(self, at: int) -> bool:
        """Words that join, where they stand as they should."""
        node, order = self.nodes[at], self.order
        following = self.nodes[at + 1] if at + 1 < len(self.nodes) else None
        is_asked = bool(order.verbs) or any(each.is_any("please", "urgency") for each in self.nodes)
        if node.low == "now" and not is_asked and order.has("amount"):
            return False
        if (node.is_any("unverb") and self._before(at) is None) or ("wh" in node and "placed" not in node):
            return False
        if (
            node.low in _NEEDED
            and at > 0
            and self.nodes[at - 1].is_any("thing", "sites")
            and self._has_object_behind(at)
        ):
            return False
        if "be" in node and "glue" not in node:
            return self._is_auxiliary(at)
        if "have" in node:
            return order.is_modal or self._has_ensure() or self._is_behind_to(at)
        if node.low in ("able", "able to") and order.is_modal:
            return False
        if "link" in node and self._leads_on(at) and self._has_room_for_link(at):
            return True
        if node.is_any("bound", "after_bound") and "prep" not in node:
            return False
        order.is_polite |= "please" in node
        return (
            "placed" in node
            or self._is_kept(at)
            or (node.low == "there" and self._is_existential(at))
            or (node.low in ("us", "me") and at > 0 and "verb" in self.nodes[at - 1])
            or (node.is_any("pronoun", "person") and self._is_subject(at))
            or (node.low == "to" and following is not None and "licensed" not in following)
            or ("in_service" in node and bool(order.verbs))
            or (node.low in ("running", "live") and (self._has_ensure() or order.is_modal))
            or node.low in _NEEDED
            or (node.low == "requested" and at > 0 and self.nodes[at - 1].low in ("is", "are"))
        )

    def _has_room_for_link(self, at: int) -> bool:
        return self.order.is_modal or self._has_ensure() or self._is_relative(at) or self._is_sizing(at)

    def _says_which(self, at: int) -> bool:
        """`the second AMF`, `the AMF (new)`: no word that says nothing."""
        node, following = self.nodes[at], self.nodes[at + 1 : at + 2]
        if node.low in _WHICH and following and following[0].is_any("thing", "aim", "sites", "amount"):
            return at > 0 and self.nodes[at - 1].is_any("det", "its", "demonstrative", "adverb")
        is_bracketed = bool(following) and "close" in following[0] and at > 0 and "open" in self.nodes[at - 1]
        return is_bracketed and node.is_any("adjective") and not node.is_any("content_label")

    def _is_behind_to(self, at: int) -> bool:
        return at > 0 and (self.nodes[at - 1].low == "to" or "licensed" in self.nodes[at - 1])

    def _is_modal(self, at: int) -> bool:
        """`the AMF must run 5`, `must scale …`, `have the AMF scaled`; not `should scale`, which asks whether."""
        node = self.nodes[at]
        if self._is_polite_may(at) or (node.low in ("have", "let") and self._before(at) is None):
            return True
        is_there = at > 0 and self.nodes[at - 1].low == "there"
        is_demand = is_there or self.order.has("thing", "sites", "amount", "aim") or node.low in _DEMANDING
        return "modal" in node and "not" not in node and is_demand

    def _is_label(self, at: int) -> bool:
        """A label before its value."""
        following = self.nodes[at + 1] if at + 1 < len(self.nodes) else None
        if (
            following is not None
            and "content_label" in self.nodes[at]
            and following.is_any("content_label", "named", "aim")
        ):
            behind = self.nodes[at + 2] if at + 2 < len(self.nodes) else None
            return behind is not None and "colon" in behind
        if (
            following is not None
            and "close" in following
            and at + 2 < len(self.nodes)
            and "colon" in self.nodes[at + 2]
        ):
            return "content_label" in self.nodes[at]
        return "content_label" in self.nodes[at] and (
            (following is not None and following.is_any("colon", "line", "bound", "semicolon"))
            or self._is_in_brackets(at)
        )

    def _is_in_brackets(self, at: int) -> bool:
        """`[Site] osaka-1` at the beginning of a line."""
        return at > 0 and "open" in self.nodes[at - 1] and (at < 2 or self.nodes[at - 2].is_any("line", "licensed"))

    def _is_auxiliary(self, at: int) -> bool:
        """`to be`, `is needed`; not the `is` and `was` that state something."""
        node = self.nodes[at]
        if node.low in ("were", "was") and self.order.is_polite and not self.order.verbs:
            return True
        if node.low in ("be", "been", "being") or (
            (self.order.is_modal or self._has_ensure() or self._is_relative(at)) and node.low not in ("was", "were")
        ):
            return True
        following = next((each for each in self.nodes[at + 1 : at + 4] if "adverb" not in each), None)
        return (
            node.low in ("is", "are")
            and following is not None
            and (following.is_any("modal") or following.low in (*_NEEDED, "requested", "to be"))
        )

    def _is_polite_may(self, at: int) -> bool:
        """`may kindly be set`, `I'd appreciate it if the AMF could be set`."""
        node, following = self.nodes[at], self.nodes[at + 1] if at + 1 < len(self.nodes) else None
        if following is None:
            return False
        is_hoped = any(
            each.get("licensed") == "polite" and each.low.endswith(" if") and "wonder" not in each.low
            for each in self.nodes[:at]
        )
        return (node.low == "may" and "please" in following) or (
            is_hoped and node.low == "could" and following.low == "be"
        )

    def _is_kept(self, at: int) -> bool:
        """`ensure it takes 150,000 UEs`: the verb of what is ensured."""
        forms = {sense.form for sense in self.nodes[at].get("verb") or ()}
        before = self.nodes[at - 1] if at else None
        is_behind_subject = before is not None and before.is_any("thing", "sites", "object_pronoun", "modal")
        return bool(forms & {THIRD, BASE}) and self._has_ensure() and is_behind_subject and not self.order.has("amount")

    def _leads_on(self, at: int) -> bool:
        """A verb that joins its subject with a value behind it."""
        return any(
            node.is_any("amount", "aim", "bound", "thing", "verb", "have") for node in self.nodes[at + 1 : at + 6]
        )

    def _is_sizing(self, at: int) -> bool:
        """`a UDM sized for 300k subscribers`."""
        low = self.nodes[at].low
        if at > 0 and self.nodes[at - 1].low in _SIZING:
            return True
        return bool(self.order.verbs) and (low in _SIZING or (low.endswith("ing") and "verb" not in self.nodes[at]))

    def _is_relative(self, at: int) -> bool:
        """`a UPF that offers at least 8 Gbps`."""
        return (at > 0 and self.nodes[at - 1].low in ("that", "which", "whose")) or (
            (self.nodes[at - 1].is_any("aim") and self.nodes[at - 2].low == "whose") and bool(self.order.verbs)
        )

    def _is_subject(self, at: int) -> bool:
        following = self.nodes[at + 1 : at + 3]
        return any(self._is_need(node) or node.is_any("modal") for node in following)

    def _is_particle(self, at: int) -> bool:
        following = self.nodes[at + 1] if at + 1 < len(self.nodes) else None
        leads_to = following is not None and following.low in ("to", "by", "down", "up")
        is_last = following is None or following.is_any(*_SEPARATING, "licensed", "adverb")
        if self.nodes[at].low == "in":
            return bool(self.order.verbs) and (is_last or leads_to)
        if self.nodes[at].low in ("back", "over"):
            return leads_to or (at > 0 and "verb" in self.nodes[at - 1])
        return bool(self.order.verbs) or leads_to
