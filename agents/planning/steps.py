"""Wishes become steps: what is wished as plain data, and how it is undone."""

from typing import Any

from agents.knowledge.networks import FunctionNetworks
from agents.knowledge.providers import Enforced
from agents.planning.a1_policies import policies_of
from agents.planning.o1_edits import edits_of, members_of
from agents.planning.o2_requests import request_of
from agents.planning.plain_numbers import plain
from agents.planning.target_changes import Wish
from agents.planning.templates import Templates
from schemas.bodies import Step, StepTarget
from schemas.intent import Action


def step_of(
    wish: Wish, templates: Templates, enforced: Enforced | None = None, networks: FunctionNetworks | None = None
) -> Step:
    """The step that fulfils a wish. It says what is to be, so that carrying it out twice is the same as once.

    `enforced` is what the provider of the site does for such objects, `networks` what the site has for them.
    """
    return Step(
        target=wish.route.to,
        operation=wish.route.operation,
        name=wish.name,
        content={**_wished(wish), **_interface_content(wish, templates, enforced, networks)},
        undo=undo_of(wish),
    )


def _wished(wish: Wish) -> dict[str, Any]:
    """What every interface gets, and what the target's ledger is keyed by."""
    thing = wish.object
    return {
        "site": wish.site,
        "object": {
            "type": str(thing.type),
            "name": thing.name,
            "slug": thing.slug,
            "slice": thing.slice.model_dump() if thing.slice else None,
        },
        "action": str(wish.action),
        "targets": [
            {
                "name": target.name,
                "condition": str(target.condition),
                "value": plain(target.value),
                "unit": target.unit,
            }
            for target in wish.targets
        ],
    }


def _interface_content(
    wish: Wish, templates: Templates, enforced: Enforced | None, networks: FunctionNetworks | None
) -> dict[str, Any]:
    match wish.route.to:
        case StepTarget.NEPHIO:
            template = templates.object_of(wish.object.type)
            made = {"provider": template.provider, "kind": template.kind} | _as_enforced(enforced)
            return made | (networks.content if networks else {})
        case StepTarget.A1:
            return {"policies": policies_of(wish, templates)}
        case StepTarget.O1:
            return {"edits": edits_of(wish, templates), "members": members_of(wish, templates)}
        case StepTarget.O2:
            return {"request": request_of(wish, templates)}


def _as_enforced(enforced: Enforced | None) -> dict[str, Any]:
    """What a provider wants different from the template."""
    if enforced is None:
        return {}
    wanted = {
        "provider": enforced.spec_provider,
        "kind": enforced.kind,
        "reads_parameters": None if enforced.reads_parameters else False,
        "blueprint": enforced.blueprint and enforced.blueprint.model_dump(),
        "needs_interfaces": list(enforced.needs_interfaces) or None,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def undo_of(wish: Wish) -> dict[str, Any]:
    """How the step is undone: always to what deploy recorded when it carried it out, never to a guess.

    `restore` says what is put back, `absent` what becomes of it where nothing was there before.
    """
    if wish.route.to == StepTarget.O2 and wish.action == Action.DELETE:
        return {"restore": "nothing", "why": "what ran on a deleted cluster is gone; deploy it again instead"}
    whole = wish.action in (Action.DEPLOY, Action.DELETE)
    return {
        "restore": "object" if whole else "targets",
        "targets": [] if whole else list(dict.fromkeys(target.name for target in wish.targets)),
        "from": "ledger",
        "absent": "delete",
    }
