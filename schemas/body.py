"""What every body that flows has in common."""

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """A frozen value. Consumers ignore fields they do not know, so that producers may add optional ones."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)
