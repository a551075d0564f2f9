"""`it`, `both`, `there` and `the one in …` point at something only where exactly one thing is left."""

import pytest

from agents.domain.verdicts import Declined
from tests.gold.reading import asked, read


def reading(text: str) -> list[str]:
    answer = read(text)
    assert not isinstance(answer, Declined), answer.message
    return asked(answer.expectations)


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("The UPF in edge-03 is overloaded. Scale it to 4 replicas.", "Scale the UPF in edge-03 to 4 replicas."),
        (
            "UDM and UDR in frankfurt-1 are slow. Scale both to 4 replicas.",
            "Scale the UDM and the UDR in frankfurt-1 to 4 replicas.",
        ),
        (
            "Deploy a UPF in edge-03. Delete the one in edge-02.",
            "Deploy a UPF in edge-03. Delete the UPF in edge-02.",
        ),
        ("UPF needed in osaka-1, with 3 replicas - please deploy it", "Deploy a UPF in osaka-1 with 3 replicas."),
        ("We have two RUs in edge-04; delete RU 2.", "Delete RU 2 in edge-04."),
    ],
)
def test_a_reference_with_one_candidate_is_read(text: str, same_as: str) -> None:
    assert reading(text) == reading(same_as)


@pytest.mark.parametrize(
    "text",
    [
        "SMF in dallas-1 is overloaded. PCF in newyork-1 is overloaded. Scale it to 6 replicas.",
        "The UPF in nagoya-1 is slow, the UPF in osaka-1 is idle. Please scale it to 4 replicas.",
        "Scale it to 5 replicas.",
    ],
)
def test_a_reference_with_none_or_several_is_asked_back(text: str) -> None:
    assert isinstance(read(text), Declined)
