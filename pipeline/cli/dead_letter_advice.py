"""What to do next about a dead letter, by its reason."""

from pipeline.operations.dead_letters import DeadLetter

INTERNAL_ERROR = "internal_error"
_REPAIR = (
    "repair it with nephoran dead-letters replay {place} --text '…', or --edit; or tell the producer, and discard it"
)
_MEND = "repair what was down, then nephoran dead-letters replay {place}"
_NEXT = {
    "null_value": _REPAIR,
    "not_utf8": _REPAIR,
    "broken_json": _REPAIR,
    "duplicate_field": _REPAIR,
    "wrong_types": _REPAIR,
    "too_large": _REPAIR,
    "bad_headers": "leave out what the message names: nephoran dead-letters replay {place} --drop-header NAME",
    "id_reused": "if it is a separate request: nephoran dead-letters replay {place} --new-id; else discard it",
    "unverified": "compare the signing keys, then nephoran dead-letters replay {place}; discard what is forged",
    "retries_exhausted": _MEND,
    "dependency_unavailable": _MEND,
    INTERNAL_ERROR: "a bug of ours: report the traceback; once it is fixed, nephoran dead-letters replay {place}",
}
_OTHERWISE = "once the cause is gone: nephoran dead-letters replay {place}; or discard it"


def next_step(letter: DeadLetter) -> str:
    """A sentence for people, with the command to type."""
    return _NEXT.get(letter.reason, _OTHERWISE).format(place=letter.place)
