"""Packages through Porch: what is published counts, and is changed by draft, proposal and approval.

One key an object: its whole package. A draft left behind under our workspace is continued; one based on a revision that
is no longer the newest is discarded and redone.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from agents.adapters.git.blueprint_source import BlueprintSource
from agents.adapters.git.nephio_steps import Wish, decode_wish
from agents.adapters.git.target_values import Held
from agents.adapters.ledgered.interface import Piece, Pieces
from agents.adapters.porch.packages import held, wished
from agents.adapters.porch.porch_api import DEPENDENCY, Files, PorchApi, Revision
from agents.domain.verdicts import Failed, Retryable
from schemas.bodies import Observation, StepTarget
from schemas.intent import Action

_ATTEMPTS = 3
_PUBLISHED = ("Published", "DeletionProposed")


class PorchInterface:
    """The `Interface` for Nephio through Porch. `repository` has `{site}` in it; `blueprints` are closed with it."""

    target = StepTarget.NEPHIO

    def __init__(self, api: PorchApi, repository: str, namespace: str, blueprints: BlueprintSource) -> None:
        self._api = api
        self._repository = repository
        self._namespace = namespace
        self._blueprints = blueprints
        self._turns: dict[str, asyncio.Lock] = {}

    def read_wish(self, step: str, content: Mapping[str, Any]) -> Wish:
        """See the port."""
        return decode_wish(step, content)

    async def read(self, wish: Wish) -> Pieces:
        """See the port."""
        await self._api.require_spoken()
        newest = _newest(await self._revisions(wish))
        if newest is None and wish.blueprint is not None and wish.action is not Action.DELETE:
            await self._blueprints.bring(wish.blueprint)
        return {wish.place: _piece(await self._api.files(newest)) if newest else None}

    async def read_back(self, wish: Wish, written: Pieces) -> Pieces:
        """See the port: what was published as written is still so, whatever Porch rendered it into."""
        newest = _newest(await self._revisions(wish))
        is_so = await self._holds(newest, _files(written[wish.place]))
        return {wish.place: written[wish.place]} if is_so else await self.read(wish)

    def wanted(self, wish: Wish, found: Pieces) -> Pieces:
        """See the port."""
        return {wish.place: _piece(wished(wish, _files(found.get(wish.place)), self._namespace, self._blueprints))}

    def values(self, wish: Wish, pieces: Pieces) -> Mapping[str, Held]:
        """See the port."""
        return held(wish, _files(pieces.get(wish.place)))

    async def write(self, wish: Wish, pieces: Pieces) -> None:
        """See the port."""
        wanted = _files(pieces[wish.place])
        async with self._turns.setdefault(wish.place, asyncio.Lock()):
            for _ in range(_ATTEMPTS):
                revisions = await self._revisions(wish)
                newest = _newest(revisions)
                if await self._holds(newest, wanted):
                    return
                if wanted is None:
                    return await self._remove(revisions)
                if await self._publish(wish, wanted, newest, revisions):
                    return
        raise Retryable(f"others keep publishing {wish.place}", dependency=DEPENDENCY, delay_seconds=1)

    async def _holds(self, newest: Revision | None, wanted: Files | None) -> bool:
        """Whether it is so already. What Porch rendered from these very files has a workspace that says so."""
        if newest is None or wanted is None:
            return newest is None and wanted is None
        return newest.workspace.startswith(_stem(wanted)) or await self._api.files(newest) == wanted

    async def _publish(self, wish: Wish, files: Files, base: Revision | None, revisions: list[Revision]) -> bool:
        """False where somebody published meanwhile what the draft does not know of."""
        workspace = _workspace(files, base)
        draft = next((each for each in revisions if each.workspace == workspace), None)
        if draft is None:
            blueprint = None if wish.action is Action.DELETE else wish.blueprint
            draft = await self._api.draft(self._repository_of(wish), wish.object.slug, workspace, base, blueprint)
        if draft.lifecycle == "Draft":
            await self._api.put_files(draft, files)
            draft = await self._api.become(await self._again(wish, draft), "Proposed")
        newest = _newest(await self._revisions(wish))
        if (newest and newest.name) != (base and base.name):
            await self._api.delete(draft)
            return False
        await self._api.approve(draft)
        return True

    async def _again(self, wish: Wish, draft: Revision) -> Revision:
        """The draft as it is by now: changing its files has changed its resource version."""
        for each in await self._revisions(wish):
            if each.name == draft.name:
                return each
        raise Retryable(f"the draft {draft.name} is gone", dependency=DEPENDENCY, delay_seconds=1)

    async def _remove(self, revisions: list[Revision]) -> None:
        """Every published revision, the branch's own last: as long as that is there the package is."""
        published = [each for each in revisions if each.lifecycle in _PUBLISHED]
        for each in sorted(published, key=lambda revision: revision.number < 0):
            if each.lifecycle == "Published":
                each = await self._api.become(each, "DeletionProposed")
            await self._api.delete(each)

    async def observe(self, wish: Wish, pieces: Pieces, age_seconds: float) -> Observation:
        """See the port: whether what was published is still what counts."""
        newest = _newest(await self._revisions(wish))
        if await self._holds(newest, _files(pieces[wish.place])):
            return Observation(state="in_force", message=f"published as {newest.name}" if newest else "removed")
        return Observation(state="failed", message="somebody has published something else since")

    def watch_seconds(self, wish: Wish) -> float | None:
        """None: publishing has seen to it."""
        return None

    async def close(self) -> None:
        """Closes the connection."""
        await self._api.close()
        await self._blueprints.close()

    async def check(self) -> str:
        """Checks that Porch answers, and says so in words. Raises: Retryable, Declined, Failed."""
        await self._api.require_spoken()
        return "answers, and speaks v1alpha1"

    def _repository_of(self, wish: Wish) -> str:
        return self._repository.format(site=wish.site)

    async def _revisions(self, wish: Wish) -> list[Revision]:
        return await self._api.revisions(self._repository_of(wish), wish.object.slug)


def _newest(revisions: list[Revision]) -> Revision | None:
    """The newest that is published; -1 is the branch, which holds the same."""
    published = [each for each in revisions if each.lifecycle in _PUBLISHED and each.number > 0]
    return max(published, key=lambda each: each.number, default=None)


def _workspace(files: Files, base: Revision | None) -> str:
    """The same for the same work, so that a retry finds what was begun."""
    return f"{_stem(files)}{_digest(base.name if base else None)[:6]}"


def _stem(files: Files) -> str:
    return f"nephoran-{_digest(files)[:12]}-"


def _digest(of: object) -> str:
    return hashlib.sha256(json.dumps(of, sort_keys=True).encode()).hexdigest()


def _piece(files: Files | None) -> Piece:
    return None if files is None else {"files": files}


def _files(piece: Piece) -> Files | None:
    if piece is None:
        return None
    files = piece.get("files")
    if not isinstance(files, dict):
        raise Failed("ledger_unreadable", "the ledger has no files of the package")
    return {str(path): str(text) for path, text in files.items()}
