"""The XML of managed objects: where they lie below a managed element, what is asked for, read and edited.

3GPP TS 28.541 and 28.622 in YANG: `ManagedElement/GNBDUFunction/NRCellDU`, each with `id` and `attributes`, each class
in the namespace of its module.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from agents.adapters.o1.wishes import Member

NETCONF = "urn:ietf:params:xml:ns:netconf:base:1.0"
_OPERATION = f"{{{NETCONF}}}operation"
_THREE_GPP = "urn:3gpp:sa5:"
_ELEMENT, _DU, _CELL, _RATIO = "ManagedElement", "GNBDUFunction", "NRCellDU", "RRMPolicyRatio"
_MODULES = {_ELEMENT: "_3gpp-common-managed-element", _DU: "_3gpp-nr-nrm-gnbdufunction", _CELL: "_3gpp-nr-nrm-nrcelldu"}
_PARENTS: Mapping[str, tuple[tuple[str, ...], ...]] = {_RATIO: ((_ELEMENT, _DU), (_ELEMENT, _DU, _CELL))}
_USUAL_PARENTS = ((_ELEMENT, _DU),)

Element = Any
"""An lxml element: the library has no types of its own."""
Path = tuple[tuple[str, str], ...]
"""Class and id of a managed object and of all that contain it, outermost first."""


@dataclass(frozen=True)
class Found:
    """A managed object that is there, with those of its leaves that were asked for."""

    path: Path
    leaves: Mapping[str, int]

    def is_called(self, name: str) -> bool:
        """True where its id, or the last part of a distinguished name as its id, is the name."""
        own = self.path[-1][1]
        return name in (own, own.rpartition("=")[2])


class ManagedObjects:
    """Objects of one class on one element. `namespaces` are those the element announces, by module."""

    def __init__(self, managed_class: str, module: str, namespaces: Mapping[str, str]) -> None:
        self._class = managed_class
        self._modules = _MODULES | {managed_class: module}
        self._namespaces = namespaces

    @property
    def has_members(self) -> bool:
        """True for policy ratios, which may be created for a slice, and vanish with their last ratio."""
        return self._class == _RATIO

    def filter(self, leaves: Sequence[str]) -> Element:
        """A subtree filter (RFC 6241, 6) for all objects of the class and all that may contain them."""
        root = self._element(None, _ELEMENT)
        made: dict[tuple[str, ...], Element] = {(_ELEMENT,): root}
        for parents in _PARENTS.get(self._class, _USUAL_PARENTS):
            for depth in range(2, len(parents) + 1):
                if parents[:depth] not in made:
                    made[parents[:depth]] = self._element(made[parents[: depth - 1]], parents[depth - 1])
            own = self._element(made[parents], self._class)
            attributes = self._add(own, self._class, "attributes")
            for leaf in leaves:
                self._add(attributes, self._class, leaf)
        return root

    def read(self, data: Element, leaves: Sequence[str]) -> list[Found]:
        """The objects of the class in what the element answered."""
        return [
            Found(path, dict(self._leaves(at, leaves)))
            for path, at in self._walk(data, ())
            if path[-1][0] == self._class
        ]

    def parents(self, data: Element) -> list[Path]:
        """The objects in which one of the class may lie."""
        wanted = {parents[-1] for parents in _PARENTS.get(self._class, _USUAL_PARENTS)}
        return [path for path, _ in self._walk(data, ()) if path[-1][0] in wanted]

    def edit(self, path: Path, wanted: Mapping[str, int | None], members: Sequence[Member] = ()) -> Element:
        """A `config` that sets leaves, None by removing, and creates the object where it has `members`."""
        config, attributes = self._down_to(path)
        if members:
            self._add(attributes, self._class, "resourceType").text = "PRB"
        for place, member in enumerate(members, start=1):
            entry = self._add(attributes, self._class, "rRMPolicyMemberList")
            for name, value in {"idx": place, **member.model_dump(exclude_none=True)}.items():
                self._add(entry, self._class, name).text = str(value)
        for leaf, leaf_value in wanted.items():
            at = self._add(attributes, self._class, leaf)
            if leaf_value is None:
                at.set(_OPERATION, "remove")
            else:
                at.text = str(leaf_value)
        return config

    def removal(self, path: Path) -> Element:
        """A `config` that removes the object."""
        config, attributes = self._down_to(path)
        own = attributes.getparent()
        own.remove(attributes)
        own.set(_OPERATION, "remove")
        return config

    def _down_to(self, path: Path) -> tuple[Element, Element]:
        config = etree.Element(f"{{{NETCONF}}}config", nsmap={"nc": NETCONF})
        at = config
        for name, own_id in path:
            at = self._element(at, name)
            at[0].text = own_id
        return config, self._add(at, self._class, "attributes")

    def _element(self, parent: Element, name: str) -> Element:
        """A managed object with an empty `id`."""
        tag = f"{{{self._namespace(name)}}}{name}"
        nsmap = {None: self._namespace(name)}
        made = etree.Element(tag, nsmap=nsmap) if parent is None else etree.SubElement(parent, tag, nsmap=nsmap)
        self._add(made, name, "id")
        return made

    def _add(self, parent: Element, managed_class: str, name: str) -> Element:
        return etree.SubElement(parent, f"{{{self._namespace(managed_class)}}}{name}")

    def _walk(self, at: Element, above: Path) -> Iterator[tuple[Path, Element]]:
        for child in at:
            name = etree.QName(child).localname if isinstance(child.tag, str) else ""
            if name in self._modules:
                own_id = child.findtext(f"{{{self._namespace(name)}}}id")
                if own_id is not None:
                    path = (*above, (name, own_id))
                    yield path, child
                    yield from self._walk(child, path)

    def _leaves(self, at: Element, leaves: Sequence[str]) -> Iterator[tuple[str, int]]:
        namespace = self._namespace(self._class)
        for leaf in leaves:
            text = at.findtext(f"{{{namespace}}}attributes/{{{namespace}}}{leaf}")
            if text is not None:
                yield leaf, int(text)

    def _namespace(self, managed_class: str) -> str:
        module = self._modules[managed_class]
        return self._namespaces.get(module, f"{_THREE_GPP}{module}")
