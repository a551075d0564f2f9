"""Words → constituents: numbers, places, objects, amounts and names of targets, each in one node."""

from agents.understanding.aims import read_aims
from agents.understanding.amounts import read_amounts
from agents.understanding.lexicon import Lexicon
from agents.understanding.nodes import Node
from agents.understanding.numbers import read_numbers
from agents.understanding.places import PlaceReader
from agents.understanding.references import with_polite_ifs, without_references
from agents.understanding.things import read_things


def constituents_of(nodes: list[Node], text: str, lexicon: Lexicon) -> list[Node]:
    """The nodes with every number, place, object, amount and aim in one."""
    numbered = read_numbers(without_references(with_polite_ifs(nodes)))
    placed = PlaceReader(lexicon.inventory, text).read(numbered)
    return read_aims(read_amounts(read_things(placed, text)))
