"""Expectations taken apart, and where each part goes."""

import pytest

from agents.planning.target_changes import wishes_of
from agents.planning.templates import Templates
from schemas.intent import Expectation
from tests.unit.planning.wording import expect

ROUTES = [
    (expect("scale", "amf", ("replicas", "equals", 5)), "nephio", "scale"),
    (expect("deploy", "near-rt-ric"), "nephio", "deploy"),
    (expect("deploy", "slice", ("latency", "at_most", 20), sst=1), "nephio", "deploy"),
    (expect("upgrade", "du", ("version", "equals", "1.12.0")), "nephio", "upgrade"),
    (expect("delete", "xapp", name="qos-test"), "nephio", "delete"),
    (expect("ensure", "upf", ("dl_throughput", "at_least", 2500)), "nephio", "ensure"),
    (expect("ensure", "amf", ("availability", "at_least", 99.9)), "nephio", "ensure"),
    (expect("ensure", "slice", ("latency", "at_most", 5), sst=2), "a1", "set-policy"),
    (expect("configure", "cell", ("load_threshold", "equals", 75), name="cell-3"), "a1", "set-policy"),
    (expect("ensure", "gnb", ("energy_saving", "at_least", 15)), "a1", "set-energy-policy"),
    (expect("configure", "ru", ("tx_power", "equals", 43), name="ru-4"), "o1", "edit-config"),
    (expect("configure", "slice", ("prb_ratio_dedicated", "equals", 15), sst=2), "o1", "edit-config"),
    (expect("configure", "cell", ("tx_power", "increase_by", 3), name="cell-9"), "o1", "edit-config"),
    (expect("deploy", "cluster", ("cpu", "at_least", 128)), "o2", "provision"),
    (expect("delete", "cluster", name="lab-2"), "o2", "deprovision"),
]


@pytest.mark.parametrize(
    ("expectation", "interface", "operation"),
    ROUTES,
    ids=[f"{each.action}-{each.object.type}" for each, _, _ in ROUTES],
)
def test_each_kind_of_wish_goes_to_its_interface(
    expectation: Expectation, interface: str, operation: str, templates: Templates
) -> None:
    (wish,) = wishes_of([expectation], templates)
    assert (wish.route.to, wish.name) == (interface, f"{operation} tokyo-1/{expectation.object.slug}")


def test_one_wish_for_each_site(templates: Templates) -> None:
    wishes = wishes_of([expect("scale", "amf", ("replicas", "equals", 5), sites=("tokyo-1", "tokyo-2"))], templates)
    assert [wish.name for wish in wishes] == ["scale tokyo-1/amf", "scale tokyo-2/amf"]


def test_targets_of_one_expectation_part_ways_where_their_interfaces_do(templates: Templates) -> None:
    both = expect("configure", "cell", ("tx_power", "equals", 40), ("load_threshold", "equals", 70), name="cell-3")
    wishes = wishes_of([both], templates)
    assert {(wish.route.to, wish.targets[0].name) for wish in wishes} == {("o1", "tx_power"), ("a1", "load_threshold")}


def test_wishes_on_the_same_object_become_one_step_whatever_the_order_of_words(templates: Templates) -> None:
    replicas, cpu = expect("scale", "upf", ("replicas", "equals", 4)), expect("scale", "upf", ("cpu", "equals", 8))
    ((one,), (other,)) = wishes_of([replicas, cpu], templates), wishes_of([cpu, replicas], templates)
    assert one.targets == other.targets == (*replicas.targets, *cpu.targets)


def test_what_is_said_twice_is_done_once(templates: Templates) -> None:
    said = expect("scale", "upf", ("replicas", "equals", 4))
    (wish,) = wishes_of([said, said], templates)
    assert wish.targets == said.targets


def test_two_slices_in_one_cell_keep_their_shares_apart(templates: Templates) -> None:
    shares = [
        expect("configure", "cell", ("prb_ratio_min", "equals", share), name="cell-7", sst=sst)
        for sst, share in ((1, 20), (2, 30))
    ]
    assert [(wish.name, wish.targets[0].value) for wish in wishes_of(shares, templates)] == [
        ("edit-config tokyo-1/cell-7.slice-1", 20),
        ("edit-config tokyo-1/cell-7.slice-2", 30),
    ]
