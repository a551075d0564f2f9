"""Is a segment told or asked? What is not surely told is taken as asked, for a wish that is dropped is worse."""

from agents.understanding.hearsay import anybody, state_of, thanked_for
from agents.understanding.inflection import BASE, GERUND, PARTICIPLE, PAST, THIRD
from agents.understanding.nodes import Node
from agents.understanding.segments import CONTENT, Kind, Segment, begins_reason
from agents.understanding.verb_forms import verb_forms

_FUNCTION = (
    *("det", "its", "prep", "glue", "adverb", "lead", "modal", "be", "have", "do", "pronoun", "object_pronoun"),
    *("demonstrative", "same", "there", "link", "and", "but", "so", "adjective", "urgency", "comma", "who", "now"),
    *("quote", "dash", "wh", "if", "not", "owner", "number_sign", "closing", "mark", "all"),
)
_REFERENCES = ("reference", "ticket", "phone", "det", "prep", "ticket_id", "number_sign", "quote", "slash", "hash")
_OBJECTIVES = ("max_sessions", "max_subscribers", "max_ues", "rate", "replicas", "cores")
_STATES = (
    *("have", "run", "show", "report", "handle", "serve", "see", "carry", "use", "host", "sit", "stand", "hit"),
    *("reach", "measure", "draw", "expect"),
)
_ABOUT_NETWORK = ("thing", "object_pronoun", "aim", "there", "sites", "demonstrative")
_AFTER_SUBJECT = ("det", "its", "prep", "adjective", "modal", "be", "do", "lead", "not", "bound")
_CONTRACTED = ("'s", "'re", "'ve", "we are", "i am", "i'm")
_FEW_WORDS = 4
_SUBJECTS = ("unknown", "pronoun", "object_pronoun", "event", "trouble")
_AUXILIARIES = ("will", "would", "shall", "may", "might", "can", "could", "won't", "cannot")


def classify(segment: Segment) -> None:
    """Sets what the segment is, and why there may be doubt."""
    nodes = segment.nodes
    if (verb_of_thanks := thanked_for(nodes)) is not None:
        segment.kind = Kind.STATEMENT
        segment.doubt = None if any("past" in node for node in nodes) else verb_of_thanks
    elif _is_courtesy(nodes) or _is_reference(nodes):
        segment.kind = Kind.COURTESY
    elif (subject := anybody(nodes)) is not None:
        segment.kind, segment.doubt = Kind.STATEMENT, subject
    elif is_condition(nodes):
        segment.kind = Kind.REQUEST
    elif begins_reason(nodes, 0) and not _is_reason_only_by_word(nodes):
        segment.kind = Kind.REASON
        segment.doubt = _purpose(nodes)
    elif is_imperative(nodes) or is_polite(nodes) or is_wish(nodes) or _is_terse(nodes):
        segment.kind = Kind.REQUEST
    elif not segment.joint and (report := _report(nodes) or state_of(nodes)) is not None:
        segment.kind, segment.doubt = Kind.STATEMENT, report
    elif _is_past_aside(nodes) or _is_symptom(nodes):
        segment.kind = Kind.REASON
    elif (verb := finite_verb(nodes)) is not None:
        segment.kind = Kind.STATEMENT
        segment.doubt = _doubt(nodes, verb)


def _report(nodes: list[Node]) -> Node | None:
    """The verb of `scaled the AMF in tokyo-1 to 5 replicas`, `deploying 3 UPFs`: done, being done, or asked for?"""
    at = _skip(nodes, 0, "adverb", "urgency", "courtesy", "greeting")
    if at >= len(nodes) or nodes[at].is_any(*CONTENT) or not any("thing" in node for node in nodes):
        return None
    following = nodes[at + 1] if at + 1 < len(nodes) else nodes[at]
    if "verb_noun" in nodes[at] and not (GERUND in verb_forms(nodes[at]) and following.is_any("det", "thing")):
        return None
    senses = nodes[at].get("verb") or ()
    is_report = bool(senses) and not any(sense.form == BASE or sense.kind == "need" for sense in senses)
    return nodes[at] if is_report else None


def _is_reference(nodes: list[Node]) -> bool:
    return any(node.is_any("reference", "ticket") for node in nodes) and all(n.is_any(*_REFERENCES) for n in nodes)


def _is_reason_only_by_word(nodes: list[Node]) -> bool:
    """`as` and `with the` begin much besides reasons."""
    is_weak = nodes[0].low in ("as", "with the", "following", "since")
    return is_weak and not any(
        _is_finite(nodes, at) or nodes[at].is_any("event", "trouble") for at in range(1, len(nodes))
    )


def _purpose(nodes: list[Node]) -> Node | None:
    """`to serve 2 million subscribers`, `so that the latency stays below 10 ms`: a purpose that may be a wish."""
    if "purpose" not in nodes[0] and nodes[0].low != "so that":
        return None
    amounts = [node for node in nodes if "amount" in node]
    is_objective = any("aim" in node for node in nodes) or any(n["amount"].kind in _OBJECTIVES for n in amounts)
    return amounts[0] if amounts and is_objective else None


def _is_courtesy(nodes: list[Node]) -> bool:
    """Nothing but words of courtesy and function words, one of courtesy at least."""
    if not any(node.is_any("courtesy", "closing", "urgency") for node in nodes):
        return False
    for node in nodes:
        is_polite = node.is_any("courtesy", "urgency", "closing")
        if not is_polite and (node.is_any(*CONTENT, "retraction", "not", "unverb") or not node.is_any(*_FUNCTION)):
            return False
        if "verb" in node and not is_polite and not node.is_any("lead", "have", "link"):
            return False
    return True


def is_condition(nodes: list[Node]) -> bool:
    """`if the load is over 80 %`: part of the request, which cannot be carried out with it."""
    at = _skip(nodes, 0, "adverb", "and", "but", "so")
    return at < len(nodes) and "if" in nodes[at] and not nodes[at].is_any("lead", "courtesy", "urgency")


def _skip(nodes: list[Node], at: int, *senses: str) -> int:
    while at < len(nodes) and nodes[at].is_any(*senses) and not nodes[at].is_any(*CONTENT):
        at += 1
    return at


def is_imperative(nodes: list[Node]) -> bool:
    """True where the first word that counts is a verb in its base form."""
    at = 0
    while at < len(nodes) and nodes[at].is_any("adverb", "urgency", "courtesy", "greeting", "who", "so"):
        if nodes[at].is_any("verb", "unverb"):
            break
        at += 1
    if at >= len(nodes):
        return False
    node = nodes[at]
    is_verb = BASE in verb_forms(node) or "multiply" in node
    if not is_verb or node.is_any("thing", "sites", "amount") or _is_noun(nodes, at):
        return False
    following = nodes[at + 1] if at + 1 < len(nodes) else None
    is_subject = following is not None and _is_finite(nodes, at + 1)
    return not is_subject or (following is not None and following.is_any("verb", "link", "unknown", "object_pronoun"))


def _is_noun(nodes: list[Node], at: int) -> bool:
    """`target of`, `request for`: a verb's form that is used as a noun."""
    if nodes[at].is_any("verb_noun") and "verb" not in nodes[at]:
        return True
    return at + 1 < len(nodes) and nodes[at + 1].low == "of" and nodes[at].is_any("glue", "aim", "count")


_LEAD = (
    *("lead", "adverb", "urgency", "courtesy", "who", "pronoun", "prep", "modal", "det", "be", "have", "and", "comma"),
    *("demonstrative", "so"),
)
_NEEDS = {
    *("need", "want", "like", "request", "require", "wish", "wants", "needs", "would like", "requesting", "asking"),
    *("ask", "requires", "requested"),
}
_ASKING = {
    *("could", "can", "would", "let's", "lets", "get", "have", "please", "make sure", "see that", "how about"),
    *("what about", "would like", "to", "let"),
}
_DEMANDED = ("required", "requested", "needed", "necessary", "desired", "wanted")
_TELLING = {"was", "were", "had", "has"}
_PLANNING = {"will", "are", "am", "we are", "i am", "we're", "i'm"}


def is_polite(nodes: list[Node]) -> bool:
    """`could you please scale`, `we would like the AMF to`, `I was wondering if you could`."""
    at, lows = 0, set[str]()
    while at < len(nodes) and nodes[at].is_any(*_LEAD) and not nodes[at].is_any(*CONTENT):
        low = nodes[at].low
        if at and verb_forms(nodes[at]) and low not in _NEEDS and low not in ("have", "get", "be"):
            break
        lows.add(low)
        at += 1
    if at == 0 or at >= len(nodes) or not _has_person(nodes[:at]):
        return False
    if (
        (lows & _TELLING and "i was wondering if" not in lows)
        or _is_plan(lows)
        or (lows & {"may", "might"} and "you" not in lows)
    ):
        return False
    is_asking = bool(lows & (_NEEDS | _ASKING)) or any(
        low.endswith(("if", "whether", "possible", "forget", "hereby request", "we request that")) for low in lows
    )
    if not is_asking:
        return False
    forms = verb_forms(nodes[at])
    if forms & {BASE, GERUND} or "multiply" in nodes[at] or (PARTICIPLE in forms and lows & {"be", "get", "have"}):
        return True
    following = next((node for node in nodes[at:] if "det" not in node), nodes[at])
    if "verb_noun" in following or (at and "verb_noun" in nodes[at - 1]):
        return True
    is_wanted = bool(lows & (_NEEDS | {"let", "let's", "lets", "us", "we", "i"})) or _is_passive(nodes[at:])
    return nodes[at].is_any(*CONTENT) and is_wanted


def _has_person(nodes: list[Node]) -> bool:
    return any("pronoun" in node or ("lead" in node and not node.is_any("det", "prep")) for node in nodes)


def _is_plan(lows: set[str]) -> bool:
    """`we will scale` announces, and asks nobody."""
    return bool(lows & _PLANNING) and "you" not in lows and not lows & _NEEDS


def _is_passive(nodes: list[Node]) -> bool:
    return any(PARTICIPLE in verb_forms(node) for node in nodes)


def is_wish(nodes: list[Node]) -> bool:
    """`the SMF should be scaled`, `the AMF needs 5 replicas`, `AMF to be scaled`."""
    for at, node in enumerate(nodes):
        if "modal" in node and at > 0 and nodes[at - 1].low not in ("may", "might"):
            return _is_about_request(nodes)
        before = nodes[at - 2] if at > 1 and nodes[at - 1].low in ("each", "all", "both") else nodes[at - 1]
        if at and node.low in _NEEDS and before.is_any("pronoun", "sites", "thing"):
            return _is_about_request(nodes)
        if at and node.low in _DEMANDED and nodes[at - 1].is_any("be") and any("verb_noun" in n for n in nodes[:at]):
            return True
        if at and node.low in _DEMANDED and nodes[at - 1].is_any("be") and nodes[0].low in ("a", "an"):
            return any("thing" in each for each in nodes[:at])
        if at and node.low in ("gets", "get") and _is_given(nodes, at):
            return True
        is_be = node.low in ("to be", "be") and not (at > 0 and nodes[at - 1].low in ("was", "were", "had", "has"))
        if is_be and any(PARTICIPLE in verb_forms(each) for each in nodes[at + 1 : at + 4]):
            return True
    return False


def _is_given(nodes: list[Node], at: int) -> bool:
    """`the slice gets priority level 2`."""
    has_amount = any("amount" in node for node in nodes[at:])
    is_told = any(node.is_any("now", "past") or node.low == "now" for node in nodes)
    return has_amount and any(node.is_any("thing", "sites") for node in nodes[:at]) and not is_told


def _is_about_request(nodes: list[Node]) -> bool:
    """False for `we must honour the agreement`, where nothing is of the network."""
    return any(
        node.is_any(*CONTENT, "object_pronoun", "demonstrative", "there", "unverb", "unobject", "retraction")
        or ("verb" in node and not node.is_any("modal", "link", "have", "lead", "glue"))
        for node in nodes
    )


def _is_terse(nodes: list[Node]) -> bool:
    """`upf edge-05 scale to 11`: an order with its verb behind what it is about."""
    verb = next((at for at, node in enumerate(nodes) if "verb" in node and BASE in verb_forms(node)), None)
    if verb is None or nodes[verb].is_any("link", "glue", "lead", "courtesy"):
        return False
    before = nodes[:verb]
    is_bare = all(node.is_any(*CONTENT, "prep", "adverb", "owner") for node in before)
    return is_bare and any(node.is_any("thing", "sites") for node in before)


def _is_past_aside(nodes: list[Node]) -> bool:
    """`replaced last month`: tells what was, without a subject."""
    forms = nodes[0].get("stating") or ()
    is_past = PAST in forms and BASE not in forms and any("past" in node for node in nodes)
    return is_past and not any(node.is_any("thing", "amount", "aim") for node in nodes)


def _is_symptom(nodes: list[Node]) -> bool:
    """`read latency complaints`, `attach storm`: a noun of trouble, with what it is about."""
    return "trouble" in nodes[-1] and not any(
        node.is_any("thing", "amount", "sites", "everything", "there", "not", "if", "modal") for node in nodes[:-1]
    )


def finite_verb(nodes: list[Node]) -> int | None:
    """The place of the verb that makes the segment a statement."""
    for at in range(len(nodes)):
        if _is_finite(nodes, at):
            return at
    return None


def _is_finite(nodes: list[Node], at: int) -> bool:
    node = nodes[at]
    if node.is_any(*CONTENT) or (at == 0 and not node.low.endswith(_CONTRACTED)):
        return False
    if at == 0:
        return True
    if node.is_any("be", "have") and node.low not in ("be", "being", "been", "having"):
        return node.low != "am" or (at > 0 and nodes[at - 1].low == "i")
    before = nodes[at - 1]
    if node.low in _AUXILIARIES and not before.is_any("adverb", "greeting", "and", "so"):
        return True
    forms = node.get("stating") or ()
    if not forms or (before.is_any(*_AFTER_SUBJECT) and not before.is_any(*_SUBJECTS)):
        return False
    if PAST in forms or THIRD in forms:
        return True
    is_noun = len(nodes) == 2 and "unknown" in before and before.low[-1] != "s"  # "round trip"
    return (
        BASE in forms and not is_noun and not node.is_any("glue", "event", "trouble") and not before.low.endswith("to")
    )


def _doubt(nodes: list[Node], verb: int) -> Node | None:
    """The word by which a statement about the network might be a wish after all."""
    calling_off = next((n for n in nodes if n.is_any("retraction", "correction") and "courtesy" not in n), None)
    if calling_off is not None:
        return calling_off
    if any(node.is_any("time", "moment") for node in nodes) and (scheduling := _scheduling(nodes, verb)) is not None:
        return scheduling
    is_bare_order = _is_bare_order(nodes, verb)
    if is_bare_order and (len(nodes) <= _FEW_WORDS or any(node.is_any("thing", "aim") for node in nodes)):
        return nodes[verb]
    if not any(node.is_any(*_ABOUT_NETWORK) for node in nodes):
        return None
    action = next((node for node in nodes if _is_action(node)), None)
    amount = next((node for node in nodes if "amount" in node), None)
    if action is not None or amount is None:
        return action
    future = next((n for n in nodes if n.low in ("will", "shall", "would", "can", "could", "may")), None)
    if future is not None and any(node.is_any("thing", "object_pronoun") for node in nodes):
        return future
    verbs = [at for at in range(len(nodes)) if _is_finite(nodes, at)] or [verb]
    return None if any(_is_past(nodes, at) or _is_state(nodes, at) for at in verbs) else nodes[verb]


def _is_bare_order(nodes: list[Node], verb: int) -> bool:
    """`zorgle deploy a UPF`: an order behind a word that is no subject."""
    if verb == 0 or BASE not in verb_forms(nodes[verb]) or nodes[verb].is_any("link", "have"):
        return False
    is_known = "verb" in nodes[verb] or any("thing" in node for node in nodes)
    is_subject = nodes[verb - 1].is_any("pronoun", "object_pronoun") or not is_known
    others = [at for at in range(len(nodes)) if at != verb and _is_finite(nodes, at)]
    return not is_subject and not others


def _scheduling(nodes: list[Node], verb: int) -> Node | None:
    """The subject of `the window is Saturday 02:00`, `this will be done on Friday`."""
    return next(
        (
            node
            for at, node in enumerate(nodes)
            if node.is_any("scheduling") and (at < verb or node.low in ("scheduled", "planned", "due"))
            if at < verb or (at + 1 < len(nodes) and nodes[at + 1].low in ("for", "on", "at"))
        ),
        next((node for node in nodes[:verb] if node.is_any("object_pronoun", "demonstrative")), None),
    )


def _is_action(node: Node) -> bool:
    is_base = "verb" in node and BASE in verb_forms(node)
    return is_base and not node.is_any("link", "have", "lead", "stating", "glue")


def _is_past(nodes: list[Node], verb: int) -> bool:
    is_past_verb = PAST in (nodes[verb].get("stating") or ()) or nodes[verb].low in ("was", "were", "had", "been")
    return is_past_verb or any("past" in node for node in nodes)


def _is_state(nodes: list[Node], verb: int) -> bool:
    low = nodes[verb].low
    is_stative = nodes[verb].is_any("be", "have") or low in _STATES or low.rstrip("s") in _STATES
    return is_stative or any("now" in node for node in nodes)
