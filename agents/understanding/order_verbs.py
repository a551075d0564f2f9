"""In which forms a verb orders something, and where the next order begins."""

from dataclasses import replace

from agents.understanding.inflection import BASE, GERUND, PARTICIPLE, PAST, THIRD
from agents.understanding.nodes import Node
from agents.understanding.order_items import OrderItems
from agents.understanding.rows import Item


class OrderVerbs(OrderItems):
    """Takes verbs. A verb orders where it stands as an order does: first in its clause, behind a polite lead, a modal
    or `to`, or said of its object as a noun or a participle. Every other verb states something, and is left unread."""

    def _order_form(self, at: int) -> str | None:
        """In which form a verb orders here; None for what is no verb of an order."""
        node = self.nodes[at]
        if node.is_any("thing", "sites", "amount", "aim"):
            return None
        if self._is_interjected(at):
            return None
        before = self._before(at)
        if "verb_noun" in node and "verb" not in node and not node.is_any("unknown"):
            return "noun" if self._is_noun_order(at) else None
        is_asked = self._is_after_polite(at)  # `would you mind scaling the AMF`
        is_telling = (
            "verb_noun" in node and node.low.split()[0].endswith("ing") and not self.order.verbs and not is_asked
        )
        if is_telling and before is not None and "sites" in before:
            return None
        if is_telling and at + 1 < len(self.nodes) and self.nodes[at + 1].is_any("det", "thing", "its"):
            return None
        senses = node.get("verb") or ()
        forms = {sense.form for sense in senses}
        if "multiply" in node:
            forms.add(BASE)
        if not forms:
            return None
        is_wish = self._is_need(node) or any(sense.base == "get" for sense in senses)
        is_asker = at > 0 and self.nodes[at - 1].get("licensed") == "who needs it"
        if THIRD in forms and is_wish and (self.order.items or before is not None or is_asker):
            return "third"
        if self._is_need(node) and self._is_after_polite(at):
            return None
        if before is None and self._is_after_polite(at) and forms & {PAST, GERUND, PARTICIPLE}:
            return BASE
        if BASE in forms and self._is_imperative(at, before, node):
            return BASE
        is_liking = node.low == "like" and before is not None and before.is_any("thing", "sites")
        if (
            BASE in forms
            and self._is_need(node)
            and not is_liking
            and before is not None
            and before.is_any("pronoun", "person", "thing", "sites")
        ):
            return "third"
        if PARTICIPLE in forms and self._is_after_seeing():
            return PARTICIPLE
        if PARTICIPLE in forms or PAST in forms:
            return PARTICIPLE if self._is_passive(at, before, node) else None
        if GERUND in forms and self.order.verbs and all(self._is_need(each) for each in self.order.verbs):
            return GERUND
        if "verb_noun" in node and self._is_noun_order(at):
            return "noun"
        return None

    def _is_interjected(self, at: int) -> bool:
        """`(launch …)`, `- hold -`, `…, hold`: a verb thrown in, which may be about all of it."""
        around = self.nodes[at - 1] if at else None, self.nodes[at + 1] if at + 1 < len(self.nodes) else None
        if (
            not self.order.verbs
            or around[0] is None
            or around[0].is_any("licensed", "please", "adverb", "colon", "line")
        ):
            return False
        is_alone = around[1] is None or around[1].is_any("comma", "dash", "stop", "question", "close", "semicolon")
        return "open" in around[0] or (is_alone and around[0].is_any("comma", "dash", "semicolon"))

    def _is_after_seeing(self) -> bool:
        """`I'd like to see the AMF scaled`."""
        return any(node.low == "see" and node.get("licensed") == "polite" for node in self.nodes)

    def _is_after_polite(self, at: int) -> bool:
        """`would you mind scaling`, `I'd be obliged if you scaled`."""
        return at > 0 and self.nodes[at - 1].get("licensed") == "polite"

    def _is_imperative(self, at: int, before: Node | None, node: Node) -> bool:
        if node.low == "like":
            return False
        if before is None:
            following = self.nodes[at + 1] if at + 1 < len(self.nodes) else None
            is_label = following is not None and "colon" in following and node.is_any("content_label")
            return not is_label
        if before.low == "to":
            earlier = self._before_place(at, before)
            is_lead = earlier is None or earlier.is_any("licensed", "verb", "be", "pronoun", "have")
            is_purpose = earlier is None and self._orders_behind_comma(at)
            return (is_lead and not is_purpose) or bool(self.order.verbs) or "licensed" in before
        if self.order.is_modal and (before.is_any("modal") or self.order.items):
            return True
        following = self.nodes[at + 1] if at + 1 < len(self.nodes) else None
        if (
            before.is_any("thing", "sites")
            and not self.order.verbs
            and (
                following is None
                or following.low in ("to", "by", "from")
                or following.is_any("stop", "line", "licensed")
            )
        ):
            return True
        if "sites" in before and self.order.verbs and self._is_placed_ahead(at):
            return True
        if before.low in ("that", "and", "then", "be", "not"):
            return before.low in ("and", "then")
        if not self.order.verbs and self._is_adjunct() and before.is_any("thing", "sites"):
            return True
        is_subjunctive = "sites" in before and not self.order.verbs and not self._has_subject()
        return is_subjunctive and before.is_any("sites")

    def _orders_behind_comma(self, at: int) -> bool:
        """`To keep the SMF at 4 replicas, scale the AMF`: what is wished with the order, and none itself."""
        return any(
            "comma" in sign and any(sense.form == BASE for sense in node.get("verb") or ())
            for sign, node in zip(self.nodes[at:], self.nodes[at + 1 :], strict=False)
        )

    def _before_place(self, at: int, before: Node) -> Node | None:
        place = self.nodes.index(before) - 1
        return self.nodes[place] if place >= 0 else None

    def _is_passive(self, at: int, before: Node | None, node: Node) -> bool:
        if any(self._is_need(each) or self._is_causing(each) for each in self.order.verbs):
            return not node.is_any("adjective") or before is None or not before.is_any("det")
        if before is not None and before.low == "been":
            return False
        if before is not None and before.low in ("is", "are") and self._has_ensure():
            return True
        if self.order.is_modal and before is not None and before.is_any("be", "modal", "thing", "sites"):
            return True
        if before is not None and before.low in ("be", "to be", "being"):
            return True
        if before is not None and before.low in ("were", "was") and self.order.is_polite:
            return True
        if self._is_need(node) and self.order.items and not self.order.verbs and not self._has_object_behind(at):
            return before is not None and (before.is_any("thing", "sites") or before.low in ("is", "are"))
        return False

    def _has_object_behind(self, at: int) -> bool:
        """`The AMF needed 5 replicas`: told of the past; `AMF needed in osaka-1` is none."""
        following = self.nodes[at + 1] if at + 1 < len(self.nodes) else None
        return following is not None and following.is_any("amount", "aim", "thing", "det", "bound", "more", "another")

    def _is_causing(self, node: Node) -> bool:
        return any(sense.base == "get" for sense in node.get("verb") or ())

    def _is_noun_order(self, at: int) -> bool:
        if self.order.verbs and not all(self._is_need(each) for each in self.order.verbs):
            return False
        following = self.nodes[at + 1 : at + 4]
        is_of = bool(following) and (following[0].low in ("of", "for", "to", "from") or "colon" in following[0])
        is_before = any(each.is_any("thing", "aim") for each in following[:2])
        is_behind = bool(self.order.items) and self.order.items[-1].kind in ("thing", "aim")
        return is_of or is_before or is_behind

    def _take_verb(self, at: int, form: str) -> None:
        node = self.nodes[at]
        if "verb" not in node and "verb_noun" in node:
            node = Node(node.low, node.start, node.end, {**node.senses, "verb": node["verb_noun"]})
        main = list(self.order.verbs)
        if self.is_form and at + 1 < len(self.nodes) and "colon" in self.nodes[at + 1]:
            main = []
        if form in (BASE, "third", "noun") and main and not self._helps(form, node):
            is_led = form == "third" or self._is_behind_modal(at) or self._is_placed_ahead(at)
            moved = self._subject_behind_separator() if is_led else []
            self._open()
            self.order.items = moved
        elif form == BASE and not main and self._is_complete_before(at):
            self._open()
        elif main and self._has_own_subject():
            moved = self._subject_behind_separator()
            self._open()
            self.order.items, self.order.is_modal = moved, True
        self.order.verbs.append(node)
        self.order.read.append(self.nodes[at])
        if self.separator not in ("new_line", ";"):
            self.separator = None

    def _has_own_subject(self) -> bool:
        """`Ensure 100 Mbps for …, an AMF should be created`: the object behind the comma is this verb's alone."""
        kinds = [item.kind for item in self.order.items]
        last = max((at for at, kind in enumerate(kinds) if kind == "thing"), default=0)
        is_apart = bool(kinds) and self.order.items[last].separator in (",", ";", "-", "aside", "told")
        return is_apart and "amount" in kinds[:last] and "thing" in kinds[:last]

    def _is_behind_modal(self, at: int) -> bool:
        before = self._before(at)
        return before is not None and "modal" in before

    def _helps(self, form: str, node: Node) -> bool:
        """`make sure to scale`, `we need to upgrade`: the verb before says only that it is an order."""
        last = self.order.verbs[-1]
        kinds = {sense.kind for sense in last.get("verb") or ()}
        is_helping = kinds <= {"ensure", "need", "run", "give", "bring", "set"} or "lead" in last
        if not is_helping:
            return False
        has_value = self.order.has("amount")
        return not has_value if form in (BASE, "third") else form == "noun" and not self.order.items

    def _is_placed_ahead(self, at: int) -> bool:
        """`…; in Manchester, scale the SMF to 2`: of a clause that is whole, the place before this verb is no part."""
        if not self.order.items:
            return False
        *earlier, last = self.order.items
        if last.kind != "sites" or not last.prep or last.separator not in (";", "and", ","):
            return False
        between = [node for node in self.nodes[:at] if node.start >= last.node.end]
        is_whole = {"thing", "sites", "amount"} <= {item.kind for item in earlier}
        is_led = is_whole and all("comma" in node for node in between)
        return is_led and not any(node.is_any("sites", "there") for node in self._ahead(at))

    def _subject_behind_separator(self) -> list[Item]:
        items = self.order.items
        cut = next((n for n in range(len(items) - 1, 0, -1) if items[n].separator is not None), len(items))
        self.order.items, moved = items[:cut], items[cut:]
        return [replace(moved[0], separator=None), *moved[1:]] if moved else []

    def _is_complete_before(self, at: int) -> bool:
        """`two CU-UPs for edge-04, please roll them out`: what stands before the verb is of another clause."""
        if not self.order.items or self.order.is_modal:
            return False
        if self._before(at) is not None:
            return False
        ahead = self._ahead(at)
        has_object = any(node.is_any("thing", "object_pronoun", "everything", "its") for node in ahead)
        return has_object and not self._is_adjunct()

    def _ahead(self, at: int) -> list[Node]:
        for place in range(at + 1, len(self.nodes)):
            node = self.nodes[place]
            if node.is_any("comma", "semicolon", "licensed", "line") or (
                place > at + 1 and "verb" in node and self._before(place) is None and not node.is_any("thing")
            ):
                return self.nodes[at + 1 : place]
        return self.nodes[at + 1 :]
