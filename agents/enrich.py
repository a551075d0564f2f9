"""intents.parsed → what the knowledge base has on its objects, objectives and sites → intents.enriched.

A goal is looked up by its words, and comes with the present state of the sites it names.

Refuses nothing: to know nothing about a request is an answer, and shows as an empty `knowledge`. A mistake costs a plan
that cites the wrong pages; it changes no step.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from agents.domain.ports import Found, KnowledgeBase, Ranking, TargetStates
from agents.domain.verdicts import Retryable
from agents.understanding.mentions import MentionReader
from schemas.bodies import Citation, IntentEnriched, IntentParsed, ObjectState
from schemas.envelope import Intent
from schemas.intent import Action, Expectation

_SLICE_NAMES = {1: "eMBB", 2: "URLLC", 3: "MIoT", 4: "V2X"}
"""TS 23.501, table 5.15.2.2-1."""
_MOST_QUERIES = 16
"""Enough for every object of a long request; the sites of a nationwide one are not all looked up."""

_MOST_PRECEDENTS = 3


@dataclass(frozen=True, slots=True)
class GoalSources:
    """What goals are looked up in besides the knowledge base: what they name, what stands there, what was before."""

    mentions: MentionReader
    states: TargetStates
    sites: tuple[str, ...]
    precedents: KnowledgeBase | None = None


class Enrich:
    """Looks up each object, its objectives, its slice and its sites: at most `limit` passages in all."""

    def __init__(
        self, knowledge: KnowledgeBase, goals: GoalSources | None = None, limit: int = 8, per_query: int = 1
    ) -> None:
        self._knowledge = knowledge
        self._goals = goals
        self._limit = limit
        self._per_query = per_query

    async def __call__(self, body: IntentParsed, intent: Intent) -> IntentEnriched:
        """Raises: Retryable where the knowledge base is unavailable."""
        if body.goal is not None:
            return await self._for_goal(body)
        found = [await self._look_up(query) for query in queries_for(body.expectations)]
        knowledge = interleaved([each.citations for each in found], self._limit)
        degraded = next((each.degraded for each in found if each.degraded), None)
        return IntentEnriched(**dict(body), knowledge=knowledge, knowledge_degraded=degraded)

    async def _for_goal(self, body: IntentParsed) -> IntentEnriched:
        found = await self._knowledge.search(body.text, self._limit)
        return IntentEnriched(
            **dict(body),
            knowledge=found.citations,
            knowledge_degraded=found.degraded,
            states=await self._states(body.text),
            precedents=await self._precedents(body.text),
        )

    async def _precedents(self, text: str) -> tuple[Citation, ...]:
        """What became of requests like this one; a goal is planned without, too."""
        if self._goals is None or self._goals.precedents is None:
            return ()
        try:
            return (await self._goals.precedents.search(text, _MOST_PRECEDENTS)).citations
        except Retryable:
            return ()

    async def _states(self, text: str) -> tuple[ObjectState, ...] | None:
        """What stands at the sites that are named; without any, objects of the types that are named, at all sites."""
        if self._goals is None:
            return None
        named = self._goals.mentions.read(text)
        types = {kind for thing in named.things for kind in thing.types}
        try:
            states = await self._goals.states.at(named.sites or self._goals.sites)
        except Retryable:
            return None  # a plan without it still goes to an approver, who is told
        return states if named.sites else tuple(each for each in states if each.type in types)

    async def _look_up(self, name: str) -> Found:
        return await self._knowledge.search(name, self._per_query, Ranking.KEYWORDS)


def queries_for(expectations: Sequence[Expectation]) -> tuple[str, ...]:
    """What to look up, each once: what each expectation is about in the order of the request, then the sites."""
    queries = [query for expectation in expectations for query in _queries_of(expectation)]
    sites = [site for expectation in expectations for site in expectation.object.sites]
    return tuple(dict.fromkeys([*queries, *sites]))[:_MOST_QUERIES]


def _queries_of(expectation: Expectation) -> Iterator[str]:
    thing = expectation.object
    yield str(thing.type)
    if expectation.action in (Action.UPGRADE, Action.DELETE):
        yield str(expectation.action)
    if thing.slice:
        yield f"sst-{thing.slice.sst} {_SLICE_NAMES.get(thing.slice.sst, 'S-NSSAI')}"
    yield from (target.name for target in expectation.targets)


def interleaved(found: Iterable[Sequence[Citation]], limit: int) -> tuple[Citation, ...]:
    """The best of every query first, then the second of every query; each document once.

    Scores of different queries do not compare, their ranks do.
    """
    chosen: dict[str, Citation] = {}
    for rank in zip_longest(*found):
        for citation in rank:
            if citation is not None:
                chosen.setdefault(citation.document, citation)
    return tuple(chosen.values())[:limit]
