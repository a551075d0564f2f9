"""Settings of the O1 interface."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class O1ElementSettings(BaseModel):
    """One managed element: a NETCONF server over SSH (RFC 6242)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(min_length=1)
    port: int = Field(default=830, ge=1, le=65535)
    username: str = Field(min_length=1)
    key_file: Path | None = None
    """Our private key, the better way."""
    password_file: Path | None = None
    """A file with the password, for elements without key authentication."""
    known_hosts_file: Path = Path("~/.ssh/known_hosts")
    """Where the element's own key stands, as `ssh-keyscan -p 830 HOST` prints it. An element with another key is
    refused."""
    is_host_key_verified: bool = True
    """False accepts any host key: only for a laboratory."""
    timeout_seconds: float = Field(default=20.0, gt=0, le=60)
    """How long opening a session, and one request in it, may take. Below the 60 s for which a lane tries one event
    again."""
    confirm_seconds: int = Field(default=60, ge=5, le=600)
    """After this time the element reverts a change that was not confirmed, such as one left by a dead worker. It must
    be long enough to read back what was set; until it is over, others wait."""
    names: dict[str, str] = {}
    """The ids of the managed objects on the element by the names of the requests, where they differ."""

    @model_validator(mode="after")
    def _can_log_in(self) -> Self:
        if (self.key_file is None) == (self.password_file is None):
            raise ValueError("name either a key_file or a password_file")
        return self


class O1Settings(BaseModel):
    """Which managed element serves which site or object."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    elements: dict[str, O1ElementSettings] = {}
    """By `site/object`, or by site for all of its objects, or `*` for all sites. Without any, O1 is not connected."""

    def element_of(self, site: str, slug: str) -> tuple[str, O1ElementSettings] | None:
        """The element that serves the object, with the name it is set under."""
        for name in (f"{site}/{slug}", site, "*"):
            if name in self.elements:
                return name, self.elements[name]
        return None
