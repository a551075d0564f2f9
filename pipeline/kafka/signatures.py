"""Signatures on the records of the pipeline: what a stage or an operator wrote can be told from what anybody wrote.

Identity, order and generation of an intent travel in headers, and a plan is as good as its author. So every record that
carries them is signed (HMAC-SHA256, RFC 2104) over its topic, those headers and its bytes, with a key that workers and
operators share.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr

SIGNATURE = "nephoran-signature"
SIGNED_HEADERS = (
    "ce_id",
    "ce_type",
    "nephoran-intent-id",
    "nephoran-order",
    "nephoran-generation",
    "nephoran-digest",
    "nephoran-received-ms",
    "nephoran-dry-run",
)


class SigningSettings(BaseModel):
    """The keys that records are signed with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: tuple[SecretStr, ...] = ()
    """The first signs, all verify: add the new one behind, move it to the front, drop the old one once the topics'
    seven days are over. Where none is given, `key_file` is used."""
    key_file: Path = Field(default_factory=lambda: user_data_path("nephoran") / "signing.key")
    """A key for workers and operators of one machine, made at first use and readable by its owner alone."""


class Keyring:
    """Signs with the first of its keys, and accepts the signature of any."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._keys = keys

    @classmethod
    def open(cls, settings: SigningSettings) -> "Keyring":
        """The keys of the settings, else the key file's, which is made where it is missing."""
        if settings.keys:
            return cls(tuple(key.get_secret_value().encode() for key in settings.keys))
        return cls((_key_of(settings.key_file),))

    def sign(self, topic: str, headers: Mapping[str, str], value: bytes | None) -> str:
        """The signature of a record for `topic` with these headers and this value, in hexadecimal."""
        return _signature(self._keys[0], topic, headers, value)

    def accepts(self, signature: str, topic: str, headers: Mapping[str, str], value: bytes | None) -> bool:
        """True where one of the keys made the signature."""
        return any(hmac.compare_digest(signature, _signature(key, topic, headers, value)) for key in self._keys)


def _signature(key: bytes, topic: str, headers: Mapping[str, str], value: bytes | None) -> str:
    lines = [f"topic:{topic}"]
    lines += [f"{name}:{headers.get(name, '')}" for name in SIGNED_HEADERS]
    lines.append(hashlib.sha256(value or b"").hexdigest())
    return hmac.digest(key, "\n".join(lines).encode(), "sha256").hex()


def _key_of(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32), encoding="ascii")
        try:
            os.link(draft, path)  # atomic, and the first of two processes wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes().strip()
