"""The fixed reasons for declining an intent: metric labels, and what producers may act on."""

from enum import StrEnum


class DeclineReason(StrEnum):
    """In order of precedence where a request has several faults (the first ten), then those of later stages."""

    UNSAFE = "unsafe"
    NOT_A_NETWORK_INTENT = "not_a_network_intent"
    UNSUPPORTED = "unsupported"
    UNKNOWN_SITE = "unknown_site"
    CONTRADICTORY = "contradictory"
    INFEASIBLE = "infeasible"
    POLICY_VIOLATION = "policy_violation"
    MISSING_TARGET = "missing_target"
    MISSING_VALUE = "missing_value"
    AMBIGUOUS = "ambiguous"
    CONFLICT = "conflict"
    SUPERSEDED = "superseded"
    NOT_APPROVED = "not_approved"
    EXPIRED = "expired"


DEAD_LETTER_REASONS = frozenset(
    (
        *("null_value", "too_large", "not_utf8", "broken_json", "duplicate_field", "wrong_types", "bad_headers"),
        *("unverified", "id_reused", "malformed_plan", "plan_digest_mismatch"),
        *("internal_error", "retries_exhausted", "dependency_unavailable", "model_away", "result_too_large"),
    )
)
"""Why records are dead-lettered: metric labels, and what operators select by."""
FAILURE_REASONS = frozenset(
    (
        "refused_by_repository",
        "refused_by_interface",
        "ledger_unreadable",
        "package_unreadable",
        "partly_done",
        "undone",
        "not_in_force",
        "not_in_time",
    )
)
"""Why intents fail: metric labels."""
