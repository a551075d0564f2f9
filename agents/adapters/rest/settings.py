"""Settings of every HTTP endpoint of an interface."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, model_validator


class RestEndpointSettings(BaseModel):
    """One HTTP endpoint. Credentials are read from files at every request, so that they may be renewed at any time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: HttpUrl
    """The root of the endpoint, before the paths of the interface. Credentials do not belong here."""
    token_file: Path | None = None
    """A file with a bearer token (OAuth 2.0), only for https."""
    ca_file: Path | None = None
    """The certificate authority of the endpoint, where it is not one the system trusts. Certificates are always
    verified."""
    certificate_file: Path | None = None
    key_file: Path | None = None
    """Our own certificate and its key (PEM), where the endpoint asks for one."""
    timeout_seconds: float = Field(default=10.0, gt=0, le=60)
    """How long one request may take. Below the 60 s for which a lane tries one event again."""

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if self.url.username or self.url.password:
            raise ValueError("the url holds credentials: put a token into a file and name it in token_file")
        if self.token_file is not None and self.url.scheme != "https":
            raise ValueError("a token is sent over https alone")
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file belong together")
        return self
