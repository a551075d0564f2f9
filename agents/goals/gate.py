"""A declined request → may a language model be asked to plan it? Decided before any model sees it.

Refuses what forbids, holds, doubts, asks a question or gives orders to the system itself: there the grammar's question
is the answer. A mistake here lets somebody approve what the request itself ruled out.
"""

import re
from collections.abc import Iterable, Iterator

from agents.domain.verdicts import Declined
from agents.knowledge.pack import KnowledgePack
from agents.understanding.mentions import MentionReader, Mentions
from schemas.bodies import Goal
from schemas.reasons import DeclineReason

GOAL_REASONS = (
    DeclineReason.UNSUPPORTED,
    DeclineReason.AMBIGUOUS,
    DeclineReason.MISSING_TARGET,
    DeclineReason.MISSING_VALUE,
)
LONGEST_CHARACTERS = 2_000
"""A goal is a few sentences; a longer text holds more wishes than anybody can review in one proposal."""
_COMPLAINT = re.compile(
    r"(?<!you )(?<!we )(?<!i )\b(?:does not|doesn't|cannot|can't|can not)\s+(?:(?:quite|always|fully|yet)\s+)?"
    r"(?:meet|reach|attach|register|connect|cope|keep up|respond|get through|achieve|sustain|roam)\b",
    re.IGNORECASE,
)
"""A negation that belongs to the goal: it says what is wrong, and forbids nothing."""
_QUESTION = re.compile(
    r"^\W*(?:why|how|what|which|when|where|who|whose|is|are|was|were|does|do|did|has|have|had|should|shall|may|must)\b",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"\b(?:could|can|would|will) (?:you|someone|somebody|anyone|anybody|we)\b|\bplease\b", re.IGNORECASE
)
_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*")


class GoalGate:
    """Distinguishes goals from requests that only their author can correct."""

    def __init__(self, pack: KnowledgePack) -> None:
        self._mentions = MentionReader(pack)
        self._vetoes = phrases(pack.vocabulary.goal_vetoes)

    def goal_of(self, text: str, declined: Declined) -> Goal | None:
        """The goal, with the grammar's answer; None where that answer stands."""
        if declined.reason not in GOAL_REASONS or len(text) > LONGEST_CHARACTERS or self.why_not(text):
            return None
        return Goal(reason=declined.reason, message=declined.message, question=declined.question)

    def why_not(self, text: str) -> str | None:
        """The words that keep a request away from a model; None where there are none."""
        mentions = self._mentions.read(text)
        if not (mentions.places or mentions.things):
            return text
        if mentions.order_about_itself:
            return mentions.order_about_itself
        return next(self._vetoes_in(text, mentions), None) or next(_questions(text), None)

    def _vetoes_in(self, text: str, mentions: Mentions) -> Iterator[str]:
        complaints = [match.span() for match in _COMPLAINT.finditer(text)]

        def is_complaint(start: int, end: int) -> bool:
            return any(begin <= start and end <= until for begin, until in complaints)

        for span in mentions.forbidding:
            if not is_complaint(span.start, span.end):
                yield mentions.of(span)
        for match in self._vetoes.finditer(text):
            yield match.group()


def _questions(text: str) -> Iterator[str]:
    """A question that wants an answer; a polite question is a request."""
    for match in _SENTENCE.finditer(text):
        sentence = match.group().strip()
        is_asked = sentence.endswith("?") or _QUESTION.match(sentence)
        if sentence and is_asked and not _POLITE.search(sentence):
            yield sentence


def phrases(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds these words and phrases, whatever their case; without any it finds nothing."""
    ordered = sorted(words, key=len, reverse=True)
    alternatives = "|".join(r"\s+".join(map(re.escape, word.split())) for word in ordered)
    return re.compile(rf"(?<![\w-])(?:{alternatives})(?![\w-])" if ordered else r"(?!)", re.IGNORECASE)
