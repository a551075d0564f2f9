"""A plan for people: its steps in order, what each sends and how it is undone, its risk, and what it rests on."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pipeline.cli.printing import indented, plain, printable
from pipeline.operations.grounds import INFERRED, lines_beside

if TYPE_CHECKING:
    from rich.console import Console

    from schemas.bodies import Plan, Step, StepResult
    from schemas.intent import Expectation

_CONDITIONS = {
    "equals": "{}",
    "at_least": "at least {}",
    "at_most": "at most {}",
    "increase_by": "{} more than now",
    "decrease_by": "{} less than now",
    "multiply_by": "{} times what it is now",
}
_MOST_SITES = 5
_RESTORES = {
    "targets": "undone by setting what it changes back to its previous value",
    "object": "undone by restoring the whole object, or removing it if there was none",
    "nothing": "cannot be undone",
}


def print_plan(
    out: "Console",
    plan: "Plan",
    expectations: "Sequence[Expectation]",
    found: "Mapping[str, StepResult]" = MappingProxyType({}),
) -> None:
    """Print the steps with what they do and what each rests on, then what to know before approving.

    `found` is what carrying them out would change right now, by the step's name.
    """
    resources = plain(plan.resources.model_dump())
    out.print(
        f"plan {plan.digest[:12]}: risk {plan.risk}, {blast_radius(plan.steps)}, about {resources['cpu']} cores and "
        f"{resources['memory']} GiB",
        style="bold",
    )
    for number, step in enumerate(plan.steps, start=1):
        indented(out, f"{number}. {step.name}, through {step.target}", 2)
        for line in step_lines(step):
            indented(out, printable(line), 5)
        if step.name in found:
            indented(out, f"now: {printable('; '.join(change_lines(found[step.name])))}", 5, "cyan")
        for line in lines_beside(step, expectations, plan.grounds):
            indented(out, printable(line), 5, "yellow" if line.startswith(INFERRED) else "dim")
    for reason in plan.approval_reasons:
        indented(out, f"needs an approval: {printable(reason)}", 2, "yellow")
    for citation in plan.citations:
        indented(out, f"rests on: {printable(f'{citation.title} ({citation.source})')}", 2, "dim")


def blast_radius(steps: "Sequence[Step]") -> str:
    """`2 objects at 1 site (tokyo-1)`: what a plan touches."""
    objects = {(step.content["site"], step.content["object"]["slug"]) for step in steps}
    sites = sorted({site for site, _ in objects})
    named = ", ".join(sites[:_MOST_SITES]) + (", …" if len(sites) > _MOST_SITES else "")
    return f"{_counted(len(objects), 'object')} at {_counted(len(sites), 'site')} ({named})"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def change_lines(result: "StepResult") -> Iterator[str]:
    """`replicas 3 → 5`, for each value that a step would change."""
    if result.outcome != "done":
        yield result.outcome.replace("_", " ")
        return
    for name in sorted({*result.before, *result.after}):
        before, after = _held(result.before.get(name)), _held(result.after.get(name))
        yield f"{name} {before} → {after}" if before != after else f"{name} stays {after}"
    if not result.before and not result.after:
        yield "the whole object"


def _held(held: Any) -> str:
    if not isinstance(held, dict):
        return "nothing" if held is None else str(plain(held))
    words = {"value": "{}", "min": "at least {}", "max": "at most {}"}
    return ", ".join(words[name].format(plain(value)) for name, value in held.items() if name in words) or "nothing"


def target_words(target: Mapping[str, Any]) -> str:
    """A target as it is spoken: `latency at most 20 ms`, `replicas 2 more than now`."""
    unit = "" if target["unit"] == "count" or target["condition"] == "multiply_by" else target["unit"]
    value = f"{plain(target['value'])} {unit}".strip().replace(" %", "%")
    return f"{target['name']} {_CONDITIONS[target['condition']].format(value)}"


def step_lines(step: "Step") -> Iterator[str]:
    """What a step sends over its interface, and how it is undone."""
    content = step.content
    if content.get("targets"):
        yield ", ".join(map(target_words, content["targets"]))
    yield from _SENT[step.target](content)
    undo = step.undo
    why = f": {undo['why']}" if "why" in undo else ""
    yield f"{_RESTORES.get(undo.get('restore', ''), 'taken back as the step says')}{why}"


def _package(content: Mapping[str, Any]) -> Iterator[str]:
    yield f"{content['kind']} of {content['provider']}, in the package {content['site']}/{content['object']['slug']}"
    if made_of := content.get("blueprint"):
        yield f"if it is not there yet, copied from {made_of['package']}@{made_of['revision']}, {made_of['repository']}"


def _policies(content: Mapping[str, Any]) -> Iterator[str]:
    for policy in content["policies"]:
        body = policy["policy_object"]
        said = _leaves(body[policy["statement"]]) if body else "value determined when it is carried out"
        yield f"policy {policy['policy_id']} of type {policy['policy_type_id']}: {said}"


def _edits(content: Mapping[str, Any]) -> Iterator[str]:
    for edit in content["edits"]:
        value = (
            "value determined when it is carried out"
            if edit["value"] is None
            else f"{edit['value']} {edit['encoding']}"
        )
        yield f"{edit['class']} {edit['id']}, {edit['leaf']} ({edit['module']}): {value}"
    for member in content["members"]:
        yield f"for members with {_leaves(member)}"


def _provisioning(content: Mapping[str, Any]) -> Iterator[str]:
    request = content["request"]
    template = f", template {request['templateName']} {request['templateVersion']}" if "templateName" in request else ""
    yield f"provisioning request {request['name']}{template}"


_SENT = {"nephio": _package, "a1": _policies, "o1": _edits, "o2": _provisioning}


def _leaves(body: Any) -> str:
    if isinstance(body, list):
        return ", ".join(map(target_words, body))
    return ", ".join(f"{name} {plain(value)}" for name, value in body.items())
