"""What may be spent on a model in a day (UTC), requests on their way included."""

from agents.domain.model_settings import Price
from agents.domain.ports import Accounting, Clock


class DailyBudget:
    """Sets the most that a request can cost aside before it is sent: the budget holds however many run at once."""

    def __init__(self, accounting: Accounting, clock: Clock, price: Price, limit_usd: float) -> None:
        self._accounting = accounting
        self._clock = clock
        self._price = price
        self.limit_usd = limit_usd
        self._aside_usd = 0.0

    async def set_aside(self, input_tokens: int, output_tokens: int) -> float | None:
        """The amount in USD, to be given to `release` once the request is in the accounts; None where it does not fit.

        Raises: Retryable where the accounts cannot be read.
        """
        amount = self._price.cost_usd(input_tokens, output_tokens)
        self._aside_usd += amount
        try:
            spent = await self._accounting.spent_usd(self._clock.now().date())
        except BaseException:
            self.release(amount)
            raise
        if spent + self._aside_usd > self.limit_usd:
            self.release(amount)
            return None
        return amount

    def release(self, amount_usd: float) -> None:
        """The request has ended: what it really cost is in the accounts."""
        self._aside_usd = max(self._aside_usd - amount_usd, 0.0)
