"""Values of a proposal that its approver corrects, and the plan that comes of it on this machine."""

from collections.abc import Sequence
from dataclasses import replace

from agents.domain.verdicts import Declined
from agents.planning.corrections import NoSuchValue, corrected
from pipeline.app import App
from pipeline.kafka.not_usable import NotPossible
from pipeline.operations.operator import name_of_operator
from pipeline.runtime.proposals import Proposal
from pipeline.settings import Settings
from schemas.bodies import Edit
from schemas.intent import TARGET_UNITS


def edit_of(text: str) -> Edit:
    """`site/object.target=value`. Raises: NotPossible."""
    where, is_given, value = text.partition("=")
    place, _, name = where.rpartition(".")
    site, _, slug = place.partition("/")
    if not (is_given and site and slug) or name not in TARGET_UNITS:
        raise NotPossible(f"{text!r} corrects nothing: write SITE/OBJECT.TARGET=VALUE, as in osaka-1/upf.replicas=4")
    try:
        return Edit(site=site, object=slug, name=name, value=value if name == "version" else float(value))
    except ValueError as fault:
        raise NotPossible(f"{text!r}: {value!r} is no number") from fault


def corrected_proposal(settings: Settings, proposal: Proposal, edits: Sequence[Edit]) -> Proposal:
    """The proposal as it is with these values. Raises: NotPossible where they are none of it, or against the rules."""
    try:
        wished = corrected(proposal.planned, edits, name_of_operator())
        return replace(proposal, planned=App(settings).planner.plan_again(wished))
    except (NoSuchValue, Declined) as fault:
        raise NotPossible(f"nothing was decided: {fault}") from fault
