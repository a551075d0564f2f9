"""An observer that remembers what it was told."""

from agents.domain.model_usage import Outcome, TokenUsage
from agents.model.observer import NobodyWatches


class RecordingObserver(NobodyWatches):
    """Keeps the outcomes in their order."""

    def __init__(self) -> None:
        self.ended: list[Outcome] = []
        self.not_sent: list[Outcome] = []
        self.faults: list[str | None] = []
        self.found = 0

    def request_ended(
        self, model: str, outcome: Outcome, seconds: float, usage: TokenUsage | None, cost_usd: float | None
    ) -> None:
        self.ended.append(outcome)

    def request_not_sent(self, model: str, outcome: Outcome) -> None:
        self.not_sent.append(outcome)

    def answer_found(self, model: str) -> None:
        self.found += 1

    def answer_judged(self, model: str, fault: str | None) -> None:
        self.faults.append(fault)
