"""The topics as others rely on them. A difference here is a change for producers, consumers and operators."""

from syrupy.assertion import SnapshotAssertion

from schemas.topics import DEFAULT_PARTITIONS, TOPICS


def test_the_topics_and_their_settings(snapshot: SnapshotAssertion) -> None:
    table = {topic.name: topic.config for topic in TOPICS}

    assert {"partitions": DEFAULT_PARTITIONS, "topics": table} == snapshot
