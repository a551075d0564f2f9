"""Settings of Kafka's clients: what goes together, and what never shows."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.settings import KafkaSettings

SASL = {"security_protocol": "SASL_PLAINTEXT", "sasl_username": "nephoran", "sasl_password": "swordfish"}


def test_a_password_reaches_the_client_and_no_printout() -> None:
    settings = KafkaSettings.model_validate(SASL)

    assert settings.client()["sasl_plain_password"] == "swordfish"
    assert "swordfish" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"bootstrap_servers": "broker"}, "bootstrap_servers"),
        ({"bootstrap_servers": "a:1, b:2"}, "bootstrap_servers"),
        ({"security_protocol": "SASL_SSL"}, "needs sasl_username and sasl_password"),
        ({"sasl_username": "nephoran", "sasl_password": "swordfish"}, "has no use with security_protocol PLAINTEXT"),
        ({"tls_ca_file": __file__}, "TLS files have no use"),
        ({"security_protocol": "SSL", "tls_ca_file": "/not/there.pem"}, "tls_ca_file"),
        ({"security_protocol": "SSL", "tls_certificate_file": __file__}, "go together"),
        ({"bootstrap_server": "a:1"}, "bootstrap_server"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(settings: dict[str, str], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        KafkaSettings.model_validate(settings)


def test_a_damaged_tls_file_is_an_answer_for_people(tmp_path: Path) -> None:
    damaged = tmp_path / "ca.pem"
    damaged.write_text("not a certificate")

    with pytest.raises(NotUsable, match="PEM"):
        KafkaSettings(security_protocol="SSL", tls_ca_file=damaged).client()
