"""Answers made wrong, each in one way that some check forbids."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from agents.goals.answer_shape import ModelPlan
from schemas.intent import ObjectType

Fields = dict[str, Any]
_INVENTED = ("atlantis-1", "osaka-9", "kyo-1", "")
_NO_TYPES = [str(kind) for kind in ObjectType if kind in ("nef", "nssf", "ausf", "pcf", "xapp", "rapp", "non-rt-ric")]
_ELSEWHERE = ("frankfurt-1", "newyork-1", "edge-05", "manchester-1")
_OPPOSITE = {
    "increase_by": ("decrease_by", "multiply_by", "at_most", "equals"),
    "decrease_by": ("increase_by", "multiply_by", "at_most"),
    "at_least": ("at_most", "increase_by", "decrease_by", "multiply_by"),
    "at_most": ("at_least", "increase_by", "multiply_by"),
    "equals": ("increase_by", "decrease_by", "multiply_by", "at_most"),
    "multiply_by": ("increase_by", "decrease_by", "equals", "at_least"),
}
_WRONG_ARITHMETIC = (
    "a + b",
    "a - b",
    "a",
    "b",
    "a * b / 7",
    "2",
    "a / a",
    "a ** b",
    "__import__('os')",
    "a /",
    "(a)(b)",
)
_FOREIGN = ("energy_saving", "jitter", "tx_power", "memory", "load_threshold", "max_ues", "packet_loss")


def _expectation(fields: Fields, random: Random) -> Fields:
    return random.choice(fields["expectations"])  # type: ignore[no-any-return]


def _target(fields: Fields, random: Random) -> Fields | None:
    targets = [target for each in fields["expectations"] for target in each["targets"]]
    return random.choice(targets) if targets else None


def _origin(fields: Fields, random: Random, *, of_values: bool = False) -> Fields | None:
    found = [origin for each in fields["expectations"] for target in each["targets"] for origin in target["origins"]]
    if not of_values:
        found += [origin for each in fields["expectations"] for origin in each["grounds"]]
    return random.choice(found) if found else None


def _site(fields: Fields, random: Random) -> bool:
    thing = _expectation(fields, random)["object"]
    thing["sites"] = random.choice(
        [
            [random.choice(_ELSEWHERE)],
            [*thing["sites"], random.choice(_ELSEWHERE)],
            [random.choice(_INVENTED)],
            [*thing["sites"], random.choice(_INVENTED)],
            [],
        ]
    )
    return True


def _value(fields: Fields, random: Random) -> bool:
    if (target := _target(fields, random)) is None:
        return False
    value = target["value"]
    target["value"] = (
        "9.9.9" if isinstance(value, str) else value * random.choice((2, 3, 10, 0.5)) + random.randint(1, 9)
    )
    return True


def _figure(fields: Fields, random: Random) -> bool:
    if (origin := _origin(fields, random, of_values=True)) is None:
        return False
    value = origin["value"]
    origin["value"] = random.choice((None, "7", 123_457.0 if not isinstance(value, str) else 2.4))
    return True


def _quote(fields: Fields, random: Random) -> bool:
    if (origin := _origin(fields, random)) is None:
        return False
    quote = origin["quote"]
    at = random.randrange(len(quote))
    origin["quote"] = random.choice(
        (quote[:at] + "§" + quote[at:], f"{quote} indeed", "", "I promise", quote[::-1] + "x")
    )
    return True


def _source(fields: Fields, random: Random) -> bool:
    if (origin := _origin(fields, random)) is None:
        return False
    others = {"request": ("night", "busy-hour"), "night": ("request",)}.get(origin["source"], ("request", "night"))
    origin["source"] = random.choice((*others, "my-memory", "", "tokyo-1/nrf"))
    return True


def _arithmetic(fields: Fields, random: Random) -> bool:
    if (target := _target(fields, random)) is None:
        return False
    wrong = [each for each in _WRONG_ARITHMETIC if each != target["arithmetic"]]
    if target["arithmetic"] is None:
        target["arithmetic"] = random.choice([*wrong, "a"])
        return True
    target["arithmetic"] = random.choice([*(each for each in wrong if each != "a * b"), None])
    return True


def _condition(fields: Fields, random: Random) -> bool:
    if (target := _target(fields, random)) is None:
        return False
    target["condition"] = random.choice(_OPPOSITE[target["condition"]])
    return not (target["condition"] == "at_most" and target["name"] in ("latency", "jitter"))


def _object(fields: Fields, random: Random) -> bool:
    thing = _expectation(fields, random)["object"]
    what = random.choice(("type", "name", "slice"))
    thing[what] = {
        "type": random.choice(_NO_TYPES),
        "name": random.choice(("blue", "upf-9", "AMF", "../x")),
        "slice": {"sst": random.choice((4, 77, 300)), "sd": random.choice((None, "0000zz", "00000f"))},
    }[what]
    return True


def _action(fields: Fields, random: Random) -> bool:
    expectation = _expectation(fields, random)
    is_asked = any("remove" in each["quote"] for each in expectation["grounds"])
    expectation["action"] = "delete"
    expectation["targets"] = random.choice((expectation["targets"], []))
    return not is_asked


def _name_of_target(fields: Fields, random: Random) -> bool:
    if (target := _target(fields, random)) is None:
        return False
    target["name"] = random.choice(_FOREIGN)
    return True


def _less(fields: Fields, random: Random) -> bool:
    place = random.randrange(len(fields["expectations"]))
    match random.choice(("expectation", "request", "origins", "grounds")):
        case "expectation":
            del fields["expectations"][place]
        case "request":
            grounds = fields["expectations"][place]["grounds"]
            fields["expectations"][place]["grounds"] = [each for each in grounds if each["source"] != "request"]
        case "origins":
            if (target := _target(fields, random)) is None:
                return False
            target["origins"] = target["origins"][1:]
        case _:
            fields["expectations"][place]["grounds"] = []
    return True


def _more(fields: Fields, random: Random) -> bool:
    extra = {**fields["expectations"][0], "object": {**fields["expectations"][0]["object"]}}
    extra["object"]["type" if random.random() < 0.5 else "sites"] = "nef"
    if extra["object"]["sites"] == "nef":
        extra["object"]["sites"] = [random.choice(_ELSEWHERE)]
    fields["expectations"].append(extra)
    return True


MUTATIONS: tuple[Callable[[Fields, Random], bool], ...] = (
    *(_site, _value, _figure, _quote, _source, _arithmetic, _condition),
    *(_object, _action, _name_of_target, _less, _more),
)


def mutated(answer: ModelPlan, random: Random) -> Iterator[tuple[str, ModelPlan]]:
    """The answer, wrong in each way that it can be wrong in."""
    for mutate in MUTATIONS:
        fields = answer.model_dump(mode="json")
        if mutate(fields, random) and (wrong := ModelPlan.model_validate(fields)) != answer:
            yield mutate.__name__.strip("_"), wrong
