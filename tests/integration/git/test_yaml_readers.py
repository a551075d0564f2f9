"""What we write into manifests is read alike by every YAML parser that may read it: Python's and Go's, 1.1 and 1.2."""

import json
import subprocess
from io import StringIO

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from agents.adapters.git import yaml_text
from tests.servers.go_programs import go_program

TEMPTING = st.from_regex(r"[-+]?[0-9_.:eExXoObBaAfF]{1,8}|[yYnN]|[~=<]{1,2}|[0-9]{1,3}e[0-9]{1,3}", fullmatch=True)
WORDS = st.sampled_from(
    """y Y n yes No ON off true False TRUE null Null NULL ~ .inf -.INF .nan nan inf = << 1e3 123e45 0o17 017 0x1F 0b1
    1_000 12:30 190:20:30 2024-01-01 2001-12-14t21:59:43.10-05:00 1. .5 +1 -0 e 1.10 2.4.1 v2 amf-blue tokyo-1
    - ? : | > # a:b a# 'x "y""".split()  # noqa: SIM905
)
TEXTS = st.one_of(TEMPTING, WORDS, st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12))


@pytest.fixture(scope="module")
def go_readers() -> str:
    return str(go_program("yaml-readers"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(TEXTS.filter(bool), TEXTS), min_size=20, max_size=40))
def test_every_text_is_the_same_text_for_every_parser(go_readers: str, pairs: list[tuple[str, str]]) -> None:
    wanted = [{key: text} for key, text in pairs]
    written = [yaml_text.dump(each) for each in wanted]
    ended = subprocess.run([go_readers], input=json.dumps(written), capture_output=True, text=True, check=True)
    for document, text, read in zip(wanted, written, json.loads(ended.stdout), strict=True):
        in_python = [yaml.safe_load(text), YAML(typ="safe").load(StringIO(text)), yaml_text.parse(text)]
        assert in_python == [document] * 3, text
        assert [each if each.startswith("error") else json.loads(each) for each in read] == [document] * 3, text
