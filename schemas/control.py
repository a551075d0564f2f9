"""What people and workers say on `nephoran.control`.

Each body has a number, higher than that of all before it under its key: an old order, put back, orders nothing.
"""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from schemas.body import Body

Number = Annotated[int, Field(ge=0, lt=1 << 53)]
Name = Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._:@-]{0,99}$")]


class StageOrder(Body):
    """A stage is to pause, or to go on. It holds until the next one, over restarts."""

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
    """An endpoint is to be left alone until further orders, or its circuits are to close now."""

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
    """What a worker tells of its own circuit to an endpoint, at every change."""

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
    """What Kafka lost of the topic that a stage reads. `records`: how many, None where nobody knows."""

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
