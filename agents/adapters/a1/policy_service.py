"""What the three dialects of A1 have in common."""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class PolicyType:
    """A policy type as one near-RT RIC offers it. `id` is its own name or number for it."""

    id: str
    schema: dict[str, Any]
    tells_status: bool


class PolicyService(Protocol):
    """One near-RT RIC, in whatever dialect. All raise Retryable; a change may then be done or not."""

    async def find_type(self, name: str) -> PolicyType | None:
        """The type with this name, None where it is not offered."""

    async def get(self, type_: PolicyType, policy_id: str) -> dict[str, Any] | None:
        """The policy object, None where there is no such policy of this type."""

    async def put(self, type_: PolicyType, policy_id: str, policy_object: dict[str, Any]) -> None:
        """Creates or replaces it. Raises: Failed where it is refused."""

    async def delete(self, type_: PolicyType, policy_id: str) -> None:
        """Removes it; what is not there is removed."""

    async def status(self, type_: PolicyType, policy_id: str) -> dict[str, Any] | None:
        """The status object (`enforceStatus`, `enforceReason`), None where there is no such policy."""
