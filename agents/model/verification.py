"""What a model answered → what may be believed of it: a reading that the grammar itself has made, or a fault.

The model says which unknown words are verbs; the grammar reads. Where the request states by itself what is to be so in
the end, such a verb is read as "bring", and the grammar reads the request anew: figures, units, places, objects, names,
slices, bounds, negations, conditions and times stay its own. Then the model's claim of the whole has to say exactly the
same, and quote the request for it. What else the model makes of a request can only become a question.
"""

from collections.abc import Sequence

from agents.domain.ports import Reading, Understanding
from agents.domain.rules import require_allowed
from agents.domain.verdicts import Declined
from agents.knowledge.pack import KnowledgePack
from agents.model.rewording import is_about_the_same
from agents.model.shape import ClaimedExpectation, ModelReading, say_the_same
from agents.model.unknown_verbs import KNOWN_VERB, Explained, NotExplained, explained, unknown_words
from agents.model.words_not_to_explain import WordsNotToExplain
from agents.understanding.grammar_understanding import constituents
from agents.understanding.lexemes import nodes_of
from agents.understanding.lexicon import Lexicon, lexicon_of
from agents.understanding.nodes import Node
from agents.understanding.text import simplified
from schemas.intent import Condition, Expectation
from schemas.reasons import DeclineReason

NOT_COVERED = (DeclineReason.AMBIGUOUS, DeclineReason.UNSUPPORTED)


class NotBelieved(ValueError):
    """An answer that does not hold. `fault` is a snake_case code of a small fixed set; `declined` what the grammar says
    once the verbs are known, where that is more to the point than what it said before."""

    def __init__(self, fault: str, declined: Declined | None = None) -> None:
        super().__init__(fault)
        self.fault = fault
        self.declined = declined


class Verification:
    """Reads with the grammar what a model has explained."""

    def __init__(self, grammar: Understanding, pack: KnowledgePack) -> None:
        self.grammar = grammar
        self.pack = pack
        self._lexicon: Lexicon = lexicon_of(pack.vocabulary, pack.inventory)
        self._not_to_explain = WordsNotToExplain(pack.vocabulary)

    def explained(self, request: str, verbs: Sequence[str]) -> Explained:
        """The request with these words read as verbs. Raises: NotExplained."""
        return explained(request, self._constituents(request), verbs, self._not_to_explain)

    def unknown_words(self, request: str) -> tuple[str, ...]:
        """The words of the request that the lexicon does not know, as they are written."""
        nodes = nodes_of(simplified(request), self._lexicon)
        return tuple(dict.fromkeys(request[node.start : node.end] for node in unknown_words(nodes)))

    async def believed(self, request: str, answer: ModelReading, model: str) -> Reading:
        """The reading that holds. Raises: NotBelieved."""
        if not answer.expectations:
            raise NotBelieved("no_reading")
        _require_quotes(request, answer.expectations)
        try:
            changed = self.explained(request, answer.verbs)
        except NotExplained as fault:
            raise NotBelieved(fault.fault) from fault
        reading = await self._read_again(changed)
        _require_said_bounds(reading.expectations, self._constituents(request))
        if not say_the_same(answer.expectations, reading.expectations):
            raise NotBelieved("claims_differ")
        explanations = tuple(_assumption(verb, model) for verb in answer.verbs)
        return Reading(
            expectations=tuple(_in_own_words(each, changed) for each in reading.expectations),
            assumptions=(*reading.assumptions, *explanations),
            to_confirm=explanations,
        )

    async def question(self, request: str, answer: ModelReading) -> str | None:
        """What may be asked back: whether the model's rewording is meant, where it is readable and about the same."""
        rewording = " ".join((answer.rewording or "").split())
        if not rewording or not is_about_the_same(self._constituents(request), self._constituents(rewording)):
            return None
        try:
            await self.grammar.read(rewording)
        except Declined:
            return None
        return f"If “{rewording}” is meant, please send just that."

    def _constituents(self, text: str) -> list[Node]:
        plain = simplified(text)
        return constituents(nodes_of(plain, self._lexicon), plain, self._lexicon)

    async def _read_again(self, changed: Explained) -> Reading:
        try:
            reading = await self.grammar.read(changed.text)
            require_allowed(reading.expectations, self.pack)
        except Declined as declined:
            is_about_words = declined.reason in (*NOT_COVERED, DeclineReason.NOT_A_NETWORK_INTENT)
            raise NotBelieved("still_declined", None if is_about_words else declined) from declined
        return reading


def _require_quotes(request: str, claims: Sequence[ClaimedExpectation]) -> None:
    for claim in claims:
        if not claim.evidence or not all(quote.strip() and quote in request for quote in claim.evidence):
            raise NotBelieved("quote_not_in_request")


def _require_said_bounds(expectations: Sequence[Expectation], nodes: Sequence[Node]) -> None:
    """A verb that nobody knows may ask for a floor or for a ceiling: only a value that is set as it stands, or a bound
    that the request names itself, is the same either way."""
    said = {part for node in nodes if "amount" in node for part in node["amount"].parts}
    for target in (target for each in expectations for target in each.targets):
        if target.condition is not Condition.EQUALS and (str(target.condition), target.value) not in said:
            raise NotBelieved("verb_decides")


def _in_own_words(expectation: Expectation, changed: Explained) -> Expectation:
    """With the request's own words as evidence, not those it was explained by."""
    quotes = [changed.original_of(quote) for quote in expectation.evidence]
    if not quotes or any(quote is None or quote not in changed.request for quote in quotes):
        raise NotBelieved("no_evidence")
    return expectation.model_copy(update={"evidence": tuple(filter(None, quotes))})


def _assumption(verb: str, model: str) -> str:
    return f"“{verb}” was taken to mean “{KNOWN_VERB}”, for the language model {model} explained it as a verb"
