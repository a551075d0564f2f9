"""What the `openai` client raises, in the words of the port."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from openai import APIConnectionError, APIStatusError, APITimeoutError

from agents.domain.model_usage import ModelAway, Outcome, Unanswered

_LONGEST_DELAY_SECONDS = 3600.0
_LONG_DELAY_SECONDS = 30.0
"""Delay before retrying with a key, name or quota that somebody must correct."""
_LONGEST_WORDS = 300
_QUOTA = "insufficient_quota"
_ABOUT_THE_REQUEST = (400, 413, 422)
"""Not accepted as it is: the same request would not be accepted later either."""


def timed_out(model: str, seconds: float) -> ModelAway:
    """No answer in time."""
    return ModelAway(Outcome.TIMED_OUT, f"The model {model} did not answer within {seconds:.1f} s.")


def away_from_connection(model: str, fault: APIConnectionError, seconds: float) -> ModelAway:
    """No connection, or one that broke."""
    if isinstance(fault, APITimeoutError):
        return timed_out(model, seconds)
    return ModelAway(
        Outcome.UNAVAILABLE, f"The model {model} cannot be reached: check `model.base_url` and the network."
    )


def away_or_unanswered(model: str, fault: APIStatusError, key: str = "") -> ModelAway | Unanswered:
    """An HTTP status other than success. A wrong key or name works once somebody corrects it: until then the model is
    unavailable.

    `key` is kept out of what the server says.
    """
    status = fault.status_code
    if status == 429:
        delay = _LONG_DELAY_SECONDS if fault.code == _QUOTA else retry_after_seconds(fault.response.headers)
        return ModelAway(
            Outcome.RATE_LIMITED, f"The model {model} is rate-limiting requests (HTTP 429).", delay_seconds=delay
        )
    if status in (401, 403, 404):
        advice = "check `model.api_key`, `model.name` and `model.base_url`"
        message = f"The model {model} is not available (HTTP {status}): {advice}."
        return ModelAway(Outcome.UNAUTHORIZED, message, delay_seconds=_LONG_DELAY_SECONDS)
    if status in _ABOUT_THE_REQUEST:
        words = said_by_server(fault, key)
        return Unanswered(
            Outcome.NOT_ACCEPTED, f"The model {model} does not accept the request (HTTP {status}){words}."
        )
    delay = retry_after_seconds(fault.response.headers)
    return ModelAway(Outcome.UNAVAILABLE, f"The model {model} fails (HTTP {status}).", delay_seconds=delay)


def said_by_server(fault: APIStatusError, key: str) -> str:
    """The server's own words in one line, without the key; nothing where it said nothing."""
    said = fault.body.get("message") if isinstance(fault.body, Mapping) else None
    line = " ".join((said if isinstance(said, str) else fault.response.text).split())
    line = (line.replace(key, "…") if key else line)[:_LONGEST_WORDS]
    return f": “{line}”" if line else ""


def retry_after_seconds(headers: Mapping[str, str], now: datetime | None = None) -> float:
    """From `retry-after-ms` or `Retry-After` (RFC 9110, 10.2.3: seconds or a date); 0 where neither can be read."""
    try:
        if milliseconds := headers.get("retry-after-ms"):
            return _bounded(float(milliseconds) / 1000)
        return _bounded(_seconds(headers.get("retry-after", "0"), now or datetime.now(UTC)))
    except (ValueError, TypeError):
        return 0.0


def _seconds(value: str, now: datetime) -> float:
    try:
        return float(value)
    except ValueError:
        return (parsedate_to_datetime(value) - now).total_seconds()


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), _LONGEST_DELAY_SECONDS) if seconds == seconds else 0.0
