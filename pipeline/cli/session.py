"""How every command that does something starts: the settings, and logs that do not get in the way."""

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.settings import Settings


def begin() -> "Settings":
    """The effective settings, with logs and traces started. Kafka's client stays silent below `debug`.

    Raises: ValidationError with every fault.
    """
    from pipeline.settings import Settings
    from pipeline.telemetry.logs import start_logging
    from pipeline.telemetry.tracing import start_tracing

    settings = Settings()
    start_tracing(settings.tracing)
    level = "warning" if settings.log.level == "info" else settings.log.level
    start_logging(settings.log.model_copy(update={"level": level}))
    if level != "debug":
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    return settings
