"""The O1 interface: leaves of managed objects, changed in one transaction a step and read back before it counts."""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from agents.adapters.git.target_values import Held
from agents.adapters.ledgered.interface import Piece, Pieces
from agents.adapters.o1.element_edit import ElementEdit, read_pieces
from agents.adapters.o1.netconf_session import NetconfSession, open_session
from agents.adapters.o1.settings import O1ElementSettings, O1Settings
from agents.adapters.o1.wishes import O1Wish, held_of, read_o1_wish
from agents.domain.circuit import Circuit, through
from agents.domain.network_observer import NetworkObserver, NobodyWatchesTheNetwork, RequestOutcome
from agents.domain.verdicts import Declined, Failed
from schemas.bodies import Observation, StepTarget
from schemas.reasons import DeclineReason

_T = TypeVar("_T")


class O1Interface:
    """The `Interface` for O1, one session at a time with each element; `circuit_of` gives the circuit of one."""

    target = StepTarget.O1

    def __init__(
        self,
        settings: O1Settings,
        observer: NetworkObserver | None = None,
        circuit_of: Callable[[str], Circuit] | None = None,
        open_session: Callable[[O1ElementSettings, str], NetconfSession] = open_session,
    ) -> None:
        self._settings = settings
        self._observer = observer or NobodyWatchesTheNetwork()
        self._circuit_of = circuit_of
        self._open_session = open_session
        self._turns: dict[str, asyncio.Lock] = {}

    def read_wish(self, step: str, content: Mapping[str, Any]) -> O1Wish:
        """See the port."""
        return read_o1_wish(step, content)

    async def read(self, wish: O1Wish) -> Pieces:
        """See the port. Raises: Declined `infeasible` where there is no such managed object and none may be made."""
        name, settings = self._element(wish)
        pieces = await self._ask(name, settings, partial(read_pieces, wish, settings.names))
        if not wish.members and any(piece is None for piece in pieces.values()):
            missing = dict.fromkeys(f"{edit.managed_class} {edit.id}" for edit in wish.edits)
            raise Declined(
                DeclineReason.INFEASIBLE,
                f"there is no {', '.join(missing)} on the managed element of {wish.object.slug} at {wish.site}",
                "Which of the managed objects there is meant?",
            )
        return pieces

    async def read_back(self, wish: O1Wish, written: Pieces) -> Pieces:
        """See the port."""
        return await self.read(wish)

    def wanted(self, wish: O1Wish, found: Pieces) -> Pieces:
        """See the port."""
        return {key: wish.wanted(key, found[key]) for key in wish.keys}

    def values(self, wish: O1Wish, pieces: Pieces) -> Mapping[str, Held]:
        """See the port."""
        return {
            wish.of_key(key)[0].target: held_of(wish.of_key(key), pieces[key]) for key in wish.keys if key in pieces
        }

    async def write(self, wish: O1Wish, pieces: Pieces) -> None:
        """See the port."""
        name, settings = self._element(wish)
        token = _token(wish, pieces)

        def work(session: NetconfSession) -> None:
            session.settle(token)
            ElementEdit(session, wish, settings.names).make(pieces, token)

        await self._ask(name, settings, work)

    async def observe(self, wish: O1Wish, pieces: Pieces, age_seconds: float) -> Observation:
        """See the port: what was read back counts."""
        there = await self.read(wish)
        is_so = all(there.get(key) == piece for key, piece in pieces.items())
        message = "" if is_so else "the managed element no longer holds what was set"
        return Observation(state="in_force" if is_so else "failed", message=message)

    def watch_seconds(self, wish: O1Wish) -> float | None:
        """None: what was not read back was not set."""
        return None

    async def check(self, name: str) -> str:
        """Checks that the element set under `name` accepts a session, and says so in words. Raises: Retryable that says
        what to correct."""

        def look(session: NetconfSession) -> str:
            return f"answers, and announces {len(session.namespaces)} modules"

        return await self._ask(name, self._settings.elements[name], look)

    def _element(self, wish: O1Wish) -> tuple[str, O1ElementSettings]:
        found = self._settings.element_of(wish.site, wish.object.slug)
        if found is None:
            raise Declined(
                DeclineReason.UNSUPPORTED,
                f"no managed element is connected for {wish.object.slug} at {wish.site}, so nothing can be set",
                f"Which managed element serves {wish.object.slug} at {wish.site}?",
            )
        return found

    async def _ask(self, name: str, settings: O1ElementSettings, work: Callable[[NetconfSession], _T]) -> _T:
        dependency = "o1" if name == "*" else f"o1/{name}"
        turn = self._turns.setdefault(name, asyncio.Lock())

        async def ask() -> _T:
            async with turn:
                return await asyncio.to_thread(self._in_session, settings, dependency, work)

        return await (through(self._circuit_of(dependency), dependency, ask) if self._circuit_of else ask())

    def _in_session(self, settings: O1ElementSettings, dependency: str, work: Callable[[NetconfSession], _T]) -> _T:
        began = time.perf_counter()
        outcome = RequestOutcome.UNAVAILABLE
        try:
            session = self._open_session(settings, dependency)
            try:
                result = work(session)
            finally:
                session.close()
            outcome = RequestOutcome.DONE
            return result
        except (Declined, Failed):
            outcome = RequestOutcome.REFUSED
            raise
        finally:
            self._observer.request_ended(self.target, outcome, time.perf_counter() - began)


def _token(wish: O1Wish, pieces: Mapping[str, Piece]) -> str:
    """The same for every attempt at the same change, whoever makes it."""
    what = json.dumps([wish.place, dict(pieces)], sort_keys=True)
    return f"nephoran-{hashlib.sha256(what.encode()).hexdigest()[:24]}"
