"""What a goal may be planned from: its own words, passages, and what stands at the sites. Each is text with a name."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from agents.goals.gate import phrases
from agents.knowledge.pack import KnowledgePack
from agents.planning.plain_numbers import plain
from schemas.bodies import Citation, HeldValue, IntentEnriched, ObjectState
from schemas.intent import TARGET_UNITS

REQUEST = "request"
_MOST_OBJECTS = 60
"""Of what stands at the sites; a longer list would drown the request."""


@dataclass(frozen=True, slots=True)
class Source:
    """A text by its name. `state` is what it tells in words, where it is of something that stands at a site."""

    kind: Literal["request", "passage", "state", "precedent"]
    name: str
    text: str
    state: ObjectState | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One goal with everything known for it. `withheld` are passages and precedents that give orders and are not used.

    Precedents are shown, and nothing rests on them: they are what somebody asked for on another day.
    """

    request: str
    sources: tuple[Source, ...]
    states: tuple[ObjectState, ...] | None
    citations: tuple[Citation, ...]
    withheld: tuple[str, ...] = ()
    precedents: tuple[Source, ...] = ()

    def source(self, name: str) -> Source | None:
        """The source of this name."""
        return next((each for each in self.sources if each.name == name), None)

    def state_of(self, site: str, slug: str) -> ObjectState | None:
        """What stands there by this name, as far as it is known."""
        return next((each for each in self.states or () if (each.site, each.object) == (site, slug)), None)


class PassageFilter:
    """Withholds passages that give orders from a model: knowledge states facts, and asks for nothing."""

    def __init__(self, pack: KnowledgePack) -> None:
        words = pack.vocabulary
        self._orders = phrases([*words.passage_orders, *words.orders_about_itself.phrases])

    def gives_orders(self, citation: Citation) -> bool:
        """True where the passage speaks to whoever plans, or to the system about itself."""
        text = f"{citation.title}\n{citation.source}\n{citation.excerpt}"
        return bool(self._orders.search(text))


def case_of(body: IntentEnriched, passages: PassageFilter) -> Case:
    """The sources of a goal, poisoned passages left out."""
    states = tuple(map(_state, tuple(body.states or ())[:_MOST_OBJECTS]))
    taken = {REQUEST, *(each.name for each in states)}
    kept = tuple(each for each in body.knowledge if not passages.gives_orders(each) and each.document not in taken)
    told = tuple(each for each in body.precedents if not passages.gives_orders(each))
    return Case(
        request=body.text,
        sources=(Source("request", REQUEST, body.text), *map(_passage, kept), *states),
        states=body.states,
        citations=kept,
        withheld=tuple(each.document for each in (*body.knowledge, *body.precedents) if each not in (*kept, *told)),
        precedents=tuple(Source("precedent", f"precedent {n}", each.excerpt) for n, each in enumerate(told, start=1)),
    )


def _passage(citation: Citation) -> Source:
    return Source("passage", citation.document, f"{citation.title} ({citation.source})\n{citation.excerpt}")


def _state(state: ObjectState) -> Source:
    return Source("state", f"{state.site}/{state.object}", "\n".join(state_lines(state)), state)


def state_lines(state: ObjectState) -> Iterator[str]:
    """What stands at a site, a line for each target name."""
    yield f"a {state.type} by the name {state.object} stands at {state.site}"
    for name, held in state.values.items():
        yield f"{name} = {'; '.join(_figures(held))} {TARGET_UNITS.get(name, '')}".rstrip()


def _figures(held: HeldValue) -> Iterable[str]:
    for bound, value in (("", held.value), ("at least ", held.min), ("at most ", held.max)):
        if value is not None:
            yield f"{bound}{plain(value)}"
