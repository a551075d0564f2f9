"""How Porch is reached, and which of its repositories is which site."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class PorchSettings(BaseModel):
    """Packages go through Porch where `kubeconfig` is set, and straight to Git where it is not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kubeconfig: Path | None = None
    """The kubeconfig of the management cluster, credentials included; its current context is used."""
    namespace: str = "default"
    """Where its Repository and PackageRevision objects are."""
    repository: str = "{site}"
    """The name of a site's Repository; `{site}` stands for the site."""
    timeout_seconds: float = Field(default=30.0, gt=0, le=60)
    """How long one request may take: an approval takes tens of seconds among a hundred packages. Below the 60 s for
    which a lane tries one event again."""
