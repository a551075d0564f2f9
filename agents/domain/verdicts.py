"""What an agent may say instead of a result. The type tells the runner what to do; agents know nothing more of it."""

from schemas.reasons import DeclineReason


class Declined(Exception):
    """The requester's answer: what is unclear, unsafe, infeasible, unsupported or outdated, and what to ask back."""

    def __init__(self, reason: DeclineReason, message: str, question: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.question = question


class NothingToUndo(Declined):
    """The target never carried that intent out."""

    def __init__(self, message: str) -> None:
        super().__init__(DeclineReason.INFEASIBLE, message)


class Failed(Exception):
    """The target refused permanently, or what was begun has been undone; `message` says what was and what was not.

    `is_old` if it was settled before, and is only repeated.
    """

    def __init__(self, reason: str, message: str, *, is_old: bool = False) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.is_old = is_old


class TimedOut(Failed):
    """What was waited for did not come into force in time. It still may; nothing was undone."""


class Retryable(Exception):
    """The fault may be temporary: the same event again, not before `delay_seconds`. `dependency` names what was
    unavailable.

    If it was not even tried (an open circuit, a limit of our own) `was_tried` is false, and it does not count as an
    attempt.
    """

    def __init__(self, message: str, *, dependency: str, delay_seconds: float = 0.0, was_tried: bool = True) -> None:
        super().__init__(message)
        self.message = message
        self.dependency = dependency
        self.delay_seconds = delay_seconds
        self.was_tried = was_tried


class Rejected(Exception):
    """This record cannot be processed, by its own fault or ours: it becomes a dead letter. `reason` is a snake_case
    code."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class OnHold(Exception):
    """Nobody but an operator can tell whether to go on: pause the stage, keep the event, and say why."""


class Fatal(Exception):
    """Going on would do harm: commit nothing, stop, say why."""
