"""Whether the deployment repository can be read and written, before anything depends on it."""

from agents.adapters.git.fast_import import Draft
from agents.adapters.git.push_result import Pushed, read_push
from agents.adapters.git.working_copy import WorkingCopy, unwritable
from agents.domain.verdicts import Failed

REF = "refs/nephoran/check"
"""No branch, so that nobody's pipelines start."""


def check_repository(copy: WorkingCopy, *, writes: bool = False) -> str:
    """Fetches, and rehearses a push. What hooks say only a real push can tell: where `writes`, that of a ref, which is
    removed again.

    Raises: Retryable that says what to put right; Failed where the repository refuses the ref.
    """
    head = copy.fetch()
    try:
        [tip] = copy.write(head, [Draft({".nephoran/rehearsal": b"never pushed\n"}, "Rehearsal, never pushed\n")])
    except OSError as fault:
        raise unwritable(fault) from fault
    pushed, result = copy.push(head, tip, is_rehearsal=True)
    if pushed not in (Pushed.ACCEPTED, Pushed.OVERTAKEN):
        raise copy.unreachable(result)
    if writes:
        _write(copy, tip)
    return f"readable and writable, at {head[:12]}" if head else "readable and writable, still empty"


def _write(copy: WorkingCopy, tip: str) -> None:
    written, removed = copy.push_ref(REF, tip), copy.push_ref(REF, None)
    for result in (written, removed):
        match read_push(result):
            case Pushed.REFUSED:
                raise Failed(
                    "refused_by_repository",
                    f"it refuses what is pushed to {REF}, and perhaps what intents change: {result.complaint}. See "
                    "its hooks and rules",
                )
            case Pushed.UNREACHABLE:
                raise copy.unreachable(result)
