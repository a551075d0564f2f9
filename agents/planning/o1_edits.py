"""Edits of a managed element over O1, in the names of the NR resource model (3GPP TS 28.541)."""

from typing import Any

from agents.domain.verdicts import Declined
from agents.planning.plain_numbers import plain
from agents.planning.target_changes import Wish
from agents.planning.templates import EditTemplate, Templates
from schemas.intent import Target
from schemas.reasons import DeclineReason


def edits_of(wish: Wish, templates: Templates) -> list[dict[str, Any]]:
    """The leaves a wish sets, as plain data: `{target, module, class, id, leaf, encoding, value}`.

    `value` is as the leaf wants it, or None where the wish is relative: deploy resolves it, then `encode`s it.
    """
    return [edit for target in wish.targets for edit in _edits_of_target(wish, target, templates.edits[target.name])]


def _edits_of_target(wish: Wish, target: Target, template: EditTemplate) -> list[dict[str, Any]]:
    value = None if target.condition.is_relative else encode(template.encoding, float(target.value))
    return [
        {
            "target": target.name,
            "module": template.module,
            "class": template.managed_class,
            "id": _id_of(wish, template),
            "leaf": leaf,
            "encoding": template.encoding,
            "value": value,
        }
        for leaf in template.leaves
    ]


def _id_of(wish: Wish, template: EditTemplate) -> str:
    """The key of the list entry: a policy ratio is named after the slice it is for, anything else after the object."""
    return f"rrm-{wish.subject}" if template.managed_class == "RRMPolicyRatio" else wish.object.slug


def members_of(wish: Wish, templates: Templates) -> list[dict[str, Any]]:
    """Whom a new policy ratio is for (TS 28.541, RRMPolicyMember).

    None where the wish names no S-NSSAI: then a policy that is there already is changed, and none is created.
    """
    identity = wish.object.slice
    if identity is None:
        return []
    return [{**templates.plmn.model_dump(), **identity.model_dump(exclude_none=True)}]


def encode(encoding: str, value: float) -> int:
    """The value in the unit of the leaf. Raises: Declined `infeasible` where the leaf cannot hold it.

    dBm to milliwatts: P = 10^(dBm / 10), and configuredMaxTxPower takes whole milliwatts.
    """
    if encoding == "mW":
        milliwatts = round(10 ** (value / 10))
        if milliwatts < 1:
            raise _unwritable(value, "dBm", "the smallest power that can be set is 1 mW (0 dBm)")
        return milliwatts
    whole = plain(value)
    if not isinstance(whole, int):
        raise _unwritable(value, "%" if encoding == "percent" else encoding, "only whole numbers can be set")
    return whole


def _unwritable(value: float, unit: str, why: str) -> Declined:
    return Declined(
        DeclineReason.INFEASIBLE,
        f"{plain(value)} {unit} cannot be written to the managed element: {why}.",
        "Which value do you mean instead?",
    )
