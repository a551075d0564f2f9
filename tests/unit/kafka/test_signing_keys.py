"""Which keys are taken: none that is empty or short, and none that others of the machine may read."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.signatures import Keyring, SigningSettings


@pytest.mark.parametrize("keys", [(), ("",), ("   ",), ("short",), ("a good key of some length", "")])
def test_an_empty_or_short_key_is_refused_at_the_start(keys: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError):
        SigningSettings(keys=tuple(map(SecretStr, keys)))


@pytest.mark.parametrize(("content", "mode"), [("", 0o600), ("short", 0o600), ("a" * 64, 0o640), ("a" * 64, 0o604)])
def test_a_key_file_that_is_empty_short_or_readable_by_others_is_refused(
    content: str, mode: int, tmp_path: Path
) -> None:
    file = tmp_path / "signing.key"
    file.write_text(content)
    file.chmod(mode)
    with pytest.raises(NotUsable, match="signing key"):
        Keyring.open(SigningSettings(key_file=file))


def test_a_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = SigningSettings(key_file=tmp_path / "new" / "signing.key")
    made = Keyring.open(settings)
    assert settings.key_file.stat().st_mode & 0o777 == 0o600
    signature = made.sign("t", b"k", b"v", ())
    assert Keyring.open(settings).accepts(signature, "t", b"k", b"v", ())
