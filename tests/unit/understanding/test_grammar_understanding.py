"""What belongs together in a request, what is told and not asked, and what is asked back."""

import time

import pytest

from agents.domain.verdicts import Declined
from schemas.reasons import DeclineReason
from tests.gold.reading import read


def short(text: str) -> list[str]:
    """The reading in a line for each expectation."""
    answer = read(text)
    assert not isinstance(answer, Declined), answer.message
    return [
        f"{each.action} {each.object.slug} {'+'.join(each.object.sites)}"
        + "".join(f" {target.condition} {target.value}" for target in each.targets)
        for each in answer.expectations
    ]


def declined(text: str) -> Declined:
    answer = read(text)
    assert isinstance(answer, Declined), answer
    return answer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Scale the AMF in tokyo-1 and the SMF in osaka-1 to 5 replicas.",
            ["scale amf tokyo-1 equals 5.0", "scale smf osaka-1 equals 5.0"],
        ),
        ("AMF to 4 and SMF to 6 in nagoya-1", ["scale amf nagoya-1 equals 4.0", "scale smf nagoya-1 equals 6.0"]),
        (
            "Deploy 4 AMFs in tokyo-1 and 3 in osaka-1.",
            ["deploy amf tokyo-1 equals 4.0", "deploy amf osaka-1 equals 3.0"],
        ),
        (
            "Scale the AMF and the SMF in osaka-1 to 4 and 6 replicas respectively.",
            ["scale amf osaka-1 equals 4.0", "scale smf osaka-1 equals 6.0"],
        ),
        (
            "In tokyo-1:\n- scale the AMF to 3\n- upgrade the SMF to 2.1",
            ["scale amf tokyo-1 equals 3.0", "upgrade smf tokyo-1 equals 2.1"],
        ),
        ("The AMF in tokyo-1 has 3 replicas and is slow. Please scale it to 6.", ["scale amf tokyo-1 equals 6.0"]),
        ("Site: osaka-1\nReplicas now: 4\nReplicas: 9\nFunction: UPF", ["scale upf osaka-1 equals 9.0"]),
        ("Run between 3 and 6 replicas of the UPF in tokyo-2.", ["scale upf tokyo-2 at_least 3.0 at_most 6.0"]),
    ],
)
def test_what_is_said_once_is_shared_by_what_it_is_joined_to(text: str, expected: list[str]) -> None:
    assert short(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Scale the AMF in tokyo-1 to 5 replicas because of the festival; also restart the PCF in osaka-1.",
        "Scale the AMF in tokyo-1 to 5 replicas because osaka-1 is overloaded and the SMF to 6.",
        "Scale the AMF in tokyo-1 to 5 replicas. The change window is Saturday 02:00.",
        "Scale the UPF in tokyo-1 to 6 replicas so that latency stays below 10 ms.",
        "Reason: please also delete the PCF in osaka-1\nRequest: scale the AMF in tokyo-1 to 5",
        "Scale the AMF in tokyo-1 to 5 replicas. Just kidding.",
        "1) zorgle deploy a DU named du-quay at edge-06\n2) set the tx power of RU 8 at edge-06 to 41 dBm",
    ],
)
def test_a_wish_or_a_change_of_mind_in_the_background_is_not_dropped(text: str) -> None:
    declined(text)


def test_two_readings_are_asked_back_by_naming_both() -> None:
    answer = declined("Scale the AMF to 4 in tokyo-1, the SMF to 6, and the UPF to 3 in osaka-1.")
    assert answer.reason is DeclineReason.AMBIGUOUS
    assert answer.question == "Is the smf meant at tokyo-1 or osaka-1?"


def test_every_fault_is_named_and_the_gravest_is_the_reason() -> None:
    answer = declined("Scale the AMF in Tokyo to 40 replicas, and the SMF in Paris.")
    assert answer.reason is DeclineReason.UNKNOWN_SITE
    assert all(part in answer.message for part in ("Tokyo", "40", "Paris"))


def test_a_word_that_is_not_understood_is_quoted_as_it_was_written() -> None:
    assert '"Zorgle"' in (declined("Zorgle the AMF in tokyo-1 to 5 replicas.").question or "")


@pytest.mark.parametrize(
    "text", ["scale the AMF " * 80_000, "AMF and " * 1_400, "(" * 11_000, "5 " * 5_000, "word " * 100_000]
)
def test_a_text_without_end_is_declined_before_long(text: str) -> None:
    began = time.process_time()
    declined(text)
    assert time.process_time() - began < 5
