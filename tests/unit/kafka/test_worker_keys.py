"""What a worker tells of its keys: each of them, and nothing that would help to forge."""

from pipeline.kafka.settings import KafkaSettings
from pipeline.kafka.signatures import Keyring
from pipeline.kafka.worker_keys import fingerprints_in, with_fingerprints

OLD, NEW = b"the key until today, long enough", b"the key from today on, long enough"


def test_a_client_tells_every_key_that_it_accepts() -> None:
    keyring = Keyring((NEW, OLD))
    client_id = with_fingerprints(KafkaSettings(client_id="nephoran.keys.of-the-north"), keyring).client_id
    assert fingerprints_in(client_id) == {Keyring((OLD,)).fingerprints[0], Keyring((NEW,)).fingerprints[0]}
    assert len(set(keyring.fingerprints)) == 2


def test_other_clients_tell_none() -> None:
    assert fingerprints_in("rdkafka") == frozenset()
