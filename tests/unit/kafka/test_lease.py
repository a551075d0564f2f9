"""The fence: how long a worker may count on its place in the group."""

import pytest

from pipeline.kafka.lease import Lease, Moment


class Clocks:
    """Both clocks, turned by hand."""

    def __init__(self) -> None:
        self.now = Moment(1_000.0, 1_700_000_000.0)

    def pass_by(self, since_boot: float, of_day: float) -> None:
        self.now = Moment(self.now.since_boot + since_boot, self.now.of_day + of_day)


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    monkeypatch.setattr("pipeline.kafka.lease.moment", lambda: clocks.now)
    return clocks


def lease_renewed_now(clocks: Clocks) -> Lease:
    lease = Lease(session_timeout_seconds=10, margin_seconds=2)
    assert not lease.is_held, "before the first answer of the group nobody may act"
    lease.renew(clocks.now)
    return lease


def test_it_ends_before_the_session_does_and_is_renewed_from_when_the_request_was_sent(clocks: Clocks) -> None:
    lease = lease_renewed_now(clocks)
    clocks.pass_by(7.9, 7.9)
    assert lease.is_held
    sent = clocks.now
    clocks.pass_by(5, 5)
    assert not lease.is_held
    lease.renew(sent)
    assert lease.is_held
    clocks.pass_by(3.1, 3.1)
    assert not lease.is_held


@pytest.mark.parametrize(
    ("since_boot", "of_day"),
    [(12.0, 0.0), (0.0, 12.0), (12.0, -3_600.0)],
    ids=["a time of day that stood still", "a machine restored from a snapshot", "a clock set back"],
)
def test_a_standstill_that_only_one_clock_has_seen_ends_it(clocks: Clocks, since_boot: float, of_day: float) -> None:
    lease = lease_renewed_now(clocks)
    clocks.pass_by(since_boot, of_day)
    assert not lease.is_held
