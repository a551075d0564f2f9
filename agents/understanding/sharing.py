"""What a row does not say itself: the object, the sites and the values that it shares with its neighbours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from agents.domain.rules import Fault
from agents.understanding.doing import Doing
from agents.understanding.entities import Antecedent, pointed_at
from agents.understanding.nodes import Node
from agents.understanding.order import Order
from agents.understanding.places import Sites
from agents.understanding.rows import COUNTS, Item, Row, Wish, fits
from agents.understanding.things import Mention
from schemas.reasons import DeclineReason


@dataclass(slots=True)
class Part:
    """A row with all that belongs to it, wherever it was said."""

    row: Row
    mentions: list[Mention]
    sites: list[Node]
    wishes: list[Wish]
    borrowed: list[Node] = field(default_factory=list)
    is_new: bool = False
    is_unclear: bool = False
    open_aim: Item | None = None


@dataclass(slots=True)
class Asked:
    """A request's clause: what is to be done, and its parts. `sentence` counts the sentences of the request."""

    order: Order
    doing: Doing
    parts: list[Part]
    sentence: int
    told: list["Antecedent"] = field(default_factory=list)
    header: list[Node] = field(default_factory=list)
    is_repeated: bool = False


def parts_of(rows: list[Row], doing: Doing, *, is_each: bool) -> tuple[list[Part], list[Fault]]:
    """The rows of one clause, each with what it shares with the others."""
    parts = [_part(row) for row in rows]
    faults: list[Fault] = []
    faults += [_of_slash(row) for row in rows if doing.is_any("delete") and any(i.separator == "/" for i in row.things)]
    _share_things(parts)
    _share_slice(parts, faults)
    _share_sites(parts, faults)
    _share_wishes(parts, doing, faults, is_each=is_each)
    _share_aims(parts)
    return parts, faults


def _of_slash(row: Row) -> Fault:
    low = "/".join(item.node.low for item in row.things)
    return Fault(DeclineReason.AMBIGUOUS, f'"{low}" may be both, or one that is combined.', "Which is to be deleted?")


def _part(row: Row) -> Part:
    sites = [item.node for item in row.sites]
    is_new = any(item.is_new for item in row.things)
    return Part(row, row.mentions(), sites, list(row.wishes), is_new=is_new, open_aim=row.aim)


def _share_things(parts: list[Part]) -> None:
    for at, part in enumerate(parts):
        if part.mentions or part.row.pronoun or part.row.everything:
            continue
        giver = next((each for each in reversed(parts[:at]) if each.mentions), None)
        giver = giver or next((each for each in parts[at + 1 :] if each.mentions), None)
        if giver is not None:
            part.mentions = giver.mentions
            part.is_new = giver.is_new
            part.borrowed += [item.node for item in giver.row.things]


def _share_slice(parts: list[Part], faults: list[Fault]) -> None:
    """`For the URLLC slice, scale the SMF … and the UPF …`: of all; behind the last object it is asked of which."""
    for at, part in enumerate(parts):
        if part.row.slice is None:
            continue
        if part.row.is_slice_leading:
            for later in parts[at + 1 :]:
                later.mentions = [_of_slice(each, part.row.slice) for each in later.mentions]
        elif any(_is_open_to_slice(before) for before in parts[:at]):
            faults.append(unclear_slice(part.row.slice))


def _of_slice(mention: Mention, chosen: Mention) -> Mention:
    return mention if mention.is_slice or mention.slice is not None else replace(mention, slice=chosen.slice)


def _is_open_to_slice(part: Part) -> bool:
    """An object with neither site nor value of its own."""
    is_bare = bool(part.row.things) and not part.row.sites and not part.row.wishes
    return is_bare and not any(each.is_slice or each.slice is not None for each in part.mentions)


def unclear_slice(mention: Mention) -> Fault:
    """A slice that one object is in, and others may be."""
    return Fault(
        DeclineReason.AMBIGUOUS,
        f"It is not clear which of the objects are meant in the {mention.types[0]} only.",
        "Which of the objects belong to the slice? Please name it with each of them.",
    )


def _share_sites(parts: list[Part], faults: list[Fault]) -> None:
    said = [(at, part) for at, part in enumerate(parts) if part.sites]
    for at, part in enumerate(parts):
        if part.sites or part.row.there or part.row.pronoun:
            continue
        before = next((each for place, each in reversed(said) if place < at), None)
        after = next((each for place, each in said if place > at and _trails(each.row)), None)
        if before is not None and after is not None and slugs_of(before.sites) != slugs_of(after.sites):
            faults.append(unclear_site(part.mentions, before.sites, after.sites))
            part.is_unclear = True
            continue
        if part.row.items and part.row.items[0].separator == "told":
            places = [each.sites for each in (before, after) if each is not None]
            faults.append(unclear_site(part.mentions, *places))
            part.is_unclear = True
            continue
        giver = before or after
        if giver is not None:
            part.sites = giver.sites
            part.borrowed += giver.sites


def unclear_site(mentions: list[Mention], *places: list[Node]) -> Fault:
    """Two places that an object without one may be at."""
    thing = mentions[0].types[0] if mentions else "object"
    listed = " or ".join(dict.fromkeys(", ".join(slugs_of(each)) or each[0].low for each in places))
    return Fault(
        DeclineReason.AMBIGUOUS,
        f"It is not clear whether the {thing} is meant at {listed}.",
        f"Is the {thing} meant at {listed}?",
    )


def _trails(row: Row) -> bool:
    """A place at the end covers what stands before it too."""
    kinds = [item.kind for item in row.items]
    return "sites" in kinds and not (kinds.index("sites") == 0 and len(kinds) > 1)


def slugs_of(sites: Sequence[Node]) -> tuple[str, ...]:
    """The slugs of all these places together."""
    return tuple(sorted({slug for node in sites for slug in _sites(node).sites}))


def _sites(node: Node) -> Sites:
    sites: Sites = node["sites"]
    return sites


def _share_wishes(parts: list[Part], doing: Doing, faults: list[Fault], *, is_each: bool) -> None:
    if doing.is_any("delete", "remove") or doing.is_any("multiply"):
        return
    if doing.is_any("deploy", "roll_out", "need"):
        is_one_of_several = doing.kinds == {"deploy"} and len(parts) > 1
        is_put_in = not doing.kinds <= {"deploy", "roll_out", "need"}
        wrong = ("to",) if is_one_of_several else ("in",) if is_put_in else ()
        faults += [_of_existing(wish) for part in parts for wish in part.wishes if wish.prep in wrong]
        _share_wishes_of_new(parts, faults, is_each=is_each)
        return
    for at, part in enumerate(parts):
        if part.wishes:
            continue
        giver = next((each for each in parts[at + 1 :] if each.wishes), None)
        if any(each.row.items and each.row.items[0].separator == ":" for each in parts[at + 1 :]):
            giver = None
        if (giver is not None and giver.row.items[-1].kind == "amount") or (giver is not None and is_each):
            part.wishes = [_unnamed(wish) for wish in giver.wishes]
            part.borrowed += [wish.node for wish in giver.wishes]
            _name_by(part.row.aim, [*part.wishes, *giver.wishes])
            part.open_aim = _own_aim(part)


def _share_aims(parts: list[Part]) -> None:
    """`a latency of 10 ms on … and of 40 ms on …`: what was named once is meant again."""
    named: Wish | None = None
    for part in parts:
        for wish in part.wishes:
            _share_kind(wish, part.wishes)
            if named is not None and named.amount.kind == "things" and wish.amount.kind == "bare" and not wish.aim:
                wish.amount = replace(wish.amount, kind="things")
            if wish.name is not None or wish.amount.kind == "things":
                named = wish
            elif named is not None and wish.amount.kind == "bare" and named.amount.kind in COUNTS and wish.prep != "to":
                wish.amount = replace(wish.amount, kind=named.amount.kind)
            elif named is not None and named.amount.kind == wish.amount.kind and named.aim is not None:
                wish.aim, wish.aim_node = named.aim, named.aim_node


def _name_by(aim: Item | None, wishes: list[Wish]) -> None:
    """`the bandwidth of cell 6 … and of cell 7 … to 60 MHz`: the name stands before the first."""
    for wish in wishes:
        if aim is not None and wish.name is None and fits(aim.node["aim"].name, wish.amount):
            wish.aim, wish.aim_node = aim.node["aim"], aim.node


def _own_aim(part: Part) -> Item | None:
    """`keep latency and jitter under 5 ms`: a value that was said once is of either name; None where it is."""
    aim = part.row.aim
    fitting = [wish for wish in part.wishes if aim is not None and fits(aim.node["aim"].name, wish.amount)]
    for wish in fitting:
        if aim is not None:
            wish.aim, wish.aim_node = aim.node["aim"], aim.node
    return None if fitting else aim


def _share_kind(wish: Wish, wishes: list[Wish]) -> None:
    """`at least 3 and at most 6 replicas`: both are replicas."""
    if wish.amount.kind != "bare" or wish.aim is not None or wish.amount.bound is None:
        return
    ends = {"at_least": "at_most", "at_most": "at_least"}
    other = next((each for each in wishes if each.amount.bound == ends.get(wish.amount.bound)), None)
    if other is not None and other.name is not None and other.amount.kind in COUNTS:
        wish.amount = replace(wish.amount, kind=other.amount.kind)
        wish.aim, wish.aim_node = other.aim, other.aim_node


def _unnamed(wish: Wish) -> Wish:
    return replace(wish)


def _of_existing(wish: Wish) -> Fault:
    message = f'"{wish.prep} {wish.node.low}" changes what exists, and it is not clear whether something new is meant.'
    return Fault(DeclineReason.AMBIGUOUS, message, "Which are to be deployed, and which to be scaled?")


def _share_wishes_of_new(parts: list[Part], faults: list[Fault], *, is_each: bool) -> None:
    """What several new objects are to have: each of them where it is said, else it is asked."""
    for at, part in enumerate(parts):
        own = [wish for wish in part.wishes if wish.amount.kind != "things"]
        several = len(part.row.things) > 1 and _follows_things(part.row)
        later = len(parts) > 1 and at == len(parts) - 1 and bool(own) and not any(p.wishes for p in parts[:-1])
        if is_each and own and at == len(parts) - 1:
            for other in parts[:-1]:
                if not [wish for wish in other.wishes if wish.amount.kind != "things"]:
                    other.wishes += [_unnamed(wish) for wish in own]
        elif (several or later) and own and not is_each:
            faults.append(
                Fault(
                    DeclineReason.AMBIGUOUS,
                    f'It is not clear which of the new objects "{own[0].node.low}" is meant for.',
                    f'Is "{own[0].node.low}" meant for each of them, or for the last one only?',
                )
            )


def _follows_things(row: Row) -> bool:
    kinds = [item.kind for item in row.items]
    last_thing = max(at for at, kind in enumerate(kinds) if kind == "thing")
    return last_thing + 1 < len(kinds) and kinds[last_thing + 1] in ("amount", "aim")


def share_between(asked: list[Asked]) -> list[Fault]:
    """Sites that only another clause of the same sentence names, and what `it` and `there` point at."""
    faults: list[Fault] = []
    for before_it, clause in pairwise(asked):
        _fill_gap(before_it, clause)
    for at, clause in enumerate(asked):
        for part in clause.parts:
            before = clause.parts[: clause.parts.index(part)]
            own = [Asked(clause.order, clause.doing, before, clause.sentence)] if before else []
            _point(part, [*asked[:at], *own], clause.told, faults, clause.sentence)
            if part.row.pronoun is not None and not clause.doing.is_any("deploy"):
                _require_one_place(part, faults)
    for at, clause in enumerate(asked):
        for part in clause.parts:
            if clause.order.is_one and not part.mentions and not part.is_unclear:
                _take_type(part, _candidates(asked[:at], clause.told))
    for at, clause in enumerate(asked):
        for part in clause.parts:
            if not part.sites and not part.is_unclear:
                _borrow_sites(part, asked, at, faults)
            if not part.sites and not part.is_unclear:
                _borrow_told(part, clause.told)
            if not part.sites and not part.is_unclear and clause.header:
                part.sites = clause.header
                part.borrowed += clause.header
    return faults


def _fill_gap(before: Asked, clause: Asked) -> None:
    """`osaka-1 needs 5 AMF replicas and nagoya-1 needs 3`: the object and the kind of number of the same verb."""
    is_alike = before.sentence == clause.sentence and before.doing.kinds == clause.doing.kinds != frozenset()
    if not is_alike or len(before.parts) != 1 or len(before.parts[0].wishes) != 1 or not before.parts[0].mentions:
        return
    giver, said = before.parts[0], before.parts[0].wishes[0]
    for part in clause.parts:
        is_gap = not part.row.things and part.row.pronoun is None and part.row.everything is None and part.sites
        if is_gap and len(part.wishes) == 1 and part.wishes[0].amount.kind == "bare" and not said.amount.relative:
            wish = part.wishes[0]
            amount = replace(wish.amount, kind=said.amount.kind)
            part.wishes = [replace(wish, amount=amount, aim=wish.aim or said.aim)] if said.amount.kind in COUNTS else []
            part.mentions = [*giver.mentions]
            part.borrowed += [item.node for item in giver.row.things]


def _point(part: Part, earlier: list[Asked], told: list[Antecedent], faults: list[Fault], sentence: int) -> None:
    row = part.row
    if row.pronoun is None and not part.mentions and part.wishes and not part.sites and told:
        _complete(part, told, sentence)
    if row.pronoun is not None:
        found = pointed_at(row.pronoun.node, _candidates(earlier, told), sentence)
        if found is None:
            part.is_unclear = True
            faults.append(_unclear_reference(row.pronoun.node, is_known=bool(earlier or told)))
            return
        part.mentions = [*found.mentions]
        part.borrowed += found.nodes
        _name_by_what_was_told(part, found)
        if not part.sites and row.there is None:
            part.sites = [*found.sites]
    if row.there is not None and not part.sites:
        places = _places(row.there.node, earlier, told)
        if places is None:
            part.is_unclear = True
            faults.append(_unclear_reference(row.there.node, is_known=bool(earlier or told)))
            return
        part.sites = places
        part.borrowed += places


def _require_one_place(part: Part, faults: list[Fault]) -> None:
    """`We have an AMF in Dallas; scale it …, also sapporo-1`: it is at one of them."""
    if [item.kind for item in part.row.items][:1] == ["sites"]:  # `at osaka-1 raise it to 3`: of its kind
        return
    own, theirs = (slugs_of([node for node in nodes if "sites" in node]) for nodes in (part.sites, part.borrowed))
    if own and theirs and not set(own) & set(theirs):
        faults.append(unclear_site(part.mentions, part.sites, [node for node in part.borrowed if "sites" in node]))
        part.is_unclear = True


def _borrow_told(part: Part, told: list[Antecedent]) -> None:
    """`We have two RUs in edge-04; delete RU 2.`: the only place that objects of its type were told of at."""
    types = {mention.types for mention in part.mentions}
    said = [each for each in told if each.sites and any(mention.types in types for mention in each.mentions)]
    several = {
        (mention.names, str(mention.slice)) for each in said for mention in each.mentions if mention.types in types
    }
    if len(several) == 1 and len(types) == 1 and len({slugs_of(each.sites) for each in said}) == 1:
        part.sites = [*said[0].sites]
        part.borrowed += said[0].sites


def _take_type(part: Part, candidates: list[Antecedent]) -> None:
    """`delete the one in edge-02`: another one of the only type that was named."""
    mentions = {replace(one, names=(), is_plural=False): each for each in candidates for one in each.mentions}
    if len({one.types for one in mentions}) == 1:
        mention, said = next(iter(mentions.items()))
        part.mentions = [mention]
        part.borrowed += [node for node in said.nodes if "thing" in node]


def _candidates(earlier: list[Asked], told: list[Antecedent]) -> list[Antecedent]:
    """What was told and what was asked so far, in order."""
    asked = [
        Antecedent(
            tuple(part.mentions),
            tuple(part.sites),
            (*(item.node for item in part.row.things), *part.sites),
            clause.sentence,
        )
        for clause in earlier
        for part in clause.parts
        if part.mentions
    ]
    return [*told, *asked]


def _name_by_what_was_told(part: Part, told: Antecedent) -> None:
    """`There are 2 UPF replicas. Make it 4.`, `… with a latency of 12 ms. Keep it below 8 ms.`"""
    kinds = {amount.kind for amount in told.amounts}
    for wish in part.wishes:
        fitting = [node for node in told.aims if fits(node["aim"].name, wish.amount)]
        if wish.name is None and len(fitting) == 1:
            wish.aim, wish.aim_node = fitting[0]["aim"], fitting[0]
        elif wish.amount.kind == "bare" and wish.aim is None and len(kinds) == 1 and kinds <= set(COUNTS):
            wish.amount = replace(wish.amount, kind=next(iter(kinds)))


_IT = Node("it", 0, 0)


def _complete(part: Part, told: list[Antecedent], sentence: int) -> None:
    """`smf osaka-1 is dying, 6 replicas please`: the only object that was told of."""
    found = pointed_at(_IT, told, sentence)
    if found is not None:
        part.mentions = [*found.mentions]
        part.sites = [*found.sites]
        part.borrowed += found.nodes


def _unclear_reference(node: Node, *, is_known: bool) -> Fault:
    reason = DeclineReason.AMBIGUOUS if is_known else DeclineReason.MISSING_TARGET
    message = f'It is not clear what "{node.low}" refers to.'
    return Fault(reason, message, "Which object is meant, and at which site?")


def _unique(nodes: Iterable[Node]) -> list[Node]:
    seen: dict[tuple[int, int], Node] = {}
    for node in nodes:
        seen.setdefault((node.start, node.end), node)
    return list(seen.values())


def _places(there: Node, earlier: list[Asked], told: list[Antecedent]) -> list[Node] | None:
    """The one place that `there` can be; for `in both`, every place that was named before."""
    places = [_unique(node for part in clause.parts for node in part.sites) for clause in earlier]
    places += [list(each.sites) for each in told]
    places = [each for each in places if each]
    if "all" in there:
        return _unique(node for each in places for node in each) or None
    return places[-1] if len({slugs_of(each) for each in places}) == 1 else None


def _borrow_sites(part: Part, asked: list[Asked], at: int, faults: list[Fault]) -> None:
    sentence = asked[at].sentence
    before = next(
        (each.parts for each in reversed(asked[:at]) if each.sentence == sentence and any(p.sites for p in each.parts)),
        [],
    )
    after = next(
        (each.parts for each in asked[at + 1 :] if each.sentence == sentence and any(p.sites for p in each.parts)), []
    )
    options = [_unique(node for each in parts for node in each.sites) for parts in (before, after) if parts]
    if not options:
        return
    if len({slugs_of(each) for each in options}) > 1:
        if not before:
            return
        faults.append(unclear_site(part.mentions, *options))
        part.is_unclear = True
        return
    if before and len({slugs_of(each.sites) for each in before if each.sites}) > 1:
        faults.append(unclear_site(part.mentions, *[each.sites for each in before if each.sites]))
        part.is_unclear = True
        return
    part.sites = options[0]
    part.borrowed += options[0]
