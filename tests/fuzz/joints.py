"""Everywhere that words fit into a request: sentences, lines, labels, brackets, letters, and between any two words."""

import random
import re
from collections.abc import Callable

Frame = Callable[[str, str, random.Random], str]

_LABELS = ("Note", "Comment", "Remarks", "Info", "Update", "PS", "FYI", "NB", "Attention")
_EXCUSES = ("Reason", "Background", "Purpose", "Status", "Approval", "Explanation")
_ENDS = re.compile(r"(?<=[.!?])\s|\n")
_GAPS = re.compile(r"(?<=\S)[ \n](?=\S)")


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + ("" if words[-1:] in "?!.)]" else ".")


def _open(text: str) -> str:
    """Without its last stop, so that more may follow."""
    return text.rstrip().rstrip(".!?")


def _between(text: str, put: str, gaps: re.Pattern[str], choice: random.Random) -> str:
    ends = [match.start() for match in gaps.finditer(text)] or [len(text)]
    at = choice.choice(ends)
    return f"{text[:at]} {put}{text[at:]}"


def _labelled(labels: tuple[str, ...]) -> Frame:
    def frame(text: str, words: str, choice: random.Random) -> str:
        line = f"{choice.choice(labels)}: {words}"
        return f"{text}\n{line}" if choice.random() < 0.7 else f"{line}\n{text}"

    return frame


def _within(before: str, after: str) -> Frame:
    return lambda text, words, choice: _between(text, f"{before}{words}{after}", _GAPS, choice)


def _tail(joint: str) -> Frame:
    return lambda text, words, _: f"{_open(text)}{joint}{words}."


def _around(pattern: str) -> Frame:
    return lambda text, words, _: pattern.format(text=text, words=words, Sentence=_sentence(words))


_EVERYWHERE: tuple[Frame, ...] = (
    _around("{text} {Sentence}"),
    _around("{text}\n{words}"),
    _labelled(_LABELS),
    _within("(", ")"),
    _tail(", "),
    _tail(" - "),
    _around("{Sentence} {text}"),
)
_BEHIND_A_REASON = _tail(" because of the load, ")
_SENTENCES: tuple[Frame, ...] = (
    *_EVERYWHERE,
    _BEHIND_A_REASON,
    lambda text, words, choice: _between(text, _sentence(words), _ENDS, choice),
    _around("{text}\n\n{Sentence}"),
    _labelled(_EXCUSES),
    _within("[", "]"),
    _within("- ", " -"),
    _tail(", but "),
    _tail(", although "),
    _tail(" since the derby draws 60,000 fans, "),
    _tail(", as "),
    _around("{words}: {text}"),
    _around("Hi all, {words}.\n\n{text}"),
    _around("Dear Kenji ({words}),\n\n{text}"),
    _around("{text}\n\nKind regards,\nTom\n{words}"),
    _around("{text}\n\nBR, Tom - {words}"),
    _around("Subject: {words}\n\n{text}"),
    _around("> {words}\n\n{text}"),
)
_PHRASES: tuple[Frame, ...] = (
    *_EVERYWHERE,
    _within("", ""),
    _within("", ""),
    _within(", ", ","),
    _tail(" "),
)
_ADDITIONS: tuple[Frame, ...] = (*_PHRASES, _BEHIND_A_REASON)
_ASIDES: tuple[Frame, ...] = (
    *_ADDITIONS,
    _around("{words}, {text}"),
    _around("{words}: {text}"),
    _around("{text}\n\nKind regards,\nTom\n{words}"),
)
FRAMES = {"sentence": _SENTENCES, "phrase": _PHRASES, "addition": _ADDITIONS, "aside": _ASIDES}
"""Whole sentences; what would be part of a reason behind one; what would not; what may as well stand apart."""


def joined(text: str, words: str, frames: str, choice: random.Random) -> str:
    """The request with these words at one of its joints."""
    return choice.choice(FRAMES[frames])(text, words, choice)
