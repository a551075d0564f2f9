"""Is a sentence a question, which is not answered here, or a polite request?"""

from itertools import pairwise

from agents.understanding.clauses import Clause
from agents.understanding.inflection import PARTICIPLE
from agents.understanding.nodes import Node
from agents.understanding.segments import CONTENT, Kind
from agents.understanding.sentences import Sentence
from agents.understanding.verb_forms import verb_forms

_QUESTION_WORDS = (
    *("should", "shall", "must", "does", "do", "did", "is", "are", "was", "were", "has", "why", "how", "what", "when"),
    *("where", "which", "who", "how many", "how much"),
)
_OPENING = (*_QUESTION_WORDS, "would", "could", "can", "will")
_POLITE = (
    *("please", "pls", "plz", "kindly", "could", "can", "would", "will", "let's", "lets", "how about", "what about"),
    *("ok", "okay", "is it possible", "would it be possible", "any chance", "is there any chance"),
)


def is_question(sentence: Sentence, clauses: list[Clause], *, is_behind_order: bool) -> bool:
    """True for a question that is no polite request, with its question mark or without."""
    is_asking = sentence.is_question or _opens_question(sentence)
    return is_asking and _is_no_request(sentence, clauses, is_behind_order)


def _is_no_request(sentence: Sentence, clauses: list[Clause], is_behind_order: bool) -> bool:
    words = _words(sentence)
    if not clauses or not words:
        return False
    first = words[0]
    is_polite = any(node.low in _POLITE or "courtesy" in node for node in sentence.nodes)
    if sentence.is_question and any(each.kind is Kind.REQUEST for each in clauses) and not is_polite:
        return True
    if first.low in ("can", "will", "may") and _asks_of_object(words):
        return True
    if sentence.is_question and is_behind_order and (first.low in _OPENING or "wh" in first) and len(words) > 1:
        return True
    is_opened = first.low in _QUESTION_WORDS or first.is_any("wh", "modal")
    is_request = any(clause.kind is Kind.REQUEST for clause in clauses)
    if is_request and not (is_opened and (not first.is_any("lead") or first.is_any("modal"))):
        return False
    return any(node.is_any(*CONTENT, "unverb", "unobject", "unknown", "object_pronoun") for node in words)


def _opens_question(sentence: Sentence) -> bool:
    """`should we scale …` without its question mark."""
    words = _words(sentence)
    is_inverted = len(words) > 1 and words[1].is_any("pronoun", "det", "thing")
    return bool(words) and words[0].low in _QUESTION_WORDS and is_inverted and words[0].low not in ("do", "has")


def _asks_of_object(words: list[Node]) -> bool:
    """`can the AMF in tokyo-1 run 5 replicas?`: is it able to? But `can the AMF be scaled` asks for it."""
    is_of_object = any("thing" in node for node in words[1:4]) and not words[1].is_any("pronoun", "verb")
    is_passive = any("be" in one and PARTICIPLE in verb_forms(other) for one, other in pairwise(words))
    return is_of_object and not is_passive and not any("courtesy" in node for node in words)


def _words(sentence: Sentence) -> list[Node]:
    return [node for node in sentence.nodes if not node.is_any("adverb", "comma", "greeting", "who")]
