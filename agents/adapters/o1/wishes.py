"""O1 steps, decoded once: the leaves they set, and what leaves hold by target name."""

import math
from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, Field, ValidationError

from agents.adapters.git.nephio_steps import Wish
from agents.adapters.git.target_values import Held, resolve, tidy
from agents.adapters.ledgered.interface import Piece
from agents.domain.verdicts import Rejected
from agents.planning.o1_edits import encode
from schemas.body import Body

_NAME = r"^[A-Za-z_][A-Za-z0-9_.-]*$"


class Edit(Body):
    """One leaf of one managed object."""

    model_config = ConfigDict(serialize_by_alias=True)

    target: str
    module: str = Field(pattern=_NAME)
    managed_class: str = Field(alias="class", pattern=_NAME)
    id: str = Field(min_length=1, max_length=253)
    leaf: str = Field(pattern=_NAME)
    encoding: str

    @property
    def key(self) -> str:
        """What the ledger knows the target's leaves by."""
        return f"{self.managed_class}/{self.id}/{self.target}"


class Member(Body):
    """Whom a policy ratio is for (TS 28.541, RRMPolicyMember)."""

    mcc: str
    mnc: str
    sst: int
    sd: str | None = None


class O1Wish(Wish):
    """The content of an O1 step."""

    edits: tuple[Edit, ...] = Field(min_length=1)
    members: tuple[Member, ...] = ()

    def of_key(self, key: str) -> tuple[Edit, ...]:
        """The edits under one key."""
        return tuple(edit for edit in self.edits if edit.key == key)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all edits, each once."""
        return tuple(dict.fromkeys(edit.key for edit in self.edits))

    def wanted(self, key: str, found: Piece) -> Piece:
        """The leaves under the key once the wish is fulfilled. Raises: Declined `infeasible`."""
        edits = self.of_key(key)
        held = held_of(edits, found)
        for target in self.targets:
            if target.name == edits[0].target:
                held = resolve(target, held, f"{self.object.slug} at {self.site}")
        value = next((each for each in (held.value, held.max, held.min) if each is not None), None)
        return None if value is None else {edit.leaf: encode(edit.encoding, float(value)) for edit in edits}


def read_o1_wish(step: str, content: Mapping[str, Any]) -> O1Wish:
    """The step's content. Raises: Rejected `malformed_plan`."""
    try:
        return O1Wish.model_validate(content)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Rejected("malformed_plan", f"step {step!r} cannot be carried out: {where}: {first['msg']}") from fault


def held_of(edits: tuple[Edit, ...], piece: Piece) -> Held:
    """What the leaves hold, in the unit of the target; leaves of one target that differ hold nothing that is known."""
    values = {piece.get(edit.leaf) for edit in edits} if piece else set()
    if len(values) != 1 or None in values:
        return Held()
    value = values.pop()
    return Held(value=tidy(round(10 * math.log10(value), 2)) if edits[0].encoding == "mW" and value else value)
