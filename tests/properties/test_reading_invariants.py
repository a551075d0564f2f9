"""What may be changed in a request without changing its reading, and what may never leave it as it was."""

import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.domain.ports import Reading
from agents.domain.verdicts import Declined
from tests.fuzz.requests import run
from tests.gold.reading import asked, cases, pack, read

pytestmark = pytest.mark.slow

SLUGS = [slug for slug, site in pack().inventory.sites.items() if site.kind is None]
READABLE = [text for text in (case["text"] for case in cases()) if isinstance(read(text), Reading)]
RENAMABLE = [text for text in READABLE if any(slug in text for slug in SLUGS)]

OBJECTS = ("AMF", "SMF", "UPF", "PCF", "NSSF", "UDR named udr-red", "CU-CP", "near-RT RIC")
SITES = ("tokyo-1", "osaka-1", "london-2", "edge-03", "Dallas", "both Tokyo sites")
NEGATIONS = ("Do not", "Don't", "Never", "Please do not", "Under no circumstances")
CLAUSES = (
    "scale the {thing} in {site} to {number} replicas",
    "upgrade the {thing} in {site} to version {number}.1.2",
    "delete the {thing} in {site}",
    "deploy a {thing} in {site} with {number} cores",
    "add {number} more replicas to the {thing} in {site}",
    "keep the latency of the URLLC slice in {site} below {number} ms",
    "set the transmit power of RU {number} in {site} to 40 dBm",
)


@st.composite
def clauses(draw: st.DrawFn) -> str:
    """One order with a place of its own."""
    things, sites = st.sampled_from(OBJECTS), st.sampled_from(SITES)
    wording = draw(st.sampled_from(CLAUSES))
    return wording.format(thing=draw(things), site=draw(sites), number=draw(st.integers(2, 15)))


def reading_of(text: str) -> list[str] | None:
    """What is asked for; None where it is asked back."""
    answer = read(text)
    return None if isinstance(answer, Declined) else asked(answer.expectations)


def renamed(text: str, names: dict[str, str]) -> str:
    return re.sub("|".join(map(re.escape, names)), lambda match: names[match.group()], text)


@pytest.mark.parametrize("shift", [1, 4])
def test_other_sites_give_the_same_reading_at_those_sites(shift: int) -> None:
    names = dict(zip(SLUGS, SLUGS[shift:] + SLUGS[:shift], strict=True))
    for text in RENAMABLE[::3]:
        if _names_an_area(text):
            continue
        before, after = reading_of(text), reading_of(renamed(text, names))
        assert before is not None
        assert after is not None, renamed(text, names)
        assert [_sorted_sites(each) for each in after] == sorted(_sorted_sites(renamed(each, names)) for each in before)


def _names_an_area(text: str) -> bool:
    """A city or a country stands for the sites that it has, which have other names."""
    places = [*pack().inventory.cities.values(), *pack().inventory.countries.values()]
    names = [name for place in places for name in (*place.names, *place.exact)]
    bare = renamed(text, dict.fromkeys(SLUGS, "")).lower()
    return any(re.search(rf"\b{re.escape(name.lower())}\b", bare) for name in names)


def _sorted_sites(said: str) -> str:
    return re.sub(r"\[('[a-z0-9-]+'(?:, '[a-z0-9-]+')*)\]", lambda m: str(sorted(m.group(1).split(", "))), said)


def test_courtesy_around_a_request_changes_nothing() -> None:
    for text in READABLE[::4]:
        if "\n" not in text:
            polite = f"Hello team,\n\n{text}\n\nMany thanks and kind regards,\nAda"
            assert reading_of(polite) == reading_of(text), polite


@given(orders=st.lists(clauses(), min_size=2, max_size=4, unique=True), choice=st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_of_sentences_does_not_matter(orders: list[str], choice: Any) -> None:
    shuffled = choice.sample(orders, len(orders))
    assert reading_of(_sentences(orders)) == reading_of(_sentences(shuffled))


def _sentences(orders: Sequence[str]) -> str:
    return " ".join(f"Please {order}." for order in orders)


@given(value=st.integers(1, 900))
@settings(deadline=None)
def test_the_unit_a_value_is_given_in_does_not_matter(value: int) -> None:
    wording = "Keep the latency of the URLLC slice in osaka-1 below {}."
    given_in_ms = reading_of(wording.format(f"{value} ms"))
    assert given_in_ms is not None
    assert reading_of(wording.format(f"{value / 1000} seconds")) == given_in_ms
    assert reading_of(wording.format(f"{value}000 µs")) == given_in_ms


@given(
    order=clauses(), negation=st.sampled_from(["Do not", "Don't", "Never", "Please do not", "Under no circumstances"])
)
@settings(max_examples=60, deadline=None)
def test_a_negated_order_is_never_carried_out(order: str, negation: str) -> None:
    assert reading_of(f"{negation} {order}.") is None


@given(order=clauses(), word=st.sampled_from(["zorgle", "frobnitz", "quuxish"]), data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_word_that_is_not_known_is_asked_about(order: str, word: str, data: st.DataObject) -> None:
    words = order.split()
    at = data.draw(st.integers(0, len(words)))
    with_word = " ".join([*words[:at], word, *words[at:]])
    assert reading_of(with_word) in (None, *_named(order, word, words[at - 1] if at else ""))


def _named(order: str, word: str, before: str) -> list[list[str] | None]:
    """Behind `named` the word is a name."""
    return [reading_of(order.replace("named udr-red", f"named {word}"))] if before == "named" else []


def test_no_mutation_of_a_request_makes_the_grammar_invent_anything() -> None:
    read_as_requests, found = run(runs=1_500, seed=7)
    assert found == []
    assert read_as_requests > 100
