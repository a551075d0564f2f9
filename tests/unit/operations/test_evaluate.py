"""`nephoran evaluate`: what counts as right, as wrong, and as a wrong deployment."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app

AMF = {"type": "amf", "name": None, "sites": ["tokyo-1"], "slice": None}


def replicas(value: int) -> dict[str, Any]:
    target = {"name": "replicas", "condition": "equals", "value": value, "unit": "count"}
    return {"action": "scale", "object": AMF, "targets": [target]}


def case(name: str, text: str, outcome: str, *expectations: dict[str, Any], reasons: tuple[str, ...] = ()) -> str:
    label = {"id": name, "kind": "scale", "text": text, "outcome": outcome, "reasons": reasons}
    return json.dumps({**label, "expectations": expectations})


SCALE = "Scale the AMF in tokyo-1 to 5 replicas."
RIGHT = case("right", SCALE, "planned", replicas(5))
DECLINED = case("declined", "Scale the AMF in Tokyo to 5 replicas.", "declined", reasons=("ambiguous",))


def evaluated(folder: Path, *lines: str) -> tuple[int, dict[str, Any]]:
    file = folder / "gold.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    ended = CliRunner().invoke(app, ["evaluate", str(file), "--json"])
    return ended.exit_code, json.loads(ended.stdout)


def test_right_answers_score_in_full(tmp_path: Path) -> None:
    code, report = evaluated(tmp_path, RIGHT, DECLINED)
    assert (code, report["cases"], report["right"], report["wrong_deployments"]) == (0, 2, 2, 0)
    assert report["misses"] == []
    assert report["outcomes"]["declined"] == {"wanted": 1, "given": 1, "right": 1, "precision": 1, "recall": 1}
    assert report["targets"]["replicas"]["recall"] == report["actions"]["scale"]["precision"] == 1
    assert report["latency_seconds"]["count"] == 2


@pytest.mark.parametrize(
    "label",
    [
        case("value", SCALE, "planned", replicas(6)),
        case("dropped", SCALE, "planned", replicas(5), replicas(5) | {"object": AMF | {"type": "smf"}}),
        case("refused", SCALE, "declined", reasons=("ambiguous",)),
    ],
)
def test_what_would_be_carried_out_otherwise_than_labelled_is_a_wrong_deployment(tmp_path: Path, label: str) -> None:
    code, report = evaluated(tmp_path, RIGHT, label)
    assert (code, report["right"], report["wrong_deployments"]) == (1, 1, 1)
    assert [miss["miss"] for miss in report["misses"]] == ["wrong_deployment"]


@pytest.mark.parametrize(
    ("label", "miss"),
    [
        (case("asked", "Scale the AMF in Tokyo to 5 replicas.", "planned", replicas(5)), "outcome"),
        (case("why", "Scale the AMF in Tokyo to 5 replicas.", "declined", reasons=("unsafe",)), "reason"),
        (case("approval", SCALE, "proposed", replicas(5)), "outcome"),
    ],
)
def test_a_question_too_many_or_another_reason_is_a_miss_and_no_wrong_deployment(
    tmp_path: Path, label: str, miss: str
) -> None:
    code, report = evaluated(tmp_path, label)
    assert (code, report["wrong_deployments"]) == (0, 0)
    assert [each["miss"] for each in report["misses"]] == [miss]


def test_a_line_that_is_no_label_is_named(tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_text(f'{RIGHT}\n{{"id": "x"}}\n', encoding="utf-8")
    ended = CliRunner().invoke(app, ["evaluate", str(file)])
    assert ended.exit_code == 1
    assert "gold.jsonl:2" in ended.output
