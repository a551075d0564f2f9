"""A1 policies for the objectives of a wish: one policy instance for each object, site and target name."""

from typing import Any

from agents.planning.plain_numbers import plain
from agents.planning.target_changes import Wish
from agents.planning.templates import PolicyTemplate, Templates
from schemas.intent import IntentObject, Target


def policies_of(wish: Wish, templates: Templates) -> list[dict[str, Any]]:
    """The policies of a wish, as plain data.

    Each has `policy_id`, `policy_type_id`, `target` (the name), `scope`, `statement`, and either `attributes`
    (`{condition: [{attribute, factor}]}`) or none, where the statement is the list of targets itself.
    `policy_object` is what goes over A1, or None where a value is relative: deploy resolves it, then `render`s.
    `other_type_ids` are types under which an earlier intent may have left a policy of the same id: that one goes.
    """
    names = list(dict.fromkeys(target.name for target in wish.targets))
    return [_policy(wish, name, templates) for name in names]


def _policy(wish: Wish, name: str, templates: Templates) -> dict[str, Any]:
    targets = [target for target in wish.targets if target.name == name]
    choices = _choices(wish, templates)
    template = choices[0] if _can_say(choices[0], wish.object, targets) else choices[-1]
    policy: dict[str, Any] = {
        "policy_id": f"{wish.site}.{wish.subject}.{name}".replace("_", "-"),
        "policy_type_id": template.policy_type_id,
        "other_type_ids": sorted({each.policy_type_id for each in choices} - {template.policy_type_id}),
        "target": name,
        "scope": _scope(wish, template, templates),
        "statement": template.statement,
        "attributes": {
            str(condition): [attribute.model_dump() for attribute in attributes]
            for condition, attributes in template.fields.get(name, {}).items()
        },
    }
    is_relative = any(target.condition.is_relative for target in targets)
    wished = [_wished(target) for target in targets]
    return {**policy, "policy_object": None if is_relative else render(policy, wished)}


def render(policy: dict[str, Any], wished: list[dict[str, Any]]) -> dict[str, Any]:
    """The policy object for absolute values: `wished` is a list of `{name, condition, value, unit}`."""
    if not policy["attributes"]:
        return {"scope": policy["scope"], policy["statement"]: wished}
    statement = {
        each["attribute"]: plain(target["value"] * each["factor"])
        for target in wished
        for each in _attributes(policy, target["condition"])
    }
    return {"scope": policy["scope"], policy["statement"]: statement}


def _attributes(policy: dict[str, Any], condition: str) -> list[dict[str, Any]]:
    """What a condition sets; a resolved relative value (`equals`) changes what the first condition sets."""
    attributes: dict[str, list[dict[str, Any]]] = policy["attributes"]
    return attributes.get(condition) or next(iter(attributes.values()))


def _choices(wish: Wish, templates: Templates) -> list[PolicyTemplate]:
    """The policy of the route, then the one that says what it cannot."""
    first = templates.policies[wish.route.policy or ""]
    return [first, templates.policies[first.otherwise]] if first.otherwise else [first]


def _can_say(template: PolicyTemplate, thing: IntentObject, targets: list[Target]) -> bool:
    """True where the statement has attributes for every target, and the object a slice to be scoped by."""
    return thing.slice is not None and all(
        target.name in template.fields
        and (target.condition.is_relative or target.condition in template.fields[target.name])
        for target in targets
    )


def _scope(wish: Wish, template: PolicyTemplate, templates: Templates) -> dict[str, Any]:
    """A standard type is scoped by the slice (A1TD 6.3.1.3), the operator's own by the names of the inventory."""
    thing = wish.object
    scope: dict[str, Any] = {}
    if not template.fields:
        scope = {"site": wish.site, "objectType": str(thing.type), "objectName": thing.slug}
    if thing.slice is not None:
        scope["sliceId"] = {
            **thing.slice.model_dump(exclude_none=True),
            "plmnId": templates.plmn.model_dump(),
        }
    return scope


def _wished(target: Target) -> dict[str, Any]:
    return {
        "name": target.name,
        "condition": str(target.condition),
        "value": plain(target.value),
        "unit": target.unit,
    }
