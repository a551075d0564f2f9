"""Observes the use of a model: metrics implement it; agents know nothing of them."""

from typing import Protocol

from agents.domain.model_usage import Outcome, TokenUsage


class ModelObserver(Protocol):
    """Called as things happen; its arguments name no request and no requester."""

    def request_ended(
        self, model: str, outcome: Outcome, seconds: float, usage: TokenUsage | None, cost_usd: float | None
    ) -> None:
        """One request was sent and has ended. `cost_usd` is None where no price is set."""

    def request_not_sent(self, model: str, outcome: Outcome) -> None:
        """Circuit, rate limit or budget kept a request from being sent."""

    def answer_found(self, model: str) -> None:
        """An earlier answer to the same question was used: nothing was sent."""

    def answer_judged(self, model: str, fault: str | None) -> None:
        """An answer passed verification (`None`), or failed it with this fault, a snake_case code of a small fixed
        set."""


class NobodyWatches:
    """Watches nothing: for tests, and for use outside a worker."""

    def request_ended(
        self, model: str, outcome: Outcome, seconds: float, usage: TokenUsage | None, cost_usd: float | None
    ) -> None:
        """Nothing."""

    def request_not_sent(self, model: str, outcome: Outcome) -> None:
        """Nothing."""

    def answer_found(self, model: str) -> None:
        """Nothing."""

    def answer_judged(self, model: str, fault: str | None) -> None:
        """Nothing."""
