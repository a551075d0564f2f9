"""What people and workers publish on `nephoran.control`.

Each body has a number higher than all before it under its key: a replayed old order has no effect.
"""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from schemas.body import Body

Number = Annotated[int, Field(ge=0, lt=1 << 53)]
Name = Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._:@-]{0,99}$")]


class StageOrder(Body):
    """Pauses or resumes a stage. It holds until the next one, across restarts."""

    stage: Name
    is_paused: bool
    why: str = ""
    by: str
    at: datetime
    number: Number = 0

    @property
    def key(self) -> str:
        """The newest record of a key is what compaction keeps."""
        return f"stage/{self.stage}"


class CircuitOrder(Body):
    """Opens the circuits of an endpoint until further orders, or closes them now."""

    endpoint: Name
    is_open: bool
    why: str = ""
    by: str
    at: datetime
    number: Number = 0

    @property
    def key(self) -> str:
        """The newest record of a key is what compaction keeps."""
        return f"circuit/{self.endpoint}"


class CircuitReport(Body):
    """What a worker reports of its own circuit to an endpoint, at every change."""

    endpoint: Name
    worker: Name
    is_open: bool
    at: datetime
    number: Number = 0

    @property
    def key(self) -> str:
        """The newest record of a key is what compaction keeps."""
        return f"circuit/{self.endpoint}/{self.worker}"


class LossReport(Body):
    """What Kafka lost of the topic that a stage reads. `records`: how many, None if unknown."""

    stage: Name
    topic: str
    partition: Annotated[int, Field(ge=0)]
    kind: Name
    offset: Number
    records: Number | None = None
    why: str
    worker: Name
    at: datetime
    number: Number = 0

    @property
    def key(self) -> str:
        """The newest record of a key is what compaction keeps."""
        return f"loss/{self.stage}/{self.topic}/{self.partition}/{self.kind}"


ControlBody = StageOrder | CircuitOrder | CircuitReport | LossReport
