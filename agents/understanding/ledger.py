"""The ledger of words: whether every word of a request is used, or licensed, or has to be asked about.

It looks at the whole text and at what was made of it, and trusts neither the orders nor the rows: a value, a site or an
object of the text that no expectation holds is a fault even where the parser says that it was read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.domain.rules import Fault
from agents.understanding.amounts import Amount
from agents.understanding.faults_of_words import fault_of, unread
from agents.understanding.licences import Licensed
from agents.understanding.nodes import Node
from agents.understanding.things import Mention
from schemas.intent import Action, Expectation
from schemas.reasons import DeclineReason

_SIGNS = frozenset(
    {"comma", "stop", "line", "colon", "semicolon", "dash", "open", "close", "quote", "and", "mark", "blank"}
)


_CORE = frozenset(
    {"thing", "sites", "amount", "aim", "object_pronoun", "everything", "its", "verb", "verb_noun", "multiply"}
    | {"content_label", "named", "slice_id", "sst", "all"}
)
_LITTLE = frozenset({"det", "prep"})
_LEADING = frozenset({"adverb", "sequence", "reason", "so", "and", "past", "now", "then"})
_APART = frozenset({"reason", "purpose", "so", "which"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One stretch of the text and what became of it: `used`, the name of a licence, or `open`."""

    start: int
    end: int
    became: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """What became of each word; the `faults` of dangerous ones; what was used and is `unheld` by every
    expectation; and the words that nothing was done about."""

    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...]
    unheld: tuple[Fault, ...]
    not_acted_on: tuple[str, ...]


def ledger_of(
    nodes: Sequence[Node],
    tags: Sequence[frozenset[str]],
    licensed: Sequence[Licensed],
    used: set[int],
    origins: set[int],
    expectations: Sequence[Expectation],
    text: str,
) -> Ledger:
    """The ledger of a request. `used` are the starts of the nodes that orders are made of, `origins` those of values
    that were ("from 3")."""
    became = ["used" if node.start in used else "open" for node in nodes]
    for each in licensed:
        became[each.first : each.after] = [each.name] * (each.after - each.first)
    _open_orderless(tags, became)
    _open_beside(licensed, tags, became)
    entries = tuple(Entry(node.start, node.end, name) for node, name in zip(nodes, became, strict=True))
    faults: list[Fault] = []
    quotes: list[str] = []
    for stretch in _open_stretches(tags, became):
        found = list(_faults(stretch, nodes, tags, became, text)) or list(_label(stretch, nodes, tags, text))
        faults += found
        if not found:
            quotes.append(text[nodes[stretch[0]].start : nodes[stretch[-1]].end])
    owners = {text[nodes[each.first].start : nodes[each.after - 1].end] for each in licensed if each.is_quoted}
    if len(owners) > 1 or (owners and any(each.action is not Action.DEPLOY for each in expectations)):
        faults += [_whose(quote) for quote in sorted(owners)]
    quotes += sorted(owners)
    quotes += [
        text[nodes[each.first].start : nodes[each.after - 1].end]
        for each in licensed
        if each.is_strange or (each.is_told and _is_elsewhere(nodes[each.first : each.after], expectations))
    ]
    unheld = tuple(_unheld(nodes, became, expectations, origins, text))
    return Ledger(entries, tuple(faults), unheld, tuple(quotes))


def _whose(quote: str) -> Fault:
    message = f'It is not clear which object is meant by "{quote}".'
    return Fault(DeclineReason.AMBIGUOUS, message, "Which object is it? Please give its name.")


def _is_elsewhere(told: Sequence[Node], expectations: Sequence[Expectation]) -> bool:
    """True for what is said of an object at a site with which nothing is done: it may be meant as a wish."""
    types = {kind for node in told if "thing" in node for kind in node["thing"].types}
    sites = {site for node in told if "sites" in node for site in node["sites"].sites}
    is_strict = any("unneeded" in node for node in told)
    return bool(types and sites) and not any(
        each.object.type in types and (not is_strict or sites & {*each.object.sites}) for each in expectations
    )


def _open_orderless(tags: Sequence[frozenset[str]], became: list[str]) -> None:
    """A function word joins nothing in a clause of which no order uses anything else."""
    start = 0
    for end in range(len(tags) + 1):
        if end < len(tags) and "edge" not in tags[end]:
            continue
        clause = range(start, end)
        is_ordering = any(became[at] == "used" and tags[at] & _CORE for at in clause)
        if not is_ordering and any(became[at] == "open" for at in clause):
            for at in clause:
                became[at] = "open" if became[at] == "used" else became[at]
        start = end + 1


def _open_beside(licensed: Sequence[Licensed], tags: Sequence[frozenset[str]], became: list[str]) -> None:
    """`blocked by CHG0042311`: a licence does not hold beside words that go on without a sign and are left."""
    for each in licensed:
        before, after = each.first - 1, each.after
        is_beside = (before >= 0 and became[before] == "open" and not tags[before] & _SIGNS) or (
            after < len(became) and became[after] == "open" and not tags[after] & _SIGNS
        )
        if is_beside and not each.is_told and not each.sense:
            became[each.first : each.after] = ["open"] * (each.after - each.first)


def _open_stretches(tags: Sequence[frozenset[str]], became: Sequence[str]) -> Iterator[list[int]]:
    """Runs of nodes that are neither used nor licensed, without the signs around them."""
    run: list[int] = []
    for at, name in enumerate([*became, "end"]):
        if name == "open":
            run.append(at)
            continue
        while run and tags[run[0]] & _SIGNS:
            run.pop(0)
        while run and tags[run[-1]] & _SIGNS:
            run.pop()
        if run:
            yield run
        run = []


def _faults(
    stretch: list[int], nodes: Sequence[Node], tags: Sequence[frozenset[str]], became: Sequence[str], text: str
) -> Iterator[Fault]:
    inside = _is_inside_order(stretch, tags, became)
    plain: list[int] = []
    found: list[Fault] = []
    for at in stretch:
        lead = next((place for place in range(at - 1, -1, -1) if not tags[place] & _LEADING), -1)
        is_first = at == 0 or bool(tags[at - 1] & {"edge", "and", "please"}) or became[at - 1] not in ("used", "open")
        is_first |= lead < at - 1 and (lead < 0 or "edge" in tags[lead])
        is_added = any("and" in tags[place] or "plus" in tags[place] for place in range(max(0, stretch[0] - 1), at))
        fault = fault_of(nodes[at], tags[at], text, is_inside=inside, is_first=is_first, is_added=is_added)
        if fault is not None:
            found.append(fault)
        elif inside and not tags[at] & _SIGNS:
            plain.append(at)
    after = stretch[-1] + 1
    if "reason" in tags[stretch[-1]] and after < len(tags) and became[after] == "used":
        quote = text[nodes[stretch[-1]].start : nodes[after].end]
        message = f'It is not clear whether what follows "{quote}" is told or asked for.'
        found.append(Fault(DeclineReason.AMBIGUOUS, message, "What exactly is to be done?"))
    yield from found
    while len(plain) > 1 and tags[plain[0]] & _LITTLE:
        plain.pop(0)
    while len(plain) > 1 and tags[plain[-1]] & _LITTLE:
        plain.pop()
    if plain and not found:
        before = nodes[plain[0] - 1].low if plain[0] else ""
        yield unread(text[nodes[plain[0]].start : nodes[plain[-1]].end], tags[plain[0]], before)


def _label(stretch: list[int], nodes: Sequence[Node], tags: Sequence[frozenset[str]], text: str) -> Iterator[Fault]:
    """The fault of a label that nobody knows, and of what follows it: it may change what is meant."""
    before, after = stretch[0] - 1, stretch[-1] + 1
    is_label = after < len(tags) and bool(tags[after] & {"colon", "quote"})
    is_label = is_label or any("colon" in tags[at] for at in stretch)
    if is_label or (before >= 0 and tags[before] & {"colon", "quote"}):
        quote = text[nodes[stretch[0]].start : nodes[stretch[-1]].end]
        message = f'It is not clear what "{quote}" says about the request.'
        yield Fault(DeclineReason.AMBIGUOUS, message, "What is to be done, and is it to be done now?")


def _is_held(amount: Amount, values: set[float | str], names: str) -> bool:
    """True where some expectation has the value, as a target or in a name."""
    if amount.kind == "version" or amount.written in values:
        return amount.written.removeprefix("v") in values or amount.written in names
    if amount.is_another or amount.kind in ("things", "times"):
        return True
    return all(any(value == held for held in values) for _, value in amount.parts) or amount.written in names


def _is_inside_order(stretch: list[int], tags: Sequence[frozenset[str]], became: Sequence[str]) -> bool:
    """True for words that no sign parts from an order: it is not read in full then."""
    if tags[stretch[0]] & _APART:
        return False
    before, after = stretch[0] - 1, stretch[-1] + 1
    if before > 0 and "colon" in tags[before] and "content_label" in tags[before - 1]:
        return True
    if before > 0 and "open" in tags[before]:
        before -= 1
    is_behind = before >= 0 and became[before] == "used" and not tags[before] & _SIGNS
    return is_behind or (after < len(became) and became[after] == "used" and not tags[after] & _SIGNS)


def _unheld(
    nodes: Sequence[Node], became: Sequence[str], expectations: Sequence[Expectation], origins: set[int], text: str
) -> Iterator[Fault]:
    """Objects, sites and values among the used words that no expectation holds."""
    if not expectations:
        return
    sites = {site for each in expectations for site in each.object.sites}
    types = {each.object.type for each in expectations}
    values = {target.value for each in expectations for target in each.targets}
    names = " ".join(f"{each.object.name} {each.object.slice}" for each in expectations)
    for node, name in zip(nodes, became, strict=True):
        if name != "used":
            continue
        quote = text[node.start : node.end]
        if "amount" in node and node.start not in origins and not _is_held(node["amount"], values, names):
            yield Fault(DeclineReason.AMBIGUOUS, f'Nothing takes the value "{quote}".', f'What is "{quote}" meant for?')
        if "sites" in node and not node["sites"].sites and node["sites"].fault is not None:
            yield node["sites"].fault
        if "sites" in node and not set(node["sites"].sites) <= sites:
            yield Fault(DeclineReason.AMBIGUOUS, f'Nothing is to be done at "{quote}".', f'What is meant by "{quote}"?')
        mention: Mention | None = node.get("thing")
        if mention is not None and not (set(mention.types) & types or mention.is_slice):
            yield Fault(
                DeclineReason.AMBIGUOUS, f'Nothing is to be done with "{quote}".', f'What is meant by "{quote}"?'
            )
