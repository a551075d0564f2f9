"""A frame and its verb → expectations: which action, on what, with which targets."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite

from agents.domain.rules import Fault
from agents.understanding.doing import Doing
from agents.understanding.rows import COUNTS, Wish, fits
from agents.understanding.things import Mention
from schemas.intent import TARGET_UNITS, Action, Condition, ObjectType, Target
from schemas.reasons import DeclineReason

_SCALED = ("replicas", "cpu", "memory")
_CONFIGURED = (
    "prb_ratio_min",
    "prb_ratio_max",
    "prb_ratio_dedicated",
    "tx_power",
    "bandwidth",
    "priority_level",
    "load_threshold",
)
_GOOD_BELOW = ("latency", "jitter", "packet_loss")
_GOOD_ABOVE = (
    "dl_throughput",
    "ul_throughput",
    "availability",
    "energy_saving",
    "max_sessions",
    "max_subscribers",
    "max_ues",
)
_SINGLE = (ObjectType.SLICE, ObjectType.CLUSTER, ObjectType.CELL, ObjectType.XAPP, ObjectType.RAPP)
_RAN = (ObjectType.CELL, ObjectType.GNB, ObjectType.DU, ObjectType.RU, ObjectType.CU_CP, ObjectType.CU_UP)
_SINGLE_OR_RIC = (*_SINGLE, ObjectType.NEAR_RT_RIC, ObjectType.NON_RT_RIC)
_NAMED_AFTER = {"prb_ratio_min": "at_least", "prb_ratio_max": "at_most"}
DOWNLINK = 'Throughput without a direction ("{}") is taken as downlink.'


@dataclass(slots=True)
class Meaning:
    """What is wished of one object: targets by action. `faults` are what keeps it from being clear."""

    targets: dict[Action, list[Target]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)

    def add(self, action: Action, *targets: Target) -> None:
        """Notes the targets under the action."""
        self.targets.setdefault(action, []).extend(targets)


def meaning_of(doing: Doing, mention: Mention, wishes: list[Wish], *, is_new: bool, open_aim: str | None) -> Meaning:
    """What the verb and the values say of the object."""
    meaning = Meaning()
    if open_aim is not None and not (doing.is_any("multiply") and open_aim in TARGET_UNITS):
        meaning.faults.append(
            Fault(
                DeclineReason.MISSING_VALUE,
                f"No value is given for {_spoken(open_aim)} of the {mention.types[0]}.",
                f"Which {_spoken(open_aim)} is meant?",
            )
        )
        return meaning
    doing = _decided(doing, wishes, is_new=is_new, mention=mention)
    if doing.is_any("deploy") and (mention.names or mention.types[0] in _SINGLE_OR_RIC):
        wishes = [wish for wish in wishes if not wish.amount.is_another]
    if doing.is_any("delete"):
        _delete(meaning, mention, wishes)
        return meaning
    if doing.is_any("multiply") and any(wish.prep != "to" for wish in wishes):
        meaning.faults.append(_how_much(doing, mention))
        return meaning
    if doing.is_any("upgrade") and any(wish.name in ("replicas", "cpu", "memory") for wish in wishes):
        meaning.faults.append(_how_much(doing, mention))
        return meaning
    if doing.is_any("multiply") and not wishes:
        _multiply(meaning, doing, mention, open_aim)
        return meaning
    named = [_named(wish, doing, mention) for wish in wishes]
    for wish, name in zip(wishes, named, strict=True):
        for result in _targets(wish, name, doing, mention, meaning.assumptions, is_new=is_new):
            if isinstance(result, Fault):
                meaning.faults.append(result)
            else:
                meaning.add(_action(doing, result.name), result)
    if not wishes:
        _without_values(meaning, doing, mention, is_new=is_new)
    elif (
        doing.is_any("upgrade")
        and Action.UPGRADE not in meaning.targets
        and not meaning.faults
        and doing.base != "update"
    ):
        meaning.faults.append(_missing("version", mention))
    return meaning


def _how_much(doing: Doing, mention: Mention) -> Fault:
    message = f'It is not clear what the amounts say of "{doing.base}" for the {mention.types[0]}.'
    return Fault(DeclineReason.AMBIGUOUS, message, "What exactly is meant in the end?")


def _decided(doing: Doing, wishes: list[Wish], *, is_new: bool, mention: Mention) -> Doing:
    """One kind for a verb of several kinds, or for none, by what comes with it."""
    if not doing.kinds and is_new:
        return _only(doing, "deploy")
    has_version = any(wish.name == "version" for wish in wishes)
    names = {wish.name for wish in wishes}
    kinds = doing.kinds
    if "roll_out" in kinds:
        return _only(doing, "upgrade" if has_version else "deploy")
    if "move_version" in kinds:
        if has_version or (
            wishes and wishes[0].name is None and wishes[0].amount.kind == "bare" and "." in wishes[0].amount.written
        ):
            return _only(doing, "upgrade")
        return _only(doing, "raise" if "raise" in kinds else "set" if wishes else "move_version")
    if kinds & {"delete", "remove"} and "lower" in kinds:
        is_change = any(
            wish.prep in ("to", "by", "at") or wish.amount.kind in ("replicas", "times", "cores", "memory")
            for wish in wishes
        )
        return _only(doing, "lower" if is_change else "delete")
    if kinds == {"delete"} or kinds == {"remove"}:
        is_less = any(
            wish.amount.kind in ("replicas", "cores", "memory", "times") and not wish.is_apart for wish in wishes
        )
        return (
            _only(doing, "lower" if is_less and "remove" in kinds else "delete")
            if wishes or "delete" in kinds or kinds == {"remove"}
            else doing
        )
    if "deploy" in kinds and not is_new and not mention.names and _is_growth(wishes):
        return _only(doing, "add")
    if "deploy" in kinds and len(kinds) > 1:
        is_parameter = bool(wishes) and all(wish.name in _CONFIGURED for wish in wishes)
        if not is_new and is_parameter and kinds & {"set", "raise"}:
            return _only(doing, "set")
        is_setting = not is_new and any(
            wish.prep in ("to", "at", "on") and wish.amount.kind != "things" for wish in wishes
        )
        return _only(doing, "set" if is_setting and kinds & {"set", "raise"} else "deploy")
    if "add" in kinds:
        is_amount = any(wish.amount.kind != "things" or wish.amount.relative for wish in wishes)
        is_creating = not wishes or (is_new and mention.types[0] in _SINGLE)
        return (
            _only(doing, "deploy")
            if is_creating
            and (mention.types[0] in _SINGLE or mention.names or (is_new and mention.types[0] in _SINGLE))
            else (_only(doing, "add") if is_amount or wishes else doing)
        )
    if doing.base in ("provide", "supply", "deliver") and is_new and kinds & {"ensure", "give"}:
        return _only(doing, "deploy")
    if "need" in kinds or ("give" in kinds and not wishes):
        relative = any(wish.amount.relative for wish in wishes)
        things = any(wish.amount.kind == "things" for wish in wishes)
        if is_new and not relative and not things:
            return _only(doing, "deploy" if "replicas" not in names else "need_new")
        return _only(doing, "need")
    return doing


def _is_growth(wishes: list[Wish]) -> bool:
    """`launch 2 additional AMF replicas`: more of what is there."""
    return len(wishes) == 1 and wishes[0].amount.kind == "replicas" and wishes[0].amount.relative == "more"


def _only(doing: Doing, kind: str) -> Doing:
    return Doing(frozenset({kind}), doing.base, doing.direction, doing.factor, doing.node)


def _action(doing: Doing, name: str) -> Action:
    """The action by the verb where it creates, else by what is set or kept."""
    if doing.is_any("deploy"):
        return Action.DEPLOY
    if name == "version":
        return Action.UPGRADE
    if name in _SCALED:
        return Action.SCALE
    return Action.CONFIGURE if name in _CONFIGURED else Action.ENSURE


def _delete(meaning: Meaning, mention: Mention, wishes: list[Wish]) -> None:
    if wishes:
        meaning.faults.append(
            Fault(
                DeclineReason.AMBIGUOUS,
                f"It is not clear which {mention.types[0]} is to go, or how many.",
                f"Is the {mention.types[0]} to be deleted, or to have fewer replicas?",
            )
        )
        return
    meaning.add(Action.DELETE)


def _multiply(meaning: Meaning, doing: Doing, mention: Mention, open_aim: str | None) -> None:
    name = open_aim or ("replicas" if mention.is_plural else None)
    if name is None or name == "version" or name not in TARGET_UNITS:
        meaning.faults.append(
            Fault(
                DeclineReason.AMBIGUOUS,
                f'It is not clear what "{doing.base}" refers to.',
                f"What of the {mention.types[0]} is meant: its replicas?",
            )
        )
        return
    meaning.add(
        _action(doing, name),
        Target(name=name, condition=Condition.MULTIPLY_BY, value=doing.factor, unit=TARGET_UNITS[name]),
    )


def _without_values(meaning: Meaning, doing: Doing, mention: Mention, *, is_new: bool) -> None:
    thing = mention.types[0]
    if doing.is_any("deploy"):
        if mention.is_plural:
            meaning.faults.append(
                Fault(
                    DeclineReason.MISSING_VALUE,
                    f"It is not said how many {thing}s are meant.",
                    f"How many {thing}s are meant?",
                )
            )
        meaning.add(Action.DEPLOY)
    elif doing.is_any("upgrade", "move_version"):
        meaning.faults.append(_missing("version", mention))
    elif doing.is_any("add", "need", "remove", "give"):
        meaning.faults.append(
            Fault(
                DeclineReason.AMBIGUOUS,
                f"It is not clear whether the {thing} is to be deployed anew, or to have more replicas.",
                f"Is a new {thing} to be deployed, or by how many replicas is it to grow?",
            )
        )
    elif doing.kinds:
        meaning.faults.append(
            Fault(
                DeclineReason.MISSING_VALUE,
                f'"{doing.base}" needs a value for the {thing}.',
                f"To which value is the {thing} to be brought: how many replicas, or what else?",
            )
        )
    else:
        meaning.faults.append(
            Fault(
                DeclineReason.MISSING_VALUE,
                f"It is not said what is to be done with the {thing}.",
                f"What is to be done with the {thing}, and with which value?",
            )
        )


def _missing(name: str, mention: Mention) -> Fault:
    return Fault(
        DeclineReason.MISSING_VALUE,
        f"No {name} is given for the {mention.types[0]}.",
        f"Which {name} is the {mention.types[0]} to have?",
    )


def _named(wish: Wish, doing: Doing, mention: Mention) -> str | None:
    """The target's name, from the amount or from the verb."""
    if wish.name is not None:
        return wish.name
    kind = wish.amount.kind
    if doing.is_any("upgrade") and kind == "bare":
        return "version"
    if kind == "things":
        return "replicas"
    is_scaling = (
        doing.is_any(
            "scale", "run", "need", "raise", "lower", "bring", "set", "add", "ensure", "multiply", "cap", "give"
        )
        or not doing.kinds
    )
    has_direction = doing.is_any("scale", "raise", "lower", "bring", "run") or not doing.kinds
    is_placed = bool(doing.kinds) or wish.prep == "to" or wish.is_apart or wish.amount.bound is not None
    if kind == "bare" and has_direction and is_placed and mention.types[0] not in _SINGLE:
        return "replicas"
    if kind == "times" and is_scaling and not mention.is_slice:
        return "replicas"
    return None


def _targets(
    wish: Wish, name: str | None, doing: Doing, mention: Mention, assumptions: list[str], *, is_new: bool
) -> Iterator[Target | Fault]:
    amount = wish.amount
    if name == "throughput":
        name = "dl_throughput"
        assumptions.append(DOWNLINK.format(wish.node.low if wish.aim is None else "throughput"))
    if name is None:
        yield Fault(
            DeclineReason.AMBIGUOUS,
            f'It is not clear what "{wish.node.low}" is an amount of.',
            f'What of the {mention.types[0]} is meant by "{wish.node.low}"?',
        )
        return
    if fault := _unclear(wish, name, doing, mention, is_new=is_new):
        yield fault
        return
    if name == "version":
        yield Target(name=name, condition=Condition.EQUALS, value=amount.written.removeprefix("v"), unit="")
        return
    condition = _condition(wish, name, doing)
    if isinstance(condition, Fault):
        yield condition
        return
    for bound, value in amount.parts:
        chosen = Condition(bound) if bound and condition is None else condition
        if name in _CONFIGURED and chosen in (Condition.AT_LEAST, Condition.AT_MOST):
            if _NAMED_AFTER.get(name) != chosen or len(amount.parts) > 1:
                yield Fault(
                    DeclineReason.AMBIGUOUS,
                    f"{_spoken(name)} is set to one value, and takes no bound.",
                    f"To which value is {_spoken(name)} to be set?",
                )
                return
            chosen = Condition.EQUALS
        if not isfinite(value):
            message = f"{_spoken(name)} is given with more digits than any amount in a network has."
            yield Fault(DeclineReason.INFEASIBLE, message, f"Which amount of {_spoken(name)} is meant?")
            return
        yield Target(name=name, condition=chosen or _default(name, doing), value=value, unit=TARGET_UNITS[name])


def _unclear(wish: Wish, name: str, doing: Doing, mention: Mention, *, is_new: bool) -> Fault | None:
    amount, low = wish.amount, wish.node.low
    if amount.is_doubtful:
        return Fault(
            DeclineReason.AMBIGUOUS,
            f'"{low}" can be read as two different numbers.',
            f'Which number is meant by "{low}"? Please write it without points or commas between its digits.',
        )
    if not fits(name, amount) and amount.kind not in ("things",):
        what = "needs a unit" if amount.kind == "bare" else "is measured otherwise"
        return Fault(
            DeclineReason.AMBIGUOUS,
            f'{_spoken(name)} {what} than "{low}" has.'
            if amount.kind != "bare"
            else f'{_spoken(name)} {what}, and "{low}" has none.',
            f"Which {_spoken(name)} is meant, in {TARGET_UNITS[name] or 'a plain number'}?",
        )
    if name == "priority_level" and not mention.is_slice and mention.types[0] not in _RAN:
        return Fault(
            DeclineReason.AMBIGUOUS,
            f'"{low}" may be the priority of the ticket: a {mention.types[0]} has none.',
            f"Is the priority {low} that of the ticket, or of which slice?",
        )
    if doing.is_any("need_new"):
        return Fault(
            DeclineReason.AMBIGUOUS,
            f"It is not clear whether a new {mention.types[0]} is meant, or one that is there already.",
            f"Is a {mention.types[0]} to be deployed with {low}, or one that is there to be scaled to {low}?",
        )
    is_up_to = amount.bound_low in ("up to", "upto") and doing.is_any(
        "scale", "raise", "bring", "multiply", "move_version", "set"
    )
    if wish.prep in ("towards", "toward"):
        return Fault(
            DeclineReason.AMBIGUOUS,
            f'"{wish.prep} {low}" is no exact value.',
            f"Which {_spoken(name)} is meant in the end?",
        )
    is_good_side = amount.bound_low == "or better" and name in (*_GOOD_BELOW, *_GOOD_ABOVE)
    if amount.bound == "ambiguous" and not is_up_to and not is_good_side:
        return Fault(
            DeclineReason.AMBIGUOUS,
            f'"{low}" is not an exact value.',
            f'Which exact value of {_spoken(name)} is meant by "{low}"?',
        )
    if amount.kind == "things" and (
        (not doing.is_any("deploy", "scale", "run", "raise", "lower", "bring", "ensure") and not amount.relative)
        or mention.types[0] in _SINGLE
        or mention.names
    ):
        return Fault(
            DeclineReason.AMBIGUOUS,
            f'It is not clear whether "{low}" is to be there in all, or to be added.',
            f"Which {mention.types[0]} is meant, and is it to be deployed, or to have so many replicas?",
        )
    if doing.is_any("scale") and name not in _SCALED:
        return Fault(
            DeclineReason.AMBIGUOUS,
            f"Scaling is said in replicas, cores or memory, not in {_spoken(name)}.",
            f"How many replicas is the {mention.types[0]} to have, or is {_spoken(name)} to be ensured?",
        )
    is_capped = wish.aim is not None and wish.aim.bound == "at_most" and name in COUNTS and amount.bound is None
    if is_capped and name != "replicas":
        return Fault(
            DeclineReason.AMBIGUOUS,
            f"A maximum of {_spoken(name)} may be a limit, or what is to be possible at least.",
            f'Is "{low}" meant as at most, or as at least?',
        )
    if doing.is_any("deploy") and name == "version" and not mention.names and not is_new:
        return Fault(
            DeclineReason.AMBIGUOUS,
            f"It is not clear whether a new {mention.types[0]} is meant, or another version of the one that is there.",
            f"Is the {mention.types[0]} to be upgraded, or a new one to be deployed?",
        )
    is_several = wish.prep == "by" or (
        wish.aim_node is not None and wish.aim_node.low.endswith(("versions", "releases"))
    )
    if name == "version" and (
        is_several
        or amount.relative
        or amount.bound not in (None, "equals")
        or len(amount.parts) > 1
        or not amount.written
    ):
        return _missing("version", mention)
    return None


def _condition(wish: Wish, name: str, doing: Doing) -> Condition | Fault | None:
    """The condition that the words give; None where the bounds of the amount or its name decide."""
    amount = wish.amount
    if amount.kind == "times":
        if amount.relative or doing.direction == "fewer" or doing.is_any("lower", "remove"):
            if amount.relative or amount.value != 0.5:
                return Fault(
                    DeclineReason.AMBIGUOUS,
                    f'"{wish.node.low}" can be read in several ways.',
                    f"How much {_spoken(name)} is meant in the end?",
                )
        elif amount.value == 0.5 and doing.direction == "more":
            return Fault(
                DeclineReason.AMBIGUOUS,
                f'"{wish.node.low}" can be read in several ways.',
                f"How much {_spoken(name)} is meant in the end?",
            )
        return Condition.MULTIPLY_BY
    if _is_against(wish, name, doing):
        return Fault(
            DeclineReason.AMBIGUOUS,
            f'"{doing.base}" and "{wish.node.low}" do not go together for {_spoken(name)}.',
            f"Is {_spoken(name)} to be kept above that, or below?",
        )
    direction = _direction(wish, name, doing)
    if isinstance(direction, Fault):
        return direction
    if direction is not None:
        if (
            (amount.kind == "percent" and name not in _PERCENTS)
            or amount.bound not in (None, "equals")
            or len(amount.parts) > 1
            or amount.kind == "percent"
        ):
            return Fault(
                DeclineReason.AMBIGUOUS,
                f'A change by "{wish.node.low}" can be read in several ways.',
                f"Which {_spoken(name)} is meant in the end?",
            )
        return Condition.INCREASE_BY if direction == "more" else Condition.DECREASE_BY
    if amount.kind in ("points", "gain"):
        return Fault(
            DeclineReason.AMBIGUOUS,
            f'"{wish.node.low}" is a difference, and it is not said from what.',
            f"Which {_spoken(name)} is meant?",
        )
    if doing.is_any("cap") and amount.bound is None:
        return Condition.AT_MOST if name not in _CONFIGURED else Condition.EQUALS
    if amount.bound == "ambiguous" and wish.prep == "to" and name in _SCALED:
        return Condition.AT_MOST
    if amount.bound == "ambiguous":
        return Condition.EQUALS if name in (*_SCALED, *_CONFIGURED) else _default(name, doing)
    if wish.aim is not None and wish.aim.bound is not None and amount.bound is None and len(amount.parts) == 1:
        return Condition(wish.aim.bound)
    return None


def _is_against(wish: Wish, name: str, doing: Doing) -> bool:
    """`increase the latency to 5 ms`, `limit … to at least 5 ms`: away from the good side, or over a cap."""
    bound = wish.amount.bound
    if doing.is_any("cap") or (doing.is_any("lower") and name in _GOOD_BELOW):
        return bound == "at_least" and len(wish.amount.parts) == 1
    if doing.is_any("raise") and name in _GOOD_ABOVE:
        return bound == "at_most" and len(wish.amount.parts) == 1
    is_set = bound is None and wish.prep in ("to", "at")
    return is_set and (
        (doing.is_any("raise") and name in _GOOD_BELOW) or (doing.is_any("lower") and name in _GOOD_ABOVE)
    )


_PERCENTS = (
    "packet_loss",
    "availability",
    "energy_saving",
    "load_threshold",
    "prb_ratio_min",
    "prb_ratio_max",
    "prb_ratio_dedicated",
)


def _direction(wish: Wish, name: str, doing: Doing) -> "str | Fault | None":
    """Whether the amount is added or taken away; None where it is what shall be in the end."""
    relative = wish.amount.relative
    unclear = Fault(
        DeclineReason.AMBIGUOUS,
        f'It is not clear whether "{wish.node.low}" is a difference or what is meant in the end.',
        "How many are meant in the end, or by how many is it to change?",
    )
    if relative == "more":
        return unclear if doing.is_any("lower", "remove", "delete", "deploy") or wish.prep == "to" else "more"
    if relative == "fewer":
        return unclear if doing.is_any("raise", "add", "deploy") or wish.prep == "to" else "fewer"
    if wish.prep == "by" and doing.base == "improve" and name in (*_GOOD_BELOW, *_GOOD_ABOVE):
        return "fewer" if name in _GOOD_BELOW else "more"
    is_counted = wish.prep == "of" and doing.is_any("raise", "lower") and wish.amount.kind != "bare"
    if (
        wish.prep == "by"
        or is_counted
        or (wish.prep in ("of", "on") and wish.amount.kind == "gain" and doing.direction)
    ):
        return doing.direction or ("more" if doing.base in ("bump", "lift") else unclear)
    if doing.is_any("add"):
        return unclear if wish.prep in ("to", "at") or wish.amount.kind == "things" else "more"
    if (
        doing.is_any("lower", "remove")
        and doing.base in ("remove", "take away", "take off", "drop", "cut", "shed", "strip")
        and wish.prep not in ("to", "at")
    ):
        return "fewer" if wish.amount.kind != "bare" and wish.prep == "" else unclear
    is_end = (
        wish.prep in ("to", "at", "on", "up to")
        or wish.is_apart
        or wish.amount.bound is not None
        or len(wish.amount.parts) > 1
    )
    if doing.is_any("raise", "lower") and not is_end:
        return unclear
    return unclear if doing.is_any("scale") and doing.direction and wish.prep == "" and not is_end else None


def _default(name: str, doing: Doing) -> Condition:
    if name in _GOOD_BELOW:
        return Condition.AT_MOST
    return Condition.AT_LEAST if name in _GOOD_ABOVE else Condition.EQUALS


def _spoken(name: str) -> str:
    return name.replace("_", " ")
