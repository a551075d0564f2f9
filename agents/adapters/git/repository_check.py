"""Whether the deployment repository can be read and written, before anything depends on it."""

from agents.adapters.git.fast_import import Draft
from agents.adapters.git.push_result import Pushed
from agents.adapters.git.working_copy import WorkingCopy, unwritable


def check_repository(copy: WorkingCopy) -> str:
    """Fetches, and rehearses a push. Only a real push can tell what hooks will say.

    Raises: Retryable that says what to correct.
    """
    head = copy.fetch()
    try:
        [tip] = copy.write(head, [Draft({".nephoran/rehearsal": b"never pushed\n"}, "Rehearsal, never pushed\n")])
    except OSError as fault:
        raise unwritable(fault) from fault
    pushed, result = copy.push(head, tip, is_rehearsal=True)
    if pushed not in (Pushed.ACCEPTED, Pushed.OVERTAKEN):
        raise copy.unreachable(result)
    return f"readable and writable, at {head[:12]}" if head else "readable and writable, still empty"
