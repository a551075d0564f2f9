"""What logs show on a terminal, and what they leave out."""

import logging

import pytest
import structlog

from pipeline.telemetry.logs import LogSettings, start_logging

HOSTILE = "\x1b[2J and \x9b31m and \u202e"


@pytest.mark.parametrize("form", ["text", "json"])
def test_control_characters_reach_no_terminal_whatever_writes_them(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    start_logging(LogSettings.model_validate({"form": form}))
    log = structlog.get_logger()
    log.warning("a record", why=HOSTILE)
    logging.getLogger("a library").warning("of %s", HOSTILE)
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        log.exception("a fault")
        logging.getLogger("a library").exception("a fault of %s", HOSTILE)
    told = capsys.readouterr().err
    assert told.count("a fault") == 2
    assert not [raw for raw in ("\x1b[2J", "\x9b", "\u202e") if raw in told]
