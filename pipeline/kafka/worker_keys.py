"""Which signing keys the workers accept: each puts their fingerprints into the client id with which it joins a group.

A fingerprint reveals nothing of its key, and whoever may describe a group sees its members. So this needs no record, no
topic and no further right, and covers only workers that are alive.
"""

from collections.abc import Iterable
from contextlib import suppress

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from pipeline.kafka.settings import KafkaSettings
from pipeline.kafka.signatures import Keyring

MARK = ".keys."
ANSWER_SECONDS = 10.0


def with_fingerprints(kafka: KafkaSettings, keyring: Keyring) -> KafkaSettings:
    """The settings of a client whose id carries the fingerprints of the keys it accepts."""
    return kafka.model_copy(update={"client_id": kafka.client_id + MARK + ".".join(keyring.fingerprints)})


def fingerprints_in(client_id: str) -> frozenset[str]:
    """The fingerprints in a client id; none where it is not a worker's."""
    _, mark, keys = client_id.rpartition(MARK)
    return frozenset(keys.split(".")) if mark else frozenset()


def accepted_keys(kafka: KafkaSettings, groups: Iterable[str]) -> list[frozenset[str]]:
    """The fingerprints of the keys that each member of these groups accepts. Empty if there is none, or Kafka does not
    say."""
    names = [kafka.topic_prefix + group for group in groups]
    admin = AdminClient(kafka.librdkafka())  # answers only while somebody holds it
    asked = admin.describe_consumer_groups(names, request_timeout=ANSWER_SECONDS)
    told = []
    for answer in asked.values():
        with suppress(KafkaException, TimeoutError):
            told += [fingerprints_in(member.client_id) for member in answer.result(2 * ANSWER_SECONDS).members]
    return [keys for keys in told if keys]
