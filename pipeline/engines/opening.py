"""The engine that the settings ask for."""

from pipeline.engines.contract import Consumes, Engine
from pipeline.engines.settings import EngineSettings
from pipeline.kafka.settings import KafkaSettings


def open_engine(
    topic: str,
    group: str,
    consumes: Consumes,
    kafka: KafkaSettings,
    settings: EngineSettings,
    *,
    commits: bool = True,
) -> Engine:
    """A member of the consumer group `group` that reads `topic`. The other engine is not imported.

    One that does not commit starts at the oldest record at each assignment, which only the fast engine can.
    """
    if settings.kind == "fast" or not commits:
        from pipeline.engines.fast_engine import FastEngine

        return FastEngine(topic, group, consumes, kafka, settings, commits=commits)
    from pipeline.engines.faust_engine import FaustEngine

    return FaustEngine(topic, group, consumes, kafka, settings)
