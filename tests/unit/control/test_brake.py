"""The brake: when a stage stops itself, and above all when it does not."""

from pipeline.control.brake import Brake, BrakeSettings
from pipeline.kafka.records import Record


def record(key: str | None, source: str | None = None) -> Record:
    headers = (("ce_source", source.encode()),) if source else ()
    return Record("intents.parsed", 0, 0, 0, key.encode() if key else None, b"{}", headers)


class Braking:
    """A brake, its hits, and a clock that is turned by hand."""

    def __init__(self) -> None:
        self.hits: list[str] = []
        self.now = 0.0
        self.brake = Brake(BrakeSettings(), self.hits.append, lambda: self.now)

    def fail(self, count: int, keys: int, reason: str = "internal_error") -> None:
        for number in range(count):
            self.brake.dead_lettered(record(f"key-{number % keys}"), reason)


def test_internal_errors_of_several_keys_pause_the_stage_once_and_again_after_a_resume() -> None:
    braking = Braking()
    braking.fail(9, keys=3)
    assert braking.hits == []
    braking.fail(20, keys=3, reason="retries_exhausted")
    assert len(braking.hits) == 1
    braking.brake.release()
    braking.fail(9, keys=3)
    assert len(braking.hits) == 1
    braking.fail(1, keys=3)
    assert len(braking.hits) == 2


def test_one_producers_garbage_stops_nobody() -> None:
    braking = Braking()
    braking.fail(10_000, keys=1_000, reason="undecodable")
    braking.fail(10_000, keys=1_000, reason="unverified")
    braking.fail(10_000, keys=2)
    assert braking.hits == []
    without_keys = Braking()
    for _ in range(10_000):
        without_keys.brake.dead_lettered(record(None, "one-producer"), "internal_error")
    assert without_keys.hits == []


def test_where_most_events_go_well_or_the_errors_are_old_the_stage_goes_on() -> None:
    braking = Braking()
    for _ in range(100):
        braking.fail(9, keys=9)
        for _ in range(11):
            braking.brake.went_well()
    braking.fail(9, keys=9)
    braking.now += 301
    braking.fail(9, keys=9)
    assert braking.hits == []
