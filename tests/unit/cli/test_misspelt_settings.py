"""A setting that nobody reads is refused with the name that was meant, and with where it is given."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.cli.settings_faults import describe_faults
from pipeline.settings import Settings


def told() -> list[str]:
    with pytest.raises(ValidationError) as refusal:
        Settings()
    return (describe_faults(refusal.value) or "").splitlines()[1:]


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("NEPHORAN_KAFKA_PARTITIONS", "NEPHORAN_KAFKA__PARTITIONS"),
        ("NEPHORAN_KAFAK__PARTITIONS", "NEPHORAN_KAFKA__PARTITIONS"),
        ("NEPHORAN_KAFKA__PARTITION", "kafka.partitions"),
        ("NEPHORAN_METRIC__PORT", "NEPHORAN_METRICS__PORT"),
    ],
)
def test_a_misspelt_variable_is_told_with_the_one_that_was_meant(
    monkeypatch: pytest.MonkeyPatch, variable: str, meant: str
) -> None:
    monkeypatch.setenv(variable, "3")
    (line,) = told()
    assert variable in line
    assert f"did you mean {meant}?" in line


def test_a_misspelt_line_of_the_file_is_told_by_its_number(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "night.toml"
    file.write_text(
        "# what the night shift needs\n[kafka]\npartitions = [\n  3,\n]\n"
        'bootstrap_server = "b:9092"\n\n[modell]\nname = "m"\n'
    )
    monkeypatch.setenv("NEPHORAN_SETTINGS", str(file))
    assert told() == [
        f"  kafka.partitions: Input should be a valid integer ({file}, line 3)",
        f"  kafka.bootstrap_server: there is no such setting; did you mean kafka.bootstrap_servers? ({file}, line 6)",
        f"  modell: there is no such setting; did you mean model? ({file}, line 8)",
    ]


def test_what_is_like_nothing_sends_to_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEPHORAN_COFFEE", "black")
    (line,) = told()
    assert "nephoran settings --describe" in line
    assert "black" not in line


def test_the_value_of_a_misspelt_secret_is_not_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "nephoran.toml"
    file.write_text('[model]\napi_keyy = "very-secret"\n')
    monkeypatch.setenv("NEPHORAN_SETTINGS", str(file))
    monkeypatch.setenv("NEPHORAN_MODEL__APIKEY", "very-secret")
    assert "very-secret" not in "\n".join(told())


def test_what_kubernetes_says_of_services_is_no_misspelt_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "NEPHORAN_WORKERS_SERVICE_HOST": "10.0.0.7",
        "NEPHORAN_WORKERS_SERVICE_PORT": "9464",
        "NEPHORAN_WORKERS_SERVICE_PORT_METRICS": "9464",
        "NEPHORAN_WORKERS_PORT": "tcp://10.0.0.7:9464",
        "NEPHORAN_WORKERS_PORT_9464_TCP_ADDR": "10.0.0.7",
    }.items():
        monkeypatch.setenv(name, value)
    Settings()


def test_entries_that_an_operator_names_are_no_misspelt_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEPHORAN_A1__ENDPOINTS__EAST__URL", "http://ric.example")
    assert "east" in Settings().a1.endpoints


def test_a_variable_that_is_not_the_json_it_must_be_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEPHORAN_SIGNING__KEYS", "a-key-that-is-no-list")
    with pytest.raises(ValueError, match="error parsing") as refusal:
        Settings()
    line = describe_faults(refusal.value) or ""
    assert "NEPHORAN_SIGNING__KEYS" in line
    assert "a-key-that-is-no-list" not in line
