"""Logs: JSON where a machine reads them, columns where a person does; ids from the context, never payloads."""

import logging
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Literal

import structlog
from pydantic import BaseModel, ConfigDict
from structlog.typing import EventDict, Processor, WrappedLogger

from pipeline.telemetry.repeated_lines import RepeatedLines
from pipeline.telemetry.terminal_text import spelt_out
from pipeline.telemetry.tracing import current_ids

_event_in_hand: ContextVar[Mapping[str, str]] = ContextVar("event_in_hand", default=MappingProxyType({}))


class LogSettings(BaseModel):
    """How much is said, and in which form."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The lowest severity. `info` has a line for every answer to a requester, `debug` one per event and stage."""
    form: Literal["auto", "json", "text"] = "auto"
    """`auto`: text on a terminal, JSON elsewhere."""


def start_logging(settings: LogSettings) -> None:
    """Write logs to standard error, our own and the libraries' alike. Standard output is for results."""
    is_json = settings.form == "json" or (settings.form == "auto" and not sys.stderr.isatty())
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    shared: list[Processor] = [
        _add_event_in_hand,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace_ids,
    ]
    shown: list[Processor] = [structlog.processors.format_exc_info]
    shown += [structlog.processors.JSONRenderer()] if is_json else [_spell_out, structlog.dev.ConsoleRenderer()]
    structlog.configure(
        processors=[*shared, structlog.processors.StackInfoRenderer(), *shown],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_drop_record, *shown])
    )
    handler.addFilter(RepeatedLines())
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)


def event_in_hand(**ids: str) -> None:
    """The fields of every line of this task from now on, in place of those of the previous event."""
    _event_in_hand.set(ids)


def _add_event_in_hand(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {**event, **_event_in_hand.get()}


def _add_trace_ids(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    if ids := current_ids():
        event["trace_id"], event["span_id"] = ids
    return event


def _spell_out(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """What came in by records is in messages and tracebacks, too; JSON escapes it anyway."""
    return {name: spelt_out(value) if isinstance(value, str) else value for name, value in event.items()}


def _drop_record(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return event
