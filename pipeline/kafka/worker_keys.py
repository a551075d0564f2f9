"""Which signing keys the workers accept: each tells it in the client id with which it joins its groups.

A fingerprint says nothing of its key, and who may describe a group may know who is in it. So no record, no topic and no
further right is needed, and what is told is of workers that live now.
"""

from collections.abc import Iterable
from contextlib import suppress

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from pipeline.kafka.settings import KafkaSettings
from pipeline.kafka.signatures import Keyring

MARK = ".keys."
ANSWER_SECONDS = 10.0


def telling_keys(kafka: KafkaSettings, keyring: Keyring) -> KafkaSettings:
    """The settings of a client that tells which keys it accepts."""
    return kafka.model_copy(update={"client_id": kafka.client_id + MARK + ".".join(keyring.fingerprints)})


def keys_told(client_id: str) -> frozenset[str]:
    """The fingerprints in a client id; none where it is not a worker's."""
    _, mark, keys = client_id.rpartition(MARK)
    return frozenset(keys.split(".")) if mark else frozenset()


def accepted_keys(kafka: KafkaSettings, groups: Iterable[str]) -> list[frozenset[str]]:
    """For each member of these groups the fingerprints of the keys that it accepts. Empty where nobody is at work, or
    Kafka does not tell."""
    names = [kafka.topic_prefix + group for group in groups]
    admin = AdminClient(kafka.librdkafka())  # answers only while somebody holds it
    asked = admin.describe_consumer_groups(names, request_timeout=ANSWER_SECONDS)
    told = []
    for answer in asked.values():
        with suppress(KafkaException, TimeoutError):
            told += [keys_told(member.client_id) for member in answer.result(2 * ANSWER_SECONDS).members]
    return [keys for keys in told if keys]
