"""Refusals of brokers, in words: who lacks which right to what. A missing right is never reported as a missing
topic."""

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)

from pipeline.kafka.not_usable import NotUsable
from pipeline.kafka.settings import KafkaSettings

REMEDY = "`nephoran topics rights` lists what each role needs"
WHOSE = (
    (TopicAuthorizationFailedError, "the topic"),
    (GroupAuthorizationFailedError, "the consumer group"),
    (ClusterAuthorizationFailedError, "the cluster"),
)


def who(kafka: KafkaSettings) -> str:
    """Who we are to the brokers."""
    if kafka.is_authenticated:
        return f"the user {kafka.sasl_username}"
    if kafka.tls_certificate_file:
        return f"the holder of {kafka.tls_certificate_file}"
    return "a client without credentials"


def missing_right(error: BaseException, kafka: KafkaSettings, to: str = "use") -> str | None:
    """Which right is missing, and where to read what is needed; None where it is about something else."""
    for kind, what in WHOSE:
        if isinstance(error, kind):
            return f"{who(kafka)} may not {to} {what}{_named(error)} ({kind.__name__}): {REMEDY}"
    return None


def explained(error: BaseException, kafka: KafkaSettings, doing: str) -> NotUsable:
    """What a client failed with, as a sentence for people. `doing` names what it was about."""
    if right := missing_right(error, kafka):
        return NotUsable(f"Kafka at {kafka.bootstrap_servers} refuses {doing}: {right}")
    if isinstance(error, TimeoutError):
        return NotUsable(
            f"Kafka at {kafka.bootstrap_servers} does not answer {doing} in time: are enough of its brokers up? "
            "`nephoran doctor` shows more"
        )
    why = str(error) if isinstance(error, KafkaError) and error.args else repr(error)
    return NotUsable(f"Kafka at {kafka.bootstrap_servers} does not answer {doing}: {why}; `nephoran doctor` shows more")


def _named(error: BaseException) -> str:
    """The names that aiokafka puts into an error: one, or a set of them."""
    names = error.args[0] if error.args else ()
    names = [names] if isinstance(names, str) else sorted(map(str, names))
    return f" {', '.join(names)}" if names else ""
