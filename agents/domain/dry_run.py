"""Dry runs: a request that goes the whole way to its plan, and no further."""

from agents.domain.verdicts import Declined
from schemas.bodies import IntentPlanned
from schemas.envelope import Intent
from schemas.reasons import DeclineReason


def require_for_real(intent: Intent, planned: IntentPlanned) -> None:
    """Ends a dry run once its plan is known. Raises: Declined `not_approved`, saying what would have been done."""
    if not intent.is_dry_run:
        return
    steps = "; ".join(f"{step.name} ({step.target})" for step in planned.plan.steps)
    raise Declined(DeclineReason.NOT_APPROVED, f"A dry run, nothing was carried out. Planned: {steps}.")
