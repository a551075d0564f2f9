"""What a wish means on one managed element: which objects there it touches, and the edit that makes them so."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from lxml import etree

from agents.adapters.ledgered.interface import Piece, Pieces
from agents.adapters.o1.managed_objects import NETCONF, Element, Found, ManagedObjects, Path
from agents.adapters.o1.netconf_session import NetconfSession
from agents.adapters.o1.wishes import Edit, O1Wish
from agents.domain.verdicts import Declined
from schemas.intent import ObjectType
from schemas.reasons import DeclineReason

Names = Mapping[str, str]
"""Ids on the element by the names of the requests."""


def read_pieces(wish: O1Wish, names: Names, session: NetconfSession) -> Pieces:
    """The wish's leaves as they are: None where there is no such object, {} where it has none of them."""
    return ElementEdit(session, wish, names).read()


class ElementEdit:
    """One wish in one session."""

    def __init__(self, session: NetconfSession, wish: O1Wish, names: Names) -> None:
        self._session = session
        self._wish = wish
        self._names = names

    def read(self) -> Pieces:
        """See `read_pieces`."""
        pieces: dict[str, Piece] = {}
        for edits in _by_object(self._wish.edits):
            objects = self._objects(edits[0])
            found = self._find(objects, edits[0], objects.read(self._data(objects, edits), _leaves(edits)))
            for edit in edits:
                piece = pieces.setdefault(edit.key, None if found is None else {})
                if piece is not None and found is not None and edit.leaf in found.leaves:
                    piece[edit.leaf] = found.leaves[edit.leaf]
        return pieces

    def make(self, pieces: Pieces, token: str) -> None:
        """Makes the pieces so in one transaction. Raises: Declined, Failed, Retryable."""
        before = self.read()
        if all(before.get(key) == piece for key, piece in pieces.items()):
            return
        there = {key: before[key] for key in pieces}
        forth = self._config(pieces, there)
        back = self._config(there, pieces)
        self._session.change(forth, back, lambda: self._is_so(pieces), token)

    def _is_so(self, pieces: Pieces) -> bool:
        now = self.read()
        return all(now.get(key) == piece or (not piece and not now.get(key)) for key, piece in pieces.items())

    def _config(self, wanted: Pieces, there: Pieces) -> Element:
        """All edits in one `config`."""
        config = etree.Element(f"{{{NETCONF}}}config", nsmap={"nc": NETCONF})
        for edits in _by_object(edit for edit in self._wish.edits if edit.key in wanted):
            for each in self._edit_of(edits, wanted, there):
                config.append(each)
        return config

    def _edit_of(self, edits: Sequence[Edit], wanted: Pieces, there: Pieces) -> list[Element]:
        objects = self._objects(edits[0])
        data = self._data(objects, edits)
        found = self._find(objects, edits[0], objects.read(data, _leaves(edits)))
        if found is None and not (objects.has_members and self._wish.members):
            raise self._unclear(f"there is no object called {edits[0].id} of class {edits[0].managed_class}")
        path = found.path if found is not None else self._new_path(objects, edits[0], data)
        if (
            objects.has_members
            and all(wanted[edit.key] is None for edit in edits)
            and self._is_last(objects, path, edits)
        ):
            return list(objects.removal(path))
        values = {edit.leaf: (wanted[edit.key] or {}).get(edit.leaf) for edit in edits}
        is_new = all(there[edit.key] is None for edit in edits)
        return list(objects.edit(path, values, self._wish.members if is_new and objects.has_members else ()))

    def _is_last(self, objects: ManagedObjects, path: Path, edits: Sequence[Edit]) -> bool:
        """True where a policy ratio holds no ratio but those of the edits."""
        there = objects.read(self._session.read(objects.filter(_RATIOS)), _RATIOS)
        held = {leaf for each in there if each.path == path for leaf in each.leaves}
        return not held - set(_leaves(edits))

    def _objects(self, edit: Edit) -> ManagedObjects:
        return ManagedObjects(edit.managed_class, edit.module, self._session.namespaces)

    def _data(self, objects: ManagedObjects, edits: Sequence[Edit]) -> Element:
        return self._session.read(objects.filter(_leaves(edits)))

    def _find(self, objects: ManagedObjects, edit: Edit, there: Sequence[Found]) -> Found | None:
        """The object meant. Raises: Declined `infeasible` where several have the name."""
        name = self._names.get(edit.id, edit.id)
        called = [each for each in there if each.path[-1][1] == name] or [
            each for each in there if each.is_called(name)
        ]
        if len(called) > 1:
            raise self._unclear(f"there are {len(called)} objects called {name} of class {edit.managed_class}")
        return called[0] if called else None

    def _new_path(self, objects: ManagedObjects, edit: Edit, data: Element) -> Path:
        """Where a new object goes: into the cell meant, else into the distributed unit meant, or the only one."""
        name = self._names.get(self._wish.object.slug, self._wish.object.slug)
        kind = "NRCellDU" if self._wish.object.type is ObjectType.CELL else "GNBDUFunction"
        parents = [path for path in objects.parents(data) if path[-1][0] == kind]
        called = [path for path in parents if Found(path, {}).is_called(name)]
        chosen = called or (parents if kind == "GNBDUFunction" else [])
        if len(chosen) != 1:
            raise self._unclear(f"there are {len(chosen)} of class {kind} that {edit.id} could belong to")
        return (*chosen[0], (edit.managed_class, edit.id))

    def _unclear(self, why: str) -> Declined:
        where = f"the managed element of {self._wish.object.slug} at {self._wish.site}"
        return Declined(DeclineReason.INFEASIBLE, f"on {where} {why}", "Which one is meant?")


_RATIOS = ("rRMPolicyMaxRatio", "rRMPolicyMinRatio", "rRMPolicyDedicatedRatio")


def _leaves(edits: Sequence[Edit]) -> list[str]:
    return [edit.leaf for edit in edits]


def _by_object(edits: Iterable[Edit]) -> list[list[Edit]]:
    """The edits of each managed object together."""

    def place(edit: Edit) -> tuple[str, str]:
        return edit.managed_class, edit.id

    return [list(group) for _, group in groupby(sorted(edits, key=place), key=place)]
