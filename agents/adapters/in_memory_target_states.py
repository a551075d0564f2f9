"""The state of sites, as given: for tests, and for explaining without a deployment repository."""

from collections.abc import Iterable, Sequence

from schemas.bodies import ObjectState


class InMemoryTargetStates:
    """A double of `TargetStates`."""

    def __init__(self, states: Iterable[ObjectState] = ()) -> None:
        self._states = tuple(states)

    async def at(self, sites: Sequence[str]) -> tuple[ObjectState, ...]:
        """By site and object."""
        here = (each for each in self._states if each.site in sites)
        return tuple(sorted(here, key=lambda each: (each.site, each.object)))
