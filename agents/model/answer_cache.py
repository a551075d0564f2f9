"""Answers that held, by the question they answer: the longest unused leave first."""

from collections import OrderedDict
from hashlib import sha256
from typing import Generic

from agents.domain.model_usage import AnswerT


class AnswerCache(Generic[AnswerT]):
    """Keeps at most `capacity` answers. What is found is verified again: rules and inventory may have changed since."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._answers: OrderedDict[str, AnswerT] = OrderedDict()

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: str) -> AnswerT | None:
        """The answer kept under this key."""
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
        return answer

    def put(self, key: str, answer: AnswerT) -> None:
        """Keeps it, and lets the longest unused go where there are too many."""
        self._answers[key] = answer
        self._answers.move_to_end(key)
        while len(self._answers) > self._capacity:
            self._answers.popitem(last=False)

    def forget(self, key: str) -> None:
        """For an answer that does not hold any more."""
        self._answers.pop(key, None)


def answer_key(model: str, instructions: str, request: str) -> str:
    """The same for the same question to the same model under the same instructions."""
    parts = (sha256(part.encode()).hexdigest() for part in (model, instructions, request))
    return sha256(":".join(parts).encode()).hexdigest()
