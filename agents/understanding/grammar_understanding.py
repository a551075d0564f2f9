"""A request → what it asks for, by grammar alone: no model, no guess, every word accounted for.

Text → nodes (words, numbers, places, objects, amounts, names of targets) → licences (what changes nothing, and why)
→ orders (a verb and what belongs to it) → rows (object, sites, values) → expectations → the ledger, which trusts none.
What is not understood is asked back in the words of the request; a mistake here would be a wrong deployment.
"""

from itertools import groupby

from agents.domain.ports import Reading
from agents.domain.rules import Fault, declined, faults
from agents.domain.verdicts import Declined
from agents.knowledge.pack import KnowledgePack
from agents.understanding.constituents import constituents_of
from agents.understanding.ledger import Ledger, ledger_of
from agents.understanding.lexemes import nodes_of
from agents.understanding.lexicon import lexicon_of
from agents.understanding.licences import Licences
from agents.understanding.nodes import Node
from agents.understanding.orders_about_itself import order_about_itself
from agents.understanding.reading import Request, read_request
from agents.understanding.relevance import not_about_the_network
from agents.understanding.suggestions import Suggestions
from agents.understanding.text import simplified
from schemas.reasons import DeclineReason

LONGEST_CHARACTERS = 12_000
"""Four pages of prose, and no request; reading costs time in proportion. A longer text is asked for its point."""
MOST_WORDS = 700
_NOTHING_ASKED = Fault(
    DeclineReason.AMBIGUOUS, "Nothing is asked for.", "What is to be done, with which object, and at which site?"
)
_CERTAIN = (DeclineReason.UNSAFE, DeclineReason.UNSUPPORTED, DeclineReason.UNKNOWN_SITE)
"""Faults that hold whatever a word means that is not understood."""


class GrammarUnderstanding:
    """Reads requests with the words of a knowledge pack."""

    def __init__(self, pack: KnowledgePack) -> None:
        self._pack = pack
        self._lexicon = lexicon_of(pack.vocabulary, pack.inventory)
        self._licences = Licences(pack.vocabulary)
        self._suggestions = Suggestions(pack)

    async def read(self, text: str) -> Reading:
        """Raises: Declined with every fault named."""
        return self.read_with_ledger(text)[0]

    def read_with_ledger(self, text: str) -> tuple[Reading, Ledger]:
        """The reading, and what became of each word. Raises: Declined with every fault named."""
        request, ledger, nodes = self._examined(text)
        if found := self._faults(request, ledger, nodes):
            raise declined(map(self._suggestions.of, found))
        reading = Reading(
            expectations=tuple(request.expectations),
            assumptions=tuple(dict.fromkeys(request.assumptions)),
            not_acted_on=ledger.not_acted_on,
        )
        return reading, ledger

    def words_of(self, text: str) -> tuple[tuple[str, str], ...]:
        """Each stretch of the text with what became of it, of a request that is declined too; none of one not read."""
        try:
            _, ledger, _ = self._examined(text)
        except Declined:
            return ()
        runs = [list(run) for _, run in groupby(ledger.entries, key=lambda entry: entry.became)]
        told = ((text[run[0].start : run[-1].end].strip(" ,;.\n"), run[0].became) for run in runs)
        return tuple((words, became) for words, became in told if any(map(str.isalnum, words)))

    def _examined(self, text: str) -> tuple[Request, Ledger, list[Node]]:
        _require_readable(text)
        plain = simplified(text)
        raw = nodes_of(plain, self._lexicon)
        if len(raw) > MOST_WORDS:
            raise declined([_too_long(len(raw), "words and signs", MOST_WORDS)])
        if (quote := order_about_itself(raw, plain)) is not None:
            raise declined([_unsafe(quote)])
        nodes = constituents_of(raw, plain, self._lexicon)
        licensed = self._licences.of(nodes, text)
        for at in self._licences.placed(nodes, text):
            nodes[at].senses["placed"] = True
        request = read_request(nodes, licensed, text, self._lexicon)
        misused = {nodes[at].start for at in self._licences.misused(nodes, text)}
        used = {node.start for order in request.orders for node in order.read} - misused
        origins = {item.node.start for order in request.orders for item in order.items if item.prep == "from"}
        tags = self._licences.tags(nodes, text)
        holding = self._licences.looked_at_again(nodes, text, licensed)
        ledger = ledger_of(nodes, tags, holding, used, origins, request.expectations, text)
        return request, ledger, nodes

    def _faults(self, request: Request, ledger: Ledger, nodes: list[Node]) -> list[Fault]:
        if (irrelevant := not_about_the_network(nodes, request.asked)) is not None:
            return [irrelevant]
        words = list(ledger.faults)
        if words:
            return [*(each for each in request.faults if each.reason in _CERTAIN), *words] or words
        if request.faults:
            return [*request.faults, *faults(request.expectations, self._pack)]
        if ledger.unheld:
            return list(ledger.unheld)
        if not request.expectations:
            return [_NOTHING_ASKED]
        return faults(request.expectations, self._pack)


def _require_readable(text: str) -> None:
    if not text.strip():
        raise declined(
            [Fault(DeclineReason.NOT_A_NETWORK_INTENT, "The request is empty.", "What is to be done, and where?")]
        )
    if len(text) > LONGEST_CHARACTERS:
        raise declined([_too_long(len(text), "characters", LONGEST_CHARACTERS)])


def _too_long(number: int, what: str, most: int) -> Fault:
    message = f"The request has {number} {what}; at most {most} are read."
    return Fault(DeclineReason.NOT_A_NETWORK_INTENT, message, "What is to be done, in a few sentences?")


def _unsafe(quote: str) -> Fault:
    message = f'"{quote}" is an order about this system itself, and nothing of the request is carried out.'
    return Fault(DeclineReason.UNSAFE, message, "What is to be done in the network? Please ask for that alone.")
