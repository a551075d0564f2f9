"""Which intent a name means, and that nobody guesses where it may mean several."""

import pytest

from pipeline.kafka.not_usable import NotPossible
from pipeline.operations.intent_names import the_only

A, B, C = "id-a", "id-b", "id-c"


@pytest.mark.parametrize(
    ("name", "producer_ids", "meant"),
    [
        ("7", {A: "noc#7", B: "noc#8"}, A),
        ("noc#7", {A: "noc#7", B: "crm#7"}, A),
        (A, {A: None, B: f"crm#{A}"}, A),
        (A, {B: f"crm#{A}"}, B),
        ("7", {A: None, B: "noc#17"}, None),
        ("7", {}, None),
    ],
)
def test_a_name_that_only_one_intent_has_means_that_intent(
    name: str, producer_ids: dict[str, str | None], meant: str | None
) -> None:
    assert the_only(name, producer_ids) == meant


@pytest.mark.parametrize(
    ("name", "producer_ids", "asked"),
    [
        ("7", {A: "noc#7", B: "crm#7", C: "crm#8"}, ("noc#7", "crm#7", A, B)),
        ("noc#7", {A: "noc#7", B: "crm#noc#7"}, ("noc#7", "crm#noc#7", A, B)),
        ("7", {A: "noc\x1b[2J\nid-x#7", B: "crm#7"}, (A, B)),
    ],
)
def test_a_name_that_several_have_is_asked_about(
    name: str, producer_ids: dict[str, str | None], asked: tuple[str, ...]
) -> None:
    with pytest.raises(NotPossible) as raised:
        the_only(name, producer_ids)
    told = str(raised.value)
    assert all(each in told for each in asked)
    assert C not in told
    assert "\x1b" not in told
    assert len(told.splitlines()) == 3, "a line for each candidate, whatever is in its name"
