"""A request → what it asks for, by grammar alone: no model, no guess, every word accounted for.

Text → nodes (lexemes, numbers, places, things, amounts, aims) → sentences → clauses, told or asked → frames of what
belongs together → expectations, which the rules then check. What is not understood is asked back in the words of the
request; a mistake here would be a wrong deployment.
"""

from agents.domain.ports import Reading
from agents.domain.rules import Fault, declined, faults
from agents.knowledge.pack import KnowledgePack
from agents.understanding.aims import read_aims
from agents.understanding.amounts import read_amounts
from agents.understanding.asking import Request, read_request
from agents.understanding.lexemes import nodes_of
from agents.understanding.lexicon import Lexicon, lexicon_of
from agents.understanding.nodes import Node
from agents.understanding.numbers import read_numbers
from agents.understanding.orders import order_about_itself
from agents.understanding.places import PlaceReader
from agents.understanding.references import with_polite_ifs, without_customers, without_references
from agents.understanding.text import simplified
from agents.understanding.things import read_things
from schemas.reasons import DeclineReason

LONGEST_CHARACTERS = 12_000
"""Four pages of prose, and no request; reading costs time in proportion. A longer text is asked for its point."""


class GrammarUnderstanding:
    """Reads requests with the words of a knowledge pack."""

    def __init__(self, pack: KnowledgePack) -> None:
        self._pack = pack
        self._lexicon = lexicon_of(pack.vocabulary, pack.inventory)

    async def read(self, text: str) -> Reading:
        """Raises: Declined with every fault named."""
        _require_readable(text)
        plain = simplified(text)
        nodes = nodes_of(plain, self._lexicon)
        if (quote := order_about_itself(nodes, plain)) is not None:
            raise declined([_unsafe(quote)])
        request = read_request(constituents(nodes, plain, self._lexicon), text, self._lexicon)
        found = [*request.faults]
        if not request.is_guesswork:
            found += faults(request.expectations, self._pack)
        if found:
            raise declined(found)
        return _reading(request)


def constituents(nodes: list[Node], text: str, lexicon: Lexicon) -> list[Node]:
    """The nodes with every number, place, object, amount and aim in one."""
    nodes = PlaceReader(lexicon.inventory, text).read(
        read_numbers(without_references(without_customers(with_polite_ifs(nodes))))
    )
    return read_aims(read_amounts(read_things(nodes, text)))


def _reading(request: Request) -> Reading:
    return Reading(expectations=tuple(request.expectations), assumptions=tuple(dict.fromkeys(request.assumptions)))


def _require_readable(text: str) -> None:
    if not text.strip():
        raise declined(
            [Fault(DeclineReason.NOT_A_NETWORK_INTENT, "The request is empty.", "What is to be done, and where?")]
        )
    if len(text) > LONGEST_CHARACTERS:
        message = f"The request has {len(text)} characters; at most {LONGEST_CHARACTERS} are read."
        raise declined([Fault(DeclineReason.NOT_A_NETWORK_INTENT, message, "What is to be done, in a few sentences?")])


def _unsafe(quote: str) -> Fault:
    message = f'"{quote}" is an order about this system itself, and nothing of the request is carried out.'
    return Fault(DeclineReason.UNSAFE, message, "What is to be done in the network? Please ask for that alone.")
