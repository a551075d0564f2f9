"""Uniquely numbered intents at a steady rate, and which of them the broker acknowledged."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

from agents.domain.verdicts import Fatal
from pipeline.kafka.producer import Publisher
from pipeline.operations.submit import Submission

SOURCE = "chaos"
BATCH_SECONDS = 0.1
Wording = Callable[[int], tuple[str, str]]
"""The key of the intent with this number, and its words."""


class Traffic:
    """`numbers` are those of the acknowledged intents by intent id, `keys` their keys."""

    def __init__(self, publisher: Publisher, wording: Wording) -> None:
        self._publisher = publisher
        self._wording = wording
        self.numbers: dict[str, int] = {}
        self.keys: dict[str, str] = {}

    async def publish(self, numbers: range, seconds: float) -> None:
        """Publish these over so many seconds. Returns when all are acknowledged."""
        batches = max(1, round(seconds / BATCH_SECONDS))
        ends = [numbers.start + len(numbers) * batch // batches for batch in range(batches + 1)]
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for batch, (first, end) in enumerate(pairwise(ends)):
            await self._publish_now(range(first, end))
            await asyncio.sleep(begun + (batch + 1) * BATCH_SECONDS - loop.time())

    async def _publish_now(self, numbers: range) -> None:
        submissions = {}
        for number in numbers:
            key, words = self._wording(number)
            submissions[number] = Submission(words.encode(), SOURCE, str(number), key)
        records = [submission.record() for submission in submissions.values()]
        try:
            await self._publisher.publish(records)
        except Fatal:  # some may be in the log all the same: the same ids again make duplicates of them
            await self._publisher.publish(records)
        for number, submission in submissions.items():
            self.numbers[submission.intent_id] = number
            self.keys[submission.intent_id] = submission.key or ""
