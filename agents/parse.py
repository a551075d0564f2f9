"""intents.received → what it asks for, read and checked against the rules → intents.parsed.

Refuses what is unclear, unsupported, contradictory, infeasible or not allowed: nothing is guessed and nothing is
dropped, because a wrong deployment costs more than a question. What only a language model could plan goes on as a goal,
with this answer.
"""

from collections.abc import Sequence

from agents.domain.ports import Understanding
from agents.domain.verdicts import Declined
from agents.goals.gate import GoalGate
from schemas.bodies import IntentParsed, IntentReceived
from schemas.envelope import Intent
from schemas.intent import Expectation


class Parse:
    """Reads requests by the understanding it is given. Without a `gate` there are no goals."""

    def __init__(self, understanding: Understanding, gate: GoalGate | None = None) -> None:
        self._understanding = understanding
        self._gate = gate

    async def __call__(self, body: IntentReceived, intent: Intent) -> IntentParsed:
        """Raises: Declined with every fault named."""
        try:
            reading = await self._understanding.read(body.intent)
        except Declined as declined:
            goal = self._gate and self._gate.goal_of(body.intent, declined)
            if goal is None:
                raise
            return IntentParsed(text=body.intent, priority=body.priority, expectations=(), goal=goal)
        return IntentParsed(
            text=body.intent,
            priority=body.priority,
            expectations=reading.expectations,
            assumptions=reading.assumptions,
            to_confirm=reading.to_confirm,
            not_acted_on=reading.not_acted_on,
        )


def target_key(expectations: Sequence[Expectation]) -> str:
    """`site/object` of the first expectation: what later stages are ordered by."""
    first = expectations[0].object
    return f"{first.sites[0]}/{first.slug}"


def key_of(body: IntentParsed, intent: Intent) -> str:
    """The target key; before it is planned a goal has none, so that it holds up nobody and nobody holds it up."""
    return target_key(body.expectations) if body.expectations else f"goal/{intent.id}"
