"""What both ways of provisioning have in common."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class Phase(StrEnum):
    """Where the O-Cloud stands with a request (O2 IMS provisioning, `provisioningPhase`)."""

    PENDING = "PENDING"
    PROGRESSING = "PROGRESSING"
    FULFILLED = "FULFILLED"
    FAILED = "FAILED"
    DELETING = "DELETING"


@dataclass(frozen=True)
class Provisioning:
    """A provisioning request that is there. `data` has the fields of the interface; `version` is the service's own."""

    data: dict[str, Any]
    phase: Phase
    message: str
    version: str | None = None


class ProvisioningService(Protocol):
    """One O-Cloud. All raise Retryable; a change may then be done or not."""

    async def get(self, request_id: str) -> Provisioning | None:
        """The request, None where there is none."""

    async def create(self, data: dict[str, Any]) -> None:
        """Asks for it. Raises: Failed where it is refused."""

    async def replace(self, data: dict[str, Any], there: Provisioning) -> None:
        """Asks for it instead of what is there. Raises: Failed where it is refused."""

    async def delete(self, request_id: str) -> None:
        """Has it taken down; what is not there is taken down. Raises: Failed where it is refused."""

    async def close(self) -> None:
        """Closes the connections."""
