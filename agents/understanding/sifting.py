"""A sentence → the clauses of it that count, and what is wrong with the sentence as a whole."""

from agents.domain.rules import Fault
from agents.understanding.afterthoughts import afterthought, afterthoughts, is_fate
from agents.understanding.clauses import Clause, clauses_of
from agents.understanding.hypothetical import imagined, scheduled, taken_back
from agents.understanding.nodes import Node
from agents.understanding.questions import is_question
from agents.understanding.segments import CONTENT, Kind
from agents.understanding.sentences import Sentence
from schemas.reasons import DeclineReason

_NOTES = ("note", "notes", "comment", "comments", "remark", "remarks", "ps", "p.s.", "nb", "n.b.", "status", "state")


def sifted(sentence: Sentence, text: str, *, is_behind_order: bool) -> tuple[list[Clause], list[Fault]]:
    """The clauses that count; what a label makes harmless is only looked through for orders."""
    if sentence.role == "old":
        return [], []
    if sentence.role == "time":
        return [], [_time(_quote(sentence.nodes, text))]
    clauses = clauses_of(sentence)
    if sentence.role in ("background", "record"):
        is_note = (sentence.label or sentence.nodes[0]).low in _NOTES
        doubtful = [each for each in clauses if _is_order(each) or is_fate(each) or _forbids(each)]
        doubtful += [each for each in clauses if is_note and each not in doubtful and _changes_something(each)]
        return [], [_told_or_asked(each, text) for each in doubtful]
    if is_question(sentence, clauses, is_behind_order=is_behind_order):
        return [], [_question(_quote(sentence.nodes, text))]
    times = [_quote([time], text) for each in clauses if (time := _time_alone(each, clauses)) is not None]
    doubtful = [each for each in clauses if _is_doubtful(each) and not _is_unneeded(each, clauses)]
    doubtful += [each for each in afterthoughts(clauses, is_behind_order=is_behind_order) if each not in doubtful]
    return clauses, [*map(_time, times), *(_told_or_asked(each, text) for each in doubtful)]


def _time_alone(clause: Clause, clauses: list[Clause]) -> Node | None:
    return scheduled(clause.nodes) if len(clauses) == 1 and clause.kind is not Kind.REQUEST else None


def _is_unneeded(clause: Clause, clauses: list[Clause]) -> bool:
    """`we no longer need the NEF in tokyo-1, please delete it`: the reason of the order behind it."""
    following = clauses[clauses.index(clause) + 1 :][:1]
    is_deleted = any(
        each.kind is Kind.REQUEST
        and each.has("object_pronoun")
        and any(sense.kind in ("delete", "remove") for node in each.nodes for sense in node.get("verb") or ())
        for each in following
    )
    return is_deleted and clause.has("not") and not clause.has("amount", "undecided")


def _is_doubtful(clause: Clause) -> bool:
    if clause.kind is Kind.REQUEST:
        return imagined(clause.nodes) is not None
    first = clause.nodes[0]
    is_corrected = "amount" in first and first["amount"].kind == "bare" and clause.has("be")
    is_taken_back = clause.kind is Kind.STATEMENT and taken_back(clause.nodes)
    return (
        clause.doubt is not None or is_corrected or is_taken_back or ("same" in first and clause.has("thing", "sites"))
    )


def _is_order(clause: Clause) -> bool:
    """Behind a label like `Reason` nothing may be asked for."""
    return clause.kind is Kind.REQUEST and clause.has("verb", "modal") and clause.has(*CONTENT)


def _changes_something(clause: Clause) -> bool:
    """`PS: 5, not 4`, `Note: the SMF as well`, `Status: rejected`."""
    if taken_back(clause.nodes, is_note=True) or clause.has("undecided"):
        return True
    if clause.kind is Kind.STATEMENT and afterthought(clause.nodes) is not None:
        return True
    return clause.kind in (Kind.REQUEST, Kind.FRAGMENT) and clause.has("thing", "amount", "sites")


def _forbids(clause: Clause) -> bool:
    """`Risk: do not run at night`, `Approved by: nobody yet`."""
    return clause.nodes[0].low in ("do not", "don't", "never", "nobody", "no one")


def _quote(nodes: list[Node], text: str) -> str:
    return text[nodes[0].start : nodes[-1].end] if nodes else ""


def _time(quote: str) -> Fault:
    return Fault(
        DeclineReason.UNSUPPORTED,
        f'A time ("{quote}") is not supported yet: a request is carried out at once.',
        "Is it to be done now? Then please leave the time out.",
    )


def _question(quote: str) -> Fault:
    return Fault(
        DeclineReason.UNSUPPORTED, f'"{quote}" asks a question, which is not answered here.', "What is to be done?"
    )


def _told_or_asked(clause: Clause, text: str) -> Fault:
    quote = _quote(clause.nodes, text)
    if clause.has("time", "moment") and clause.doubt is not None and "scheduling" in clause.doubt:
        return _time(quote)
    return Fault(
        DeclineReason.AMBIGUOUS,
        f'It is not clear whether "{quote}" is told or asked for.',
        f'Is "{quote}" to be done as well? Then please ask for it in a sentence of its own.',
    )
