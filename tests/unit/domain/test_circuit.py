"""The circuit breaker around whatever is asked over a network."""

import pytest

from agents.adapters.virtual_clock import VirtualClock
from agents.domain.circuit import Circuit, through
from agents.domain.verdicts import Retryable


def test_failures_in_a_row_open_it_and_a_success_in_between_does_not() -> None:
    circuit = Circuit(VirtualClock(), failures=3)
    for _ in range(2):
        circuit.failed()
    circuit.succeeded()
    for _ in range(2):
        circuit.failed()
    assert circuit.seconds_to_wait() == 0
    circuit.failed()
    assert circuit.is_open
    assert circuit.seconds_to_wait() == 30


def test_after_its_time_a_single_probe_decides() -> None:
    clock = VirtualClock()
    circuit = Circuit(clock, failures=1)
    circuit.failed()
    clock.advance(29)
    assert circuit.seconds_to_wait() == 1
    clock.advance(1)
    assert circuit.seconds_to_wait() == 0
    assert circuit.seconds_to_wait() > 0, "a second request may not go along with the probe"
    circuit.succeeded()
    circuit.failed()
    assert circuit.is_open, "what was sent before the probe decides nothing"
    assert circuit.seconds_to_wait() == 1, "the probe is still on its way"
    circuit.failed(is_probe=True)
    assert circuit.seconds_to_wait() == 30
    clock.advance(30)
    assert circuit.seconds_to_wait() == 0
    circuit.succeeded(is_probe=True)
    assert not circuit.is_open
    assert [circuit.seconds_to_wait() for _ in range(3)] == [0, 0, 0]


def test_a_probe_that_is_given_up_leaves_the_next_one_free() -> None:
    clock = VirtualClock()
    circuit = Circuit(clock, failures=1)
    circuit.failed()
    clock.advance(30)
    assert circuit.seconds_to_wait() == 0
    circuit.gave_up()
    assert circuit.seconds_to_wait() == 0


def test_requests_that_were_on_their_way_together_fail_together_and_count_once() -> None:
    clock = VirtualClock()
    circuit = Circuit(clock, failures=2)
    begun = circuit.now()
    clock.advance(1)
    for _ in range(64):
        circuit.failed(begun)
    assert not circuit.is_open
    circuit.failed(clock.monotonic() + 1)
    assert circuit.is_open


def test_one_that_is_held_open_lets_nothing_pass_until_somebody_closes_it() -> None:
    clock = VirtualClock()
    changes: list[bool] = []
    circuit = Circuit(clock, on_change=changes.append)
    circuit.hold_open()
    clock.advance(1_000_000)
    assert circuit.seconds_to_wait() > 0
    circuit.succeeded()
    assert circuit.is_open, "what was on its way may succeed, yet nothing new may go"
    circuit.close()
    assert circuit.seconds_to_wait() == 0
    assert changes == [True, False]


async def test_only_the_endpoint_itself_opens_its_circuit_and_waiting_for_it_is_no_attempt() -> None:
    circuit = Circuit(VirtualClock(), failures=1)

    async def fence() -> None:
        raise Retryable("may not act", dependency="kafka")

    async def push() -> None:
        raise Retryable("no answer", dependency="git")

    with pytest.raises(Retryable):
        await through(circuit, "git", fence)
    assert not circuit.is_open
    with pytest.raises(Retryable):
        await through(circuit, "git", push)
    with pytest.raises(Retryable) as held:
        await through(circuit, "git", push)
    assert (held.value.was_tried, held.value.dependency, held.value.delay_seconds) == (False, "git", 30.0)
