"""How the watching of an intent ended, as recorded in the ledgers of its targets."""

from typing import Literal

from agents.domain.verdicts import Failed, TimedOut
from schemas.body import Body


class Conclusion(Body):
    """`reason` and `message` are those of the verdict; both empty where all is in force."""

    state: Literal["deployed", "failed", "timed_out"] = "deployed"
    reason: str = ""
    message: str = ""

    def require_deployed(self) -> None:
        """Raises: Failed or TimedOut, as it was then."""
        if self.state != "deployed":
            verdict = TimedOut if self.state == "timed_out" else Failed
            raise verdict(self.reason, self.message, is_old=True)


def conclusion_of(verdict: Failed) -> Conclusion:
    """What is remembered of a verdict."""
    state = "timed_out" if isinstance(verdict, TimedOut) else "failed"
    return Conclusion(state=state, reason=verdict.reason, message=verdict.message)


IN_FORCE = Conclusion()
