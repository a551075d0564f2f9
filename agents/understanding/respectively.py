"""`the AMF and the SMF … to 4 and 6 replicas respectively`: lists that are read pair by pair."""

from dataclasses import replace

from agents.understanding.rows import Item, Row


def paired(items: list[Item]) -> list[Row] | None:
    """A row for each pair; None where the lists do not go together."""
    things = [item for item in items if item.kind == "thing"]
    sites = [item for item in items if item.kind == "sites"]
    amounts = _of_one_kind([item for item in items if item.kind == "amount" and item.prep != "from"])
    aims = [item for item in items if item.kind == "aim"]
    if any(item.kind in ("pronoun", "there", "everything") for item in items):
        return None
    length = max(len(things), len(sites), len(amounts), len(aims))
    lists = [things, sites, amounts, aims]
    if (
        length < 2
        or any(len(each) not in (0, 1, length) for each in lists)
        or sum(len(each) == length for each in lists) < 2
    ):
        return None
    rows = [
        Row.of([_lone(each[at if len(each) == length else 0]) for each in (things, sites, aims, amounts) if each])
        for at in range(length)
    ]
    return None if any(row is None for row in rows) else [row for row in rows if row is not None]


def _lone(item: Item) -> Item:
    return replace(item, separator=None)


def _of_one_kind(amounts: list[Item]) -> list[Item]:
    """`4, 5 and 6 replicas`: the last one's kind is that of all."""
    if not amounts:
        return amounts
    last = amounts[-1].node["amount"]
    result = []
    for item in amounts:
        amount = item.node["amount"]
        if amount.kind == "bare" and last.kind not in ("bare", "version") and last.written and len(last.parts) == 1:
            factor = last.value / float(last.written.replace(",", "")) if float(last.written.replace(",", "")) else 1.0
            amount = replace(amount, kind=last.kind, parts=((last.bound, round(amount.value * factor, 9)),))
            node = replace(item.node, senses={"amount": amount})
            item = replace(item, node=node, prep=amounts[-1].prep or item.prep)
        result.append(item)
    return result
