"""Quix Streams: a data frame from topic to topic, at least once; it commits what was acknowledged."""

import sys
import tempfile

from quixstreams import Application

bootstrap, source, target = sys.argv[1:4]
app = Application(
    broker_address=bootstrap,
    consumer_group=f"{target}-hop",
    auto_offset_reset="earliest",
    auto_create_topics=False,
    state_dir=tempfile.mkdtemp(),
    loglevel="ERROR",
)
received = app.topic(source, value_deserializer="bytes", key_deserializer="bytes")
parsed = app.topic(target, value_serializer="bytes", key_serializer="bytes")
app.dataframe(received).to_topic(parsed)
app.run()
