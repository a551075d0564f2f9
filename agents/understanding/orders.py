"""A sentence without its licensed words → the orders in it: a verb each, with the constituents that belong to it."""

from agents.understanding.nodes import Node
from agents.understanding.order import Order
from agents.understanding.order_words import OrderWords
from agents.understanding.rows import ItemKind

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


def orders_of(nodes: list[Node], sentence: int, *, is_form: bool = False) -> list[Order]:
    """The orders of one sentence. `nodes` that are licensed bear the sense `licensed`."""
    reader = _Reader(nodes, sentence, is_form)
    at = 0
    while at < len(nodes):
        at = reader.take(at)
    if (
        len(reader.orders) == 1
        and reader.separator in (":", "new_line")
        and reader.order.verbs
        and not reader.order.items
    ):
        reader.order.is_heading = True
    return [order for order in reader.orders if order.read or order.items or order.unread]


class _Reader(OrderWords):
    """Reads a sentence node by node."""

    def take(self, at: int) -> int:
        """Reads the node there; the place of the next one."""
        node = self.nodes[at]
        if "licensed" in node:
            if "apart" in node:
                self.separator = self._told_at(node) if "told" in node else self.separator or ","
            if node["licensed"] == "polite":
                if self.order.items and not self.order.verbs and self.separator == ":" and not self._is_adjunct():
                    self._open()
                self.order.is_polite = True
            return at + 1
        if (kind := self._order_form(at)) is not None:
            self._take_verb(at, kind)
            return at + 1
        if (name := self._named(at)) is not None:
            self.order.read += self.nodes[at:name]
            self._add("name", name)
            return name + 1
        if self._is_once_more(at):
            self.order.is_one = True
            self.order.read.append(node)
            return at + 1
        if (item := self._kind(at)) is not None:
            if self._is_misplaced(item, at):
                self.order.unread.append(node)
            else:
                self._add(item, at)
            return at + 1
        if (
            (node.is_any(*_SEPARATING) or node.low in ("=", "==", "...", "…"))
            and not node.is_any("thing", "amount")
            and self._take_separator(at)
        ):
            return at + 1
        return self._take_word(at)

    def _take_separator(self, at: int) -> bool:
        node = self.nodes[at]
        if self.separator in ("told", "aside") and node.is_any("and", "comma"):
            self.order.read.append(node)
            return True
        if "so" in node or ("but" in node and not self._leaves_out(at)):
            self.separator = self.separator or ","
            self.order.read.append(node)
            return True
        if "but" in node:
            return False
        if node.low in ("=", "=="):
            self.separator = self.separator or ":"
            self.order.read.append(node)
            return True
        if "stop" in node:
            self.separator = self.separator or ":"
            self.order.read.append(node)
            return True
        if node.is_any("slash", "plus") and not self._is_between_items(at):
            return False
        if "star" in node and not self._is_bullet(at):
            return False
        if "ditto" in node:
            if not self.order.items:
                return False
            self.separator = "and"
            self.order.read.append(node)
            return True
        is_whole = self.order.has("thing") and self.order.has("sites", "there") and self.order.has("amount")
        if "colon" in node and not self.is_form and (is_whole or self._begins_anew(at)):
            self._open()
        if "close" in node and self._is_verb_in_brackets(at):
            self._open()
        if "colon" in node or "line" in node or self.separator is None or node.is_any("and", "semicolon"):
            sign = next(sense for sense in _SEPARATING if sense in node)
            names = {
                "comma": ",",
                "semicolon": ";",
                "colon": ":",
                "dash": "-",
                "line": "new_line",
                "open": "(",
                "close": ")",
                "slash": "/",
                "and": "and",
                "plus": "and",
            }
            if not (self.separator in ("new_line", ";") and sign not in ("line", "semicolon")):
                self.separator = names.get(sign, self.separator)
        self.order.read.append(node)
        return True

    def _told_at(self, node: Node) -> str:
        return "told" if "sites" in node or self.separator == "told" else "aside"

    def _begins_anew(self, at: int) -> bool:
        """`get a NEF running in sapporo-1: the PCF in edge-03 …`: an order of its own, and another object behind it."""
        following = [node for node in self.nodes[at + 1 : at + 4] if not node.is_any("det", "licensed")]
        is_order = bool(self.order.verbs) and self.order.has("thing") and self.order.has("sites")
        return is_order and bool(following) and "thing" in following[0]

    def _is_verb_in_brackets(self, at: int) -> bool:
        """`to (please add a NEF in sapporo-1) 5 replicas`: what stands behind the bracket is no part of its order."""
        begin = max((place for place in range(at) if "open" in self.nodes[place]), default=at)
        inside = {node.start for node in self.nodes[begin:at]}
        return any(verb.start in inside for verb in self.order.verbs)

    def _leaves_out(self, at: int) -> bool:
        """`all UPFs but upf-blue`, `in Osaka, but Nagoya first`: what is said so is not understood."""
        following = [node for node in self.nodes[at + 1 : at + 3] if "det" not in node]
        if following and following[0].low in ("one", "ones", "the one", "the ones", "those", "that"):
            return True
        if not following or not following[0].is_any("sites", "thing"):
            return False
        is_behind = at > 0 and self.nodes[at - 1].is_any("sites", "thing")
        return is_behind or "sites" in following[0] or not self.order.has("amount")

    def _is_bullet(self, at: int) -> bool:
        return at == 0 or self.nodes[at - 1].is_any("line") or "licensed" in self.nodes[at - 1]

    def _is_between_items(self, at: int) -> bool:
        around = self.nodes[at - 1 : at] + self.nodes[at + 1 : at + 2]
        return len(around) == 2 and all(any(sense in node for sense, _ in _KINDS) for node in around)
