"""The digest a plan is approved by: equal plans have equal digests, on every machine and after every journey."""

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from schemas.bodies import Plan
from schemas.intent import Expectation


def digest_of(plan: Plan, expectations: Iterable[Expectation]) -> str:
    """SHA-256, in hexadecimal, of the plan without its digest and of what it is for, as canonical JSON.

    A plan without grounds has the digest it had before there were any: it may be waiting for its approval.
    Canonical: keys sorted, no white space, UTF-8, whole numbers without a fraction (5.0 is 5, as JSON writers differ).
    """
    left_out = {"digest"} if plan.grounds else {"digest", "grounds"}
    subject = {
        "plan": plan.model_dump(mode="json", exclude=left_out),
        "expectations": [expectation.model_dump(mode="json") for expectation in expectations],
    }
    text = json.dumps(_canonical(subject), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return sha256(text.encode()).hexdigest()


def _canonical(value: Any) -> Any:
    match value:
        case bool() | None:
            return value
        case float():
            return int(value) if value.is_integer() else value
        case dict():
            return {key: _canonical(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_canonical(inner) for inner in value]
        case _:
            return value
