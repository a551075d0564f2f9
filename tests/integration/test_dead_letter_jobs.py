"""Dead letters on real Kafka: each replayed exactly once by a job, byte for byte, whatever interrupts it."""

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipeline.kafka.bulk import BulkReader
from pipeline.kafka.dead_letters import Cause, dead_letter
from pipeline.kafka.not_usable import NotPossible
from pipeline.kafka.producer import Publisher
from pipeline.kafka.records import Outgoing, Record
from pipeline.kafka.settings import KafkaSettings
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.signed_events import EventWriter, lineage_of
from pipeline.operations.dead_letter_backlog import Backlog
from pipeline.operations.dead_letter_files import exported, import_letters
from pipeline.operations.dead_letter_stats import Stats
from pipeline.operations.dead_letters import LetterFilter
from pipeline.operations.replay import Pace, ReplayJob, resumed
from pipeline.operations.republish import Repair, Replay
from pipeline.settings import Settings
from schemas.envelope import Intent, Order
from schemas.topics import RECEIVED

KEY = "a key of this test, and long enough"
WRITER = EventWriter(Keyring((KEY.encode(),)), "nephoran/parse")
CAUSE = Cause("parse", "nephoran-parse", "not_utf8", "why", 1, datetime.now(UTC))


def settings_for(kafka: KafkaSettings) -> Settings:
    return Settings.model_validate({"kafka": kafka, "signing": {"keys": [KEY]}, "git": {"repository": "unused.git"}})


@pytest.fixture
def settings(kafka: KafkaSettings) -> Settings:
    return settings_for(kafka)


def letter(number: int, reason: str = "not_utf8", value: bytes | None = None, **record: object) -> Outgoing:
    now_ms = int(time.time() * 1_000)
    content = b"\xff%d" % number if value is None else value
    digest = hashlib.sha256(content).hexdigest()
    intent = Intent(f"00000000-0000-4000-8000-{number:012d}", Order(now_ms, 0, number), 0, digest, now_ms)
    arrived = Record(RECEIVED.name, number % 3, number // 3, now_ms, b"k%d" % (number % 7), content)._replace(**record)  # type: ignore[arg-type]
    return dead_letter(arrived, Cause("parse", "nephoran-parse", reason, "why", 1, datetime.now(UTC)), intent, WRITER)


async def publish(settings: Settings, letters: list[Outgoing]) -> None:
    publisher = Publisher(settings.kafka)
    await publisher.start()
    await publisher.publish(letters)
    await publisher.stop()


def received(settings: Settings) -> list[Record]:
    """What is on `intents.received` and committed."""
    with BulkReader(settings.kafka) as reader:
        return [record for batch in reader.read(reader.spans([RECEIVED.name])) for record in batch]


def job(settings: Settings, wanted: LetterFilter | None = None, name: str = "job", **pace: float | None) -> ReplayJob:
    return ReplayJob(settings, wanted or LetterFilter(), Replay(name), Pace(**({"per_second": None} | pace)))  # type: ignore[arg-type]


async def test_a_job_replays_what_the_filter_means_and_no_other_job_does_it_again(settings: Settings) -> None:
    await publish(settings, [letter(n, "not_utf8" if n % 4 else "broken_json") for n in range(200)])
    first = job(settings, LetterFilter(reason="broken_json"))
    looked_at = await asyncio.to_thread(lambda: list(first.preview()))
    assert Counter(outcome.result for outcome in looked_at) == {"would_replay": 50}
    done = await asyncio.to_thread(lambda: list(first.run()))
    assert Counter(outcome.result for outcome in done) == {"replayed": 50}
    assert await asyncio.to_thread(lambda: list(job(settings, LetterFilter(reason="broken_json"), "other").run())) == []
    assert len(await asyncio.to_thread(received, settings)) == 50


async def test_what_no_stage_has_sealed_keeps_no_letter_from_being_replayed(settings: Settings) -> None:
    real = letter(1)
    forged = real._replace(value=b"of a stranger", headers=real.headers[:-1])
    await publish(settings, [forged])
    await publish(settings, [real])
    await publish(settings, [forged])
    done = await asyncio.to_thread(lambda: list(job(settings).run()))
    assert Counter(outcome.result for outcome in done) == {"refused": 1, "replayed": 1}
    (replayed,) = await asyncio.to_thread(received, settings)
    assert replayed.value == real.value


async def test_a_job_that_is_killed_goes_on_and_replays_each_letter_once(settings: Settings, tmp_path: Path) -> None:
    await publish(settings, [letter(n) for n in range(3_000)])
    environment = os.environ | {
        "NEPHORAN_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "NEPHORAN_KAFKA__TOPIC_PREFIX": settings.kafka.topic_prefix,
        "NEPHORAN_SIGNING__KEYS": f'["{KEY}"]',
        "NEPHORAN_GIT__REPOSITORY": "unused.git",
    }
    code = (
        "from pipeline.operations.replay import *; from pipeline.settings import Settings;"
        "from pipeline.operations.republish import Replay\n"
        "job = ReplayJob(Settings(), LetterFilter(), Replay('killed'), Pace(None, 600.0))\n"
        "for done in job.run(): print('.', flush=True)"
    )
    for kill_after in (100, 400):
        with subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE) as process:  # noqa: ASYNC220
            assert process.stdout is not None
            for _ in range(kill_after):
                await asyncio.to_thread(process.stdout.readline)
            process.send_signal(signal.SIGKILL)
    taken_up = await asyncio.to_thread(resumed, settings, "killed")
    taken_up.pace = Pace(None, None)
    await asyncio.to_thread(lambda: list(taken_up.run()))
    times = Counter(record.value for record in await asyncio.to_thread(received, settings))
    assert len(times) == 3_000
    assert set(times.values()) == {1}


@hypothesis_settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.none() | st.binary(max_size=20),
            st.binary(max_size=60),
            st.lists(st.tuples(st.sampled_from(["a", "b", "trace-id"]), st.none() | st.binary(max_size=8)), max_size=4),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_key_value_and_headers_of_others_arrive_byte_for_byte(
    kafka_address: str, contents: list[tuple[bytes | None, bytes, list[tuple[str, bytes | None]]]]
) -> None:
    asyncio.run(_replay_all_of(kafka_address, contents))


async def _replay_all_of(
    address: str, contents: list[tuple[bytes | None, bytes, list[tuple[str, bytes | None]]]]
) -> None:
    from tests.servers.kafka_topics import drop_topics, make_topics

    kafka = KafkaSettings(bootstrap_servers=address, topic_prefix=f"test-{time.time_ns()}.", partitions=2)
    await make_topics(kafka)
    settings = Settings.model_validate(
        {"kafka": kafka, "signing": {"keys": [KEY]}, "git": {"repository": "unused.git"}}
    )
    letters = [
        letter(number, value=value, key=key, headers=tuple(headers))
        for number, (key, value, headers) in enumerate(contents)
    ]
    await publish(settings, letters)
    await asyncio.to_thread(lambda: list(job(settings).run()))
    arrived = Counter(
        (record.key, record.value, tuple(header for header in record.headers if not header[0].startswith("nephoran-")))
        for record in await asyncio.to_thread(received, settings)
    )
    await drop_topics(kafka)
    assert arrived == Counter((key, value, tuple(headers)) for key, value, headers in contents)


async def test_the_newest_page_has_the_newest_and_statistics_tell_the_trend(settings: Settings) -> None:
    await publish(settings, [letter(n, "not_utf8") for n in range(1_500)])
    await publish(settings, [letter(2_000 + n, "broken_json") for n in range(10)])
    backlog = Backlog(settings)
    page = await asyncio.to_thread(backlog.newest, 10)
    assert {each.reason for each in page} == {"broken_json"}
    ends = page[-1].at
    before = await asyncio.to_thread(Backlog(settings, LetterFilter(until=ends)).newest, 5)
    assert len(before) == 5
    assert all(each.at < ends for each in before)
    stats = Stats(Backlog(settings))
    await asyncio.to_thread(stats.read)
    assert {row.reason: (row.count, row.last_hour) for row in stats.rows()} == {
        "not_utf8": (1_500, 1_500),
        "broken_json": (10, 10),
    }


async def test_exported_letters_come_back_byte_for_byte_and_are_the_same_letters(settings: Settings) -> None:
    await publish(settings, [letter(n, value=bytes(range(256))) for n in range(20)])
    lines = await asyncio.to_thread(lambda: list(exported(Backlog(settings))))
    assert await import_letters(settings, lines) == 20
    assert len(await asyncio.to_thread(Backlog(settings).newest, 100)) == 20, "the same places, once each"
    assert sorted(await asyncio.to_thread(lambda: list(exported(Backlog(settings))))) == sorted(lines * 2)


async def test_the_pace_is_kept_within_a_twentieth(settings: Settings) -> None:
    await publish(settings, [letter(n) for n in range(600)])
    work = job(settings, per_second=150.0)
    seen: list[float] = []

    def run() -> Iterator[float]:
        for _ in work.run():
            yield time.monotonic()

    seen = await asyncio.to_thread(lambda: list(run()))
    assert 0.95 * 150 <= (len(seen) - 15) / (seen[-1] - seen[0]) <= 1.05 * 150


async def test_each_value_goes_through_the_program_and_one_that_it_refuses_stays(settings: Settings) -> None:
    await publish(settings, [letter(number, value=b"scale %d" % number) for number in range(5)])
    program = "sh -c 'test $DEAD_LETTER_PLACE != intents.received/1/0 && tr a-z A-Z'"
    asked = ReplayJob(settings, LetterFilter(), Replay("via", Repair(via=program)), Pace(None, None))
    outcomes = {outcome.letter.place: outcome for outcome in asked.run()}
    assert outcomes["intents.received/1/0"].result == "refused"
    assert "ended with 1" in outcomes["intents.received/1/0"].message
    assert sorted(record.value or b"" for record in received(settings)) == [b"SCALE %d" % n for n in (0, 2, 3, 4)]
    for record in received(settings):
        assert record.header("nephoran-digest") == hashlib.sha256(record.value or b"").hexdigest().encode()


async def test_the_same_bytes_that_come_back_after_a_replay_are_told_as_a_loop(settings: Settings) -> None:
    await publish(settings, [letter(0, value=b"as it was"), letter(1, value=b"to be repaired")])
    first, second = (place for place in ("intents.received/0/0", "intents.received/1/0"))
    list(ReplayJob(settings, LetterFilter(names=(first,)), Replay("plain"), Pace(None, None)).run())
    repaired = Replay("repaired", Repair(b"repaired"))
    list(ReplayJob(settings, LetterFilter(names=(second,)), repaired, Pace(None, None)).run())
    came_back = [dead_letter(record, CAUSE, lineage_of(_texts(record)), WRITER) for record in received(settings)]
    assert len(came_back) == 2
    await publish(settings, came_back)
    stats = Stats(Backlog(settings))
    stats.read()
    (row,) = stats.rows()
    assert (row.count, row.came_back, row.same_bytes) == (2, 2, 1)
    told = {outcome.letter.original.value: outcome.message for outcome in job(settings, name="again").preview()}
    assert "the same bytes came back after a replay (1 so far)" in told[b"as it was"]
    assert told[b"repaired"] == ""
    repaired_now = ReplayJob(settings, LetterFilter(), Replay("now repaired", Repair(via="tr a-z A-Z")))
    assert {outcome.message for outcome in repaired_now.preview()} == {""}


def _texts(record: Record) -> dict[str, str]:
    return {name: (value or b"").decode() for name, value in record.headers}


async def test_a_job_with_one_value_repaired_by_hand_cannot_be_resumed_without_it(settings: Settings) -> None:
    await publish(settings, [letter(0)])
    list(ReplayJob(settings, LetterFilter(), Replay("by hand", Repair(b"repaired")), Pace(None, None)).run())
    with pytest.raises(NotPossible, match="which is not kept"):
        resumed(settings, "by hand")
