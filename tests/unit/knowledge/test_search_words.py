"""Which words of a query are looked for."""

from agents.knowledge.search_words import telling_words


def test_words_that_stand_in_every_text_are_not_looked_for() -> None:
    assert telling_words("What is the latency of a UPF, and why?") == ("latency", "upf")


def test_names_stay_whole_and_count_once() -> None:
    assert telling_words("CU-UP dl_throughput edge-04; cu-up") == ("cu-up", "dl_throughput", "edge-04")


def test_a_very_long_query_is_cut() -> None:
    assert len(telling_words(" ".join(f"word{number}" for number in range(10_000)))) == 64
