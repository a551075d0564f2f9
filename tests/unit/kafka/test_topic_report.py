"""What is said of topics that are not as the table wants them."""

from pipeline.kafka.topic_report import TopicState, describe_faults, report_on
from schemas.topics import PARSED, PROPOSED, RECEIVED


def test_topics_with_the_same_fault_share_a_line_with_one_remedy() -> None:
    reports = [report_on(topic, topic.name, 12, TopicState(6, 3, topic.config)) for topic in (RECEIVED, PARSED)]

    lines = describe_faults(reports).splitlines()

    assert lines[0] == "6 partitions instead of 12: intents.received, intents.parsed"
    assert lines[1].startswith("  set NEPHORAN_KAFKA__PARTITIONS to 6")
    assert len(lines) == 2


def test_a_compacted_topic_may_have_any_retention() -> None:
    state = TopicState(12, 3, {**PROPOSED.config, "retention.ms": "1"})

    assert report_on(PROPOSED, PROPOSED.name, 12, state).verdict == "as wanted"


def test_a_missing_topic_is_a_fault_but_no_difference() -> None:
    report = report_on(RECEIVED, "blue.intents.received", 12, None)

    assert report.differences == ()
    assert "blue.intents.received" in describe_faults([report])
    assert report.row()["partitions"] is None
