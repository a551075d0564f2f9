"""How a worker belongs to its consumer groups, and which engine it fetches with."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class EngineSettings(BaseModel):
    """How a worker belongs to its consumer groups, and which engine it fetches with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["faust", "fast"] = "faust"
    """`fast` fetches with aiokafka alone and carries several times the load (docs/measurements.md); the guarantees are
    the same, and workers of both may share a group."""
    session_timeout_seconds: float = Field(10.0, gt=0)
    """After this silence the group gives a worker's partitions to others: a killed worker is replaced within 15 s."""
    heartbeat_interval_seconds: float = Field(0.5, gt=0)
    """Members learn of a rebalance by their next heartbeat, so it adds to every takeover (docs/adr/0006). A heartbeat
    is one small request per stage."""
    fence_margin_seconds: float = Field(2.0, gt=0)
    """How long before the end of its session a worker that hears nothing from its group stops acting: an effect that
    has begun needs time to complete. A few lost heartbeats do not stop it."""
    commit_interval_seconds: float = Field(1.0, gt=0)
    """How much work a crash repeats at most, in time; the ledger makes the repetition harmless."""
    fetch_max_wait_ms: int = Field(100, gt=0)
    """How long a broker may hold a fetch open. aiokafka asks a broker for a drained partition only after its open fetch
    has returned, so this bounds the latency that a quiet partition adds to others."""
    max_poll_interval_seconds: float = Field(300.0, gt=0)
    """Fetching continues while lanes work, so only a stuck event loop comes near it."""
