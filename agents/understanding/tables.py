"""Pasted tables and CSV → an order a line: the headings say what the cells under them are."""

from dataclasses import replace

from agents.understanding.nodes import Node
from agents.understanding.order import Order
from agents.understanding.orders import orders_of
from agents.understanding.rows import Item, ItemKind

_KINDS: tuple[tuple[str, ItemKind], ...] = (
    ("thing", "thing"),
    ("sites", "sites"),
    ("amount", "amount"),
    ("aim", "aim"),
)
_BORDERS = ("comma", "semicolon", "dash", "colon", "line", "tab")
_HEADING = ("content_label", "aim", "site_word", "named", "slice_id", "unobject")

Cell = list[Node]


def table_orders(nodes: list[Node], sentence: int) -> list[Order]:
    """The orders of a sentence with a table in it, of the lines around it too; none where there is no table. A line
    with an empty cell is no order: its words are left to be asked about."""
    lines = _lines(nodes)
    cells = [_cells(line) for line in lines]
    first = next((at for at, line in enumerate(cells) if _is_heading(line)), None)
    if first is None:
        return []
    last, data = first, []
    while last + 1 < len(lines) and (
        not cells[last + 1]
        or len(cells[last + 1]) == len(cells[first])
        or _signs(lines[last + 1]) == _signs(lines[first])
    ):
        last += 1
        data += [cells[last]] if len(cells[last]) == len(cells[first]) else []
    if not data:
        return []
    orders = [_order(cells[first], line, sentence) for line in data]
    table = [node for line in lines[first : last + 1] for node in line]
    orders[0].read += [node for node in table if node.is_any(*_BORDERS)]
    orders[0].read += [node for cell in cells[first] for node in cell]
    around = [[node for line in part for node in line] for part in (lines[:first], lines[last + 1 :])]
    before, behind = (orders_of(part, sentence) if part else [] for part in around)
    return [*before, *orders, *behind]


def _lines(nodes: list[Node]) -> list[list[Node]]:
    lines: list[list[Node]] = [[]]
    for node in nodes:
        if "line" in node:
            lines.append([])
        elif "licensed" not in node:
            lines[-1].append(node)
    return lines


def _signs(line: list[Node]) -> int:
    return sum(node.is_any("comma", "semicolon") for node in line)


def _cells(line: list[Node]) -> list[Cell]:
    cells: list[Cell] = [[]]
    for node in line:
        if node.is_any("comma", "semicolon"):
            cells.append([])
        elif not node.is_any("dash", "colon"):
            cells[-1].append(node)
    return [cell for cell in cells if cell]


def _is_heading(cells: list[Cell]) -> bool:
    return len(cells) > 1 and all(_is_label(cell) for cell in cells)


def _is_label(cell: Cell) -> bool:
    """A label, the name of a target, or a type of object without a name."""
    return all(
        node.is_any(*_HEADING) or ("thing" in node and not node["thing"].names and node["thing"].slice is None)
        for node in cell
    )


def _order(heads: list[Cell], line: list[Cell], sentence: int) -> Order:
    order = Order(sentence, is_form=True)
    for head, cell in zip(heads, line, strict=True):
        aim = next((node for node in head if "aim" in node), None)
        for node in cell:
            _take(order, node, aim)
    return order


def _take(order: Order, node: Node, aim: Node | None) -> None:
    kind = next((kind for sense, kind in _KINDS if sense in node), None)
    if kind == "amount" and aim is not None:
        order.items.append(Item("aim", aim, ","))
    if kind == "amount" and node["amount"].written.isdigit():
        node.senses["amount"] = replace(node["amount"], is_doubtful=False)
    if kind is not None:
        order.items.append(Item(kind, node, None if kind == "amount" and aim is not None else ","))
        order.read.append(node)
    elif "verb" in node:
        order.verbs.append(node)
        order.read.append(node)
    elif node.is_any("det", "prep", "glue", "adverb"):
        order.read.append(node)
    else:
        order.unread.append(node)
