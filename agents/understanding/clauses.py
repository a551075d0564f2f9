"""A sentence → its clauses: what is asked for, and what is only told."""

from agents.understanding.hearsay import doubt_hearsay, not_ordered
from agents.understanding.inflection import BASE
from agents.understanding.nodes import Node
from agents.understanding.segments import CONTENT, Kind, Segment, segments_of
from agents.understanding.sentences import Sentence
from agents.understanding.telling import classify, finite_verb, is_imperative, is_polite, is_wish
from agents.understanding.verb_forms import verb_forms

Clause = Segment
_DANGEROUS = (
    "not",
    "if",
    "retraction",
    "correction",
    "same",
    "or",
    "except",
    "total",
    "verb",
    "unverb",
    "respectively",
)
_NETWORK_AMOUNTS = ("bare", "time", "percent", "ambiguous", "memory")
_NEVER_HEADING = (
    "site_word",
    "unobject",
    "undecided",
    "adverb",
    "courtesy",
    "pronoun",
    "not",
    "if",
    "retraction",
    "correction",
    "or",
    "except",
    "total",
    "everything",
    "past",
    "wh",
)
_FEWEST_KNOWN = 3
_LETTING = ("have", "let", "get", "see that", "want")
_RELATIVE = ("which", "who", "whose", "that")
_ORDERLY = ("please", "pls", "plz", "kindly", "we", "i", "i'd", "we'd", "could", "can")


def clauses_of(sentence: Sentence) -> list[Clause]:
    """The clauses of a sentence, in order."""
    segments = segments_of(sentence.nodes)
    for segment in segments:
        classify(segment)
    doubt_hearsay(segments)
    segments = [part for segment in segments for part in _parted(segment)]
    if sentence.label is not None and sum(each.has("thing") for each in segments) <= 1:
        if any(each.kind in (Kind.REQUEST, Kind.FRAGMENT) for each in segments):
            return [_form(segments)]
    elif not any(each.kind is Kind.REQUEST for each in segments) and _is_told(segments, sentence.nodes):
        return [_as_told(each) for each in segments]
    return _folded(segments)


def _parted(segment: Segment) -> list[Segment]:
    """`because osaka-1 is down please scale …`: an order begins inside what is told."""
    if segment.kind not in (Kind.REASON, Kind.STATEMENT):
        return [segment]
    for at in range(1, len(segment.nodes)):
        if segment.kind is Kind.STATEMENT and finite_verb(segment.nodes[:at]) is None:
            continue
        rest = segment.nodes[at:]
        is_beginning = rest[0].low.split()[0] in _ORDERLY and (is_imperative(rest) or is_polite(rest))
        if is_beginning and any(node.is_any(*CONTENT) for node in rest):
            told = Segment(segment.kind, segment.nodes[:at], segment.joint, segment.is_aside)
            order = Segment(Kind.FRAGMENT, rest)
            classify(order)
            return [told, order]
    return [segment]


def _is_told(segments: list[Segment], nodes: list[Node]) -> bool:
    """True for a sentence in which nothing is asked for, though parts of it are no statements by themselves."""
    fragments = [each for each in segments if each.kind is Kind.FRAGMENT]
    if not fragments:
        return True
    if any(each.has("amount") and each.has("thing", "aim") for each in fragments):
        return False
    is_statement = any(each.kind is Kind.STATEMENT for each in segments) or finite_verb(nodes) is not None
    if nodes[-1].low in ("here", "speaking") and not any(_is_of_network(node) for node in nodes):
        return True
    if is_statement or nodes[0].low in ("thanks", "thank you", "many thanks"):
        return not any(_has_action(each.nodes) for each in fragments)
    return is_small_talk(nodes)


def _has_action(nodes: list[Node]) -> bool:
    return any("verb" in node and BASE in verb_forms(node) and "stating" not in node for node in nodes)


def is_small_talk(nodes: list[Node]) -> bool:
    """Words that are mostly known, and none of them of the network or of asking."""
    words = [node for node in nodes if not node.is_any("comma", "dash", "colon", "quote")]
    for at, node in enumerate(words):
        if _is_of_network(node) or (node.is_any(*_DANGEROUS) and not _is_harmless(words, at)):
            return False
    known = sum("unknown" not in node for node in words)
    return known >= _FEWEST_KNOWN and known * 2 >= len(words) and any(n.is_any("prep", "det", "pronoun") for n in words)


def _is_harmless(nodes: list[Node], at: int) -> bool:
    """No order: a verb is none where it stands like a noun, or in another form than an order has."""
    node = nodes[at]
    is_word = node.is_any("verb", "unverb") and not node.is_any("not", "if", "retraction", "correction")
    if is_word and (BASE not in verb_forms(node) or (at > 0 and nodes[at - 1].is_any("det", "prep", "its"))):
        return True
    return node.is_any("courtesy", "urgency", "lead", "glue", "event", "trouble", "link", "adverb")


def _is_of_network(node: Node) -> bool:
    amount = node.get("amount")
    if amount is not None:
        return amount.kind not in _NETWORK_AMOUNTS
    return node.is_any("thing", "sites", "aim", "everything", "there", "slug")


def _as_told(segment: Segment) -> Segment:
    if segment.kind is Kind.FRAGMENT:
        segment.kind = Kind.STATEMENT
    return segment


def _form(segments: list[Segment]) -> Clause:
    """All lines of a form are one request."""
    wanted = [each for each in segments if each.kind in (Kind.REQUEST, Kind.FRAGMENT) or each.doubt or _is_label(each)]
    return Segment(Kind.REQUEST, _joined(wanted[:-1], wanted[-1]))


def _is_label(segment: Segment) -> bool:
    """`Replicas wanted:`, which states nothing."""
    return segment.kind is Kind.STATEMENT and segment.has("aim") and not segment.has("be", "have", "amount")


def _folded(segments: list[Segment]) -> list[Clause]:
    """Fragments joined to the clause they belong to."""
    result: list[Clause] = []
    waiting: list[Segment] = []
    for at, segment in enumerate(segments):
        if segment.kind is Kind.COURTESY:
            if _corrects(segments, at) and (held := waiting or result):
                word = segment.nodes[0]
                held[-1].nodes += [_separator(segment), Node(word.low, word.start, word.end, {"correction": True})]
            continue
        if segment.kind is Kind.STATEMENT and _goes_on(segment, result):
            segment.kind = Kind.FRAGMENT
        if segment.kind is Kind.FRAGMENT:
            _add_fragment(segments, at, result, waiting)
        elif segment.kind is Kind.REQUEST:
            if segment.joint == ":" and result and _is_heading(result[-1]):
                result.pop()
            segment.nodes = _joined([each for each in waiting if not _is_prelude(each, segment)], segment)
            waiting.clear()
            result.append(segment)
        else:
            if segment.kind is Kind.REASON and segment.doubt is not None and _is_deploying(result):
                result[-1].nodes += [_separator(segment), *segment.nodes]
                continue
            if segment.kind is Kind.REASON and _is_terse_order(waiting):
                result.append(Segment(Kind.REQUEST, _joined(waiting[:-1], waiting[-1]), waiting[0].joint))
                waiting.clear()
            if waiting and not result:
                segment.nodes = _joined(waiting, segment)
                waiting.clear()
            result.append(segment)
    if waiting:
        result.append(Segment(Kind.REQUEST, _joined(waiting[:-1], waiting[-1]), waiting[0].joint))
    return result


def _corrects(segments: list[Segment], at: int) -> bool:
    """`in Osaka, sorry, Nagoya`: what is a courtesy elsewhere corrects between two things of the network."""
    is_between = segments[at + 1 :][:1] and segments[at + 1].has(*CONTENT) and at > 0 and segments[at - 1].has(*CONTENT)
    return bool(is_between) and segments[at].has("correction")


def _is_terse_order(waiting: list[Segment]) -> bool:
    """`AMF dallas-1 +3 replicas, because …`: what stands before a reason asks for something."""
    named = any(each.has("thing") for each in waiting)
    return named and any("amount" in node and _is_of_network(node) for each in waiting for node in each.nodes)


def _is_prelude(segment: Segment, request: Segment) -> bool:
    """`After 3 outages in 2 weeks,`, `Holiday readiness:`: before the request, and of nothing it could be about."""
    if request.joint == ":" and _is_heading(segment):
        return True
    if (
        segment.nodes[0].low == "for"
        and segment.has("unknown")
        and not segment.has(*_DANGEROUS, "thing", "amount", "aim")
    ):
        return _sites(segment) <= _sites(request)
    if segment.has("time", "moment") and not segment.has("trouble", "past"):
        return False
    is_tag = (
        segment.joint == "[" and not_ordered(segment.nodes) is None and not segment.has(*_DANGEROUS, *CONTENT, "there")
    )
    if segment.joint == "[" and not is_tag:
        return False
    return (
        is_tag
        or is_small_talk(segment.nodes)
        or (segment.has("trouble", "event", "past") and not any(_is_of_network(node) for node in segment.nodes))
    )


def _is_deploying(result: list[Clause]) -> bool:
    """`deploy a UDM to serve 2 million subscribers`: what is new is made for it."""
    last = result[-1] if result else None
    if last is None or last.kind is not Kind.REQUEST:
        return False
    return any(sense.kind == "deploy" for node in last.nodes for sense in node.get("verb") or ())


def _is_heading(segment: Segment) -> bool:
    """Two words or more before a colon, that name no object, place or value."""
    if segment.has(*_NEVER_HEADING, "thing", "sites", "there", "slug"):
        return False
    if any("unverb" in node and BASE in verb_forms(node) for node in segment.nodes):
        return False
    if is_imperative(segment.nodes) and "verb_noun" not in segment.nodes[0]:
        return False
    if any("amount" in node and _is_of_network(node) for node in segment.nodes):
        return False
    is_time = segment.has("time", "moment") and not segment.has("unknown")
    return len(segment.nodes) > 1 and not is_time


def _sites(segment: Segment) -> set[str]:
    return {slug for node in segment.nodes if "sites" in node for slug in node["sites"].sites}


def _goes_on(segment: Segment, result: list[Clause]) -> bool:
    """`make sure … stays below 5 ms and the throughput reaches 1 Gbps`: a statement that is wished for as well."""
    last = result[-1] if result else None
    if last is None or last.kind is not Kind.REQUEST or not segment.has(*CONTENT) or segment.has("past", "now"):
        return False
    is_wish = segment.has("amount") and segment.has("aim", "bound")
    if segment.nodes[0].low in _RELATIVE and segment.has("amount") and _is_deploying(result):
        return True
    if is_wish and (segment.joint == "and" or segment.nodes[0].low in _RELATIVE) and segment.doubt is None:
        segment.doubt = next(node for node in segment.nodes if "amount" in node)
    is_kept = any(
        node.low in _LETTING or any(sense.kind == "ensure" for sense in node.get("verb") or ())
        for node in last.nodes[:4]
    )
    return is_kept and segment.joint in ("and", ",", ", and", "new_line") and segment.has("link", "be")


def _add_fragment(segments: list[Segment], at: int, result: list[Clause], waiting: list[Segment]) -> None:
    segment = segments[at]
    if waiting or not result:
        waiting.append(segment)
        return
    last = result[-1]
    if last.kind is Kind.REQUEST:
        if segment.is_aside and _is_told_aside(segment):
            return
        if _leads_on(segments, at):
            waiting.append(segment)
            return
        last.nodes += [_separator(segment), *segment.nodes]
        return
    request = next((each for each in reversed(result) if each.kind is Kind.REQUEST), None)
    is_relative = last.nodes[0].low in _RELATIVE and segment.joint == ","
    if (last.is_aside or is_relative) and not segment.is_aside and request is not None:
        request.nodes += [_separator(segment), *segment.nodes]
        return
    if _may_be_asked(segment) and not any(each.kind is Kind.STATEMENT for each in segments[at + 1 : at + 3]):
        if request is None:
            waiting.append(segment)
            return
        last.doubt = last.doubt or segment.nodes[0]
    last.nodes += segment.nodes


def _may_be_asked(segment: Segment) -> bool:
    return segment.has("thing", "object_pronoun") or (segment.has("amount") and segment.has("sites"))


def _leads_on(segments: list[Segment], at: int) -> bool:
    """A fragment before a wish is its subject: `…, and the SMF should be scaled to 4`."""
    following = segments[at + 1] if at + 1 < len(segments) else None
    if following is None or following.kind is not Kind.REQUEST or following.joint != "and":
        return False
    is_subject = segments[at].joint != "" and segments[at].has("thing")
    return is_subject and is_wish(following.nodes) and not is_imperative(following.nodes)


def _is_told_aside(segment: Segment) -> bool:
    """`(currently 3)`, `(it runs 2.3.1 now)`, `(INC-20418)`: an aside that tells how things are."""
    has_order = any(node.is_any("verb", "unverb") and "link" not in node for node in segment.nodes)
    return segment.has("now", "past", "reference", "ticket", "old_label") and not has_order


def _separator(segment: Segment) -> Node:
    start = segment.nodes[0].start if segment.nodes else 0
    return Node(segment.joint or ",", start, start, {"separator": segment.joint or ","})


def _joined(waiting: list[Segment], segment: Segment) -> list[Node]:
    nodes: list[Node] = []
    for each in waiting:
        nodes += [*([_separator(each)] if nodes else []), *each.nodes]
    if nodes:
        nodes.append(_separator(segment))
    return [*nodes, *segment.nodes]
