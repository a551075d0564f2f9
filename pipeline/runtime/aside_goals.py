"""Goals, with all that they wait for, outside the running places: what the grammar reads never waits for a model."""

from collections.abc import Sequence

from agents.domain.ports import GoalPlan, GoalPlanner, TargetStates
from pipeline.runtime.aside import aside
from schemas.bodies import Goal, IntentEnriched, ObjectState


class AsideGoalPlanner:
    """Another planner, awaited outside the running places."""

    def __init__(self, planner: GoalPlanner) -> None:
        self._planner = planner

    async def plan(self, body: IntentEnriched, goal: Goal) -> GoalPlan:
        """Raises: what the planner raises."""
        with aside():
            return await self._planner.plan(body, goal)


class AsideTargetStates:
    """Other states, awaited outside the running places."""

    def __init__(self, states: TargetStates) -> None:
        self._states = states

    async def at(self, sites: Sequence[str]) -> tuple[ObjectState, ...]:
        """Raises: what the states raise."""
        with aside():
            return await self._states.at(sites)
