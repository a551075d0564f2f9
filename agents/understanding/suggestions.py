"""Questions about a word that nobody knows, with the known words that are spelt almost so. Nothing is read so: it is
for the requester to say."""

from dataclasses import replace

from agents.domain.rules import Fault
from agents.domain.spelling import nearest
from agents.knowledge.pack import KnowledgePack
from schemas.reasons import DeclineReason


class Suggestions:
    """Knows the words for sites, objects and values."""

    def __init__(self, pack: KnowledgePack) -> None:
        words = pack.vocabulary
        self._sites = pack.inventory.everywhere
        self._cities = tuple(pack.inventory.cities)
        lists = (words.objects, words.services, words.targets, words.counts)
        self._others = tuple(word for each in lists for spellings in each.values() for word in spellings)

    def of(self, fault: Fault) -> Fault:
        """The fault, its question with what was probably meant."""
        is_place = fault.reason == DeclineReason.UNKNOWN_SITE
        for word in dict.fromkeys((fault.unknown, *fault.unknown.split())):
            found = () if is_place else nearest(word, self._others)
            if found := found or nearest(word, self._sites) or nearest(word, self._cities):
                meant = " or ".join(each.upper() if word.isupper() else each for each in found)
                return replace(fault, question=f'By "{word}", did you mean {meant}? Please say it again in full.')
        return fault
