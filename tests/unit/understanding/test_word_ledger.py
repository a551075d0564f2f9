"""Every word of a request stands in the ledger: used, licensed, or a reason to ask."""

import pytest

from agents.domain.verdicts import Declined
from agents.understanding.ledger import Ledger
from tests.gold.reading import grammar, read

ORDER = "Scale the AMF in tokyo-1 to 5 replicas"


def ledger(text: str) -> Ledger:
    return grammar().read_with_ledger(text)[1]


def test_every_word_is_used_or_has_a_licence() -> None:
    text = f"Hello team, {ORDER}, INC-4711. Many thanks, Ada"
    became = {text[each.start : each.end]: each.became for each in ledger(text).entries}
    assert became["5 replicas"] == became["AMF"] == "used"
    assert became["Hello"] == "greeting"
    assert became["INC-4711"] == "ticket"
    assert became["Ada"] == "signature"


def test_harmless_words_that_nobody_licensed_are_quoted_as_written() -> None:
    assert ledger(f"{ORDER}. The Wombats play the Arena.").not_acted_on == ("The Wombats play the Arena",)


@pytest.mark.parametrize(
    "words",
    [
        ". Not before Friday.",
        ", if possible tonight.",
        ". Blocked by CHG-1.",
        ". Is that fine?",
        ". Restart the SMF too.",
        ". 6 would be better.",
        " on the blue hardware.",
        "\nDepends on: CHG-2201",
    ],
)
def test_danger_and_words_inside_an_order_are_asked_about(words: str) -> None:
    answer = read(ORDER + words)
    assert isinstance(answer, Declined)
    assert answer.question


def test_a_value_that_no_expectation_holds_is_asked_about_whatever_the_parser_says() -> None:
    answer = read("Create an eMBB slice in osaka-1 with 100 Mbps and 300 Mbps downlink.")
    assert isinstance(answer, Declined)


def test_the_words_of_a_declined_request_are_told_too() -> None:
    assert tuple(became for _, became in grammar().words_of(f"{ORDER} on the blue hardware")) == ("used", "open")
