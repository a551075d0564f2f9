"""Signatures on the records of the pipeline: they distinguish what a stage or an operator wrote from what anybody else
wrote.

Identity, order and generation of an intent travel in headers, and a plan is as good as its author. So every record that
a reader acts on is signed (HMAC-SHA256, RFC 2104) with a key that workers and operators share: over its topic, its key,
its value and all headers of ours, each with its length before it, so that no bytes can be moved from one field to
another.
"""

import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path
from struct import pack

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.records import Headers

SIGNATURE = "nephoran-signature"
FEWEST_KEY_BYTES = 16
"""128 bits, where they come from a random source; fewer can be searched through."""
OTHERS_MAY_READ = 0o077
FINGERPRINT_BYTES = 6
"""Enough to tell a handful of keys apart."""


class SigningSettings(BaseModel):
    """The keys that records are signed with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: tuple[SecretStr, ...] = ()
    """The first signs, all verify. To change it: append the new one everywhere, move it to the front everywhere,
    `nephoran signing renew`, and drop the old one once `nephoran doctor` finds nothing signed with it. If none is
    given, `key_file` is used. At least 16 bytes each, from a random source: `openssl rand -hex 32`."""
    key_file: Path = Field(default_factory=lambda: user_data_path("nephoran") / "signing.key")
    """A key for workers and operators of one machine, created on first use and readable only by its owner."""

    @field_validator("keys")
    @classmethod
    def _require_strength(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not keys:
            raise ValueError("there is none: leave the setting out to use the key file")
        for number, key in enumerate(keys, 1):
            if fault := _weakness(key.get_secret_value().encode()):
                raise ValueError(f"key {number} {fault}")
        return keys


class Keyring:
    """Signs with the first of its keys, and accepts the signature of any."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._keys = keys

    @classmethod
    def open(cls, settings: SigningSettings) -> "Keyring":
        """The keys of the settings, else the key file's, which is made where it is missing.

        Raises: NotUsable where the file can be read by others, or holds no key.
        """
        if settings.keys:
            return cls(tuple(key.get_secret_value().encode() for key in settings.keys))
        return cls((_key_of(settings.key_file),))

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """What tells each key from others without giving it away, in their order."""
        return tuple(_signature(key, b"nephoran/fingerprint")[: 2 * FINGERPRINT_BYTES].decode() for key in self._keys)

    def sign(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> bytes:
        """The signature of a record for `topic`, in hexadecimal. It covers all `headers` given, in their order."""
        return _signature(self._keys[0], _canonical(topic, key, value, headers))

    def accepts(self, signature: bytes, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> bool:
        """True where one of the keys made the signature."""
        record = _canonical(topic, key, value, headers)
        return any(hmac.compare_digest(signature, _signature(each, record)) for each in self._keys)

    def is_newest(self, signature: bytes, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> bool:
        """True where the key that signs now made the signature."""
        return hmac.compare_digest(signature, self.sign(topic, key, value, headers))


def _signature(key: bytes, record: bytes) -> bytes:
    return hmac.digest(key, record, "sha256").hex().encode()


def _canonical(topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> bytes:
    """All fields behind the lengths of all of them, -1 for none; of the value its hash, for it may be long."""
    held = [b"nephoran/3", topic.encode(), key, None if value is None else hashlib.sha256(value).digest()]
    for name, content in headers:
        held += (_bytes_of(name), content)
    lengths = [-1 if field is None else len(field) for field in held]
    return pack(f">{len(held)}q", *lengths) + b"".join([field for field in held if field])


@lru_cache(maxsize=1_000)
def _bytes_of(name: str) -> bytes:
    """Of a header's name: the same few come again with every record."""
    return name.encode(errors="surrogateescape")


def _weakness(key: bytes) -> str | None:
    if not key.strip():
        return "is empty"
    if len(key) < FEWEST_KEY_BYTES:
        return f"has {len(key)} bytes, fewer than {FEWEST_KEY_BYTES}: make one with `openssl rand -hex 32`"
    return None


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
    return require_secret(path)


def require_secret(path: Path) -> bytes:
    """The key in a file that nobody else can read. Raises: NotUsable that says what to put right."""
    try:
        if os.name == "posix" and path.stat().st_mode & OTHERS_MAY_READ:
            raise NotUsable(f"the signing key in {path} can be read by others of this machine: `chmod 600 {path}`")
        key = path.read_bytes().strip()
    except OSError as error:
        raise NotUsable(f"the signing key in {path} cannot be read: {error.strerror}") from error
    if fault := _weakness(key):
        raise NotUsable(f"the signing key in {path} {fault}")
    return key
