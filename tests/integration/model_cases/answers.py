"""Answers of a model, written out: good ones, and what can be made false in them."""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

Answer = dict[str, Any]


def expectation(
    action: str, type_: str, sites: list[str], *targets: tuple[str, str, float | str, str], **more: Any
) -> dict[str, Any]:
    """One expectation as a model writes it; `name`, `slice` and `evidence` are further arguments."""
    return {
        "action": action,
        "object": {"type": type_, "name": more.get("name"), "sites": sites, "slice": more.get("slice")},
        "targets": [dict(zip(("name", "condition", "value", "unit"), each, strict=True)) for each in targets],
        "evidence": more.get("evidence", []),
    }


def answer(request: str, verbs: Iterable[str], *expectations: dict[str, Any], rewording: str | None = None) -> Answer:
    """An answer that quotes the whole request where nothing else is said."""
    filled = [{**each, "evidence": each["evidence"] or [request]} for each in expectations]
    return {"verbs": list(verbs), "expectations": filled, "rewording": rewording}


def falsified(good: Answer) -> Iterator[tuple[str, Answer]]:
    """Every way to make one thing of a good answer false, each in a copy of its own."""
    for at, each in enumerate(good["expectations"]):
        for what, change in _changes(each):
            if change == each:
                continue
            copy = deepcopy(good)
            copy["expectations"][at] = change
            yield what, copy
    extra = deepcopy(good)
    extra["expectations"].append(expectation("delete", "nrf", ["tokyo-1"], evidence=[_quote(good)]))
    yield "an expectation is added", extra
    twin = deepcopy(good)
    twin["expectations"].append(deepcopy(twin["expectations"][0]))
    yield "an expectation is doubled", twin
    fewer = deepcopy(good)
    fewer["expectations"].pop()
    yield "an expectation is dropped", fewer
    for at in range(len(good["verbs"])):
        copy = deepcopy(good)
        del copy["verbs"][at]
        yield "a verb is not told", copy
    for word in ("in", "to", "tokyo-1", "AMF", "frobnicate", ""):
        copy = deepcopy(good)
        copy["verbs"].append(word)
        yield f"{word!r} is called a verb", copy


def _changes(each: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    thing = each["object"]
    yield "the action is another", {**each, "action": "upgrade" if each["action"] != "upgrade" else "scale"}
    yield "the action deletes", {**each, "action": "delete", "targets": []}
    yield "the object is another", {**each, "object": {**thing, "type": "nrf" if thing["type"] != "nrf" else "udm"}}
    yield "the object has another name", {**each, "object": {**thing, "name": "amf-green"}}
    yield "the slice is invented", {**each, "object": {**thing, "slice": {"sst": 3, "sd": "abcdef"}}}
    yield "a site is invented", {**each, "object": {**thing, "sites": ["gotham-1"]}}
    yield "a site is added", {**each, "object": {**thing, "sites": [*thing["sites"], "edge-06"]}}
    yield "the sites are others", {**each, "object": {**thing, "sites": ["sapporo-1"]}}
    yield "no site is left", {**each, "object": {**thing, "sites": []}}
    yield "the quote is invented", {**each, "evidence": ["as agreed with the customer"]}
    yield "a quote is changed a little", {**each, "evidence": [each["evidence"][0].upper() + "!"]}
    yield "there is no quote", {**each, "evidence": []}
    yield "the quote is blank", {**each, "evidence": [" "]}
    yield "a target is added", {**each, "targets": [*each["targets"], _target("cpu", "equals", 8, "cores")]}
    yield (
        "a target is contradicted",
        {**each, "targets": [*each["targets"], _target("replicas", "equals", 19, "count")]},
    )
    for at, target in enumerate(each["targets"]):
        for what, change in _target_changes(target):
            yield what, {**each, "targets": [*each["targets"][:at], change, *each["targets"][at + 1 :]]}
        yield "a target is dropped", {**each, "targets": [*each["targets"][:at], *each["targets"][at + 1 :]]}


def _target_changes(target: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "the unit is another", {**target, "unit": "s" if target["unit"] != "s" else "ms"}
    others = [each for each in ("equals", "at_least", "at_most", "increase_by") if each != target["condition"]]
    for other in others:
        yield f"the condition is {other}", {**target, "condition": other}
    if isinstance(target["value"], str):
        yield "the version is another", {**target, "value": target["value"] + ".1"}
        return
    for value in (target["value"] + 1, target["value"] * 10, target["value"] / 1000, -target["value"], 0):
        yield f"the value is {value}", {**target, "value": value}
    yield "the value is text", {**target, "value": str(target["value"])}


def _target(name: str, condition: str, value: float, unit: str) -> dict[str, Any]:
    return {"name": name, "condition": condition, "value": value, "unit": unit}


def _quote(good: Answer) -> str:
    quote: str = good["expectations"][0]["evidence"][0]
    return quote
