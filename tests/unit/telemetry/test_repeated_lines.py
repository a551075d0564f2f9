"""A broker that is away does not fill the disk with logs."""

import logging

from pipeline.telemetry.repeated_lines import QUIET_SECONDS, RepeatedLines


def line(text: str, *values: object) -> logging.LogRecord:
    return logging.LogRecord("aiokafka", logging.ERROR, __file__, 1, text, values, None)


def test_a_repeated_line_is_said_once_in_a_while_with_how_often_it_was_left_out() -> None:
    now = 0.0
    lines = RepeatedLines(lambda: now)
    assert lines.filter(line("Unable connect to %s", "kafka-1"))
    assert lines.filter(line("Unable connect to %s", "kafka-2"))
    assert not any(lines.filter(line("Unable connect to %s", "kafka-1")) for _ in range(400))
    now = QUIET_SECONDS
    again = line("Unable connect to %s", "kafka-1")
    assert lines.filter(again)
    assert again.getMessage() == "Unable connect to kafka-1 (left out 400 times before)"


def test_lines_that_all_differ_are_said_and_not_remembered_for_ever() -> None:
    lines = RepeatedLines(lambda: 0.0)
    assert all(lines.filter(line("%s", number)) for number in range(5_000))
