"""The settings of a worker's HTTP port."""

from pydantic import BaseModel, ConfigDict, Field


class MetricsSettings(BaseModel):
    """Where a worker answers probes and Prometheus."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    """The address to listen on; a container sets 0.0.0.0."""
    lag_interval_seconds: float = Field(10.0, gt=0)
    """How often a worker measures how late the stages are. Below the 15 s in which Prometheus usually asks."""
    port: int = Field(9464, ge=0, le=65535)
    """The port (9464 is the OpenTelemetry Prometheus exporter's). 0 takes a free one, named in a log line."""
