"""intents.received → what it asks for, read and checked against the rules → intents.parsed.

Refuses what is unclear, unsupported, contradictory, infeasible or not allowed: nothing is guessed and nothing is
dropped, for a wrong deployment costs more than a question back.
"""

from collections.abc import Sequence

from agents.domain.ports import Understanding
from agents.domain.requester import on_behalf_of, requester_of
from schemas.bodies import IntentParsed, IntentReceived
from schemas.envelope import Intent
from schemas.intent import Expectation


class Parse:
    """Reads requests by the understanding it is given."""

    def __init__(self, understanding: Understanding) -> None:
        self._understanding = understanding

    async def __call__(self, body: IntentReceived, intent: Intent) -> IntentParsed:
        """Raises: Declined with every fault named, Retryable where a model is away."""
        with on_behalf_of(requester_of(intent)):
            reading = await self._understanding.read(body.intent)
        return IntentParsed(
            text=body.intent,
            priority=body.priority,
            expectations=reading.expectations,
            assumptions=reading.assumptions,
            to_confirm=reading.to_confirm,
        )


def target_key(expectations: Sequence[Expectation]) -> str:
    """`site/object` of the first expectation: what later stages are ordered by."""
    first = expectations[0].object
    return f"{first.sites[0]}/{first.slug}"
