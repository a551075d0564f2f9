"""Faust as its documentation shows it: one agent that sends on. It does not wait for acknowledgements."""

import sys
import tempfile

import faust

bootstrap, source, target = sys.argv[1:4]
app = faust.App(
    f"{target}-hop",
    broker=f"kafka://{bootstrap}",
    datadir=tempfile.mkdtemp(),
    store="memory://",
    web_enabled=False,
    topic_disable_leader=True,
    topic_allow_declare=False,
    consumer_auto_offset_reset="earliest",
)
received = app.topic(source, key_type=bytes, value_type=bytes, internal=False)
parsed = app.topic(target, key_type=bytes, value_type=bytes, internal=False)


@app.agent(received)
async def hop(stream: faust.StreamT) -> None:
    async for key, value in stream.items():
        await parsed.send(key=key, value=value)


app.finalize()
faust.Worker(app, loglevel="warning").execute_from_commandline()
