"""The canary: a known request, submitted regularly as a dry run, whose answer must not change."""

from pydantic import BaseModel, ConfigDict, Field


class CanarySettings(BaseModel):
    """What is asked, what the answer must say, and how often."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    request: str = "Upgrade the AMF in tokyo-1 to version 2.0.0"
    """An upgrade: even if it were taken for a real one, it would be proposed and not carried out."""
    expects: str = "upgrade tokyo-1/amf (nephio)"
    """What the plan in the answer must contain. Change it together with knowledge that changes the plan."""
    every_seconds: float = Field(60.0, gt=0)
    """The time from one run to the next. The alert looks for a success within five minutes."""
    patience_seconds: float = Field(30.0, gt=0)
    """How long a run waits for its answer: three times the critical threshold of an intent. Below `every_seconds`."""
