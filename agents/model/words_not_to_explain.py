"""Verbs that no model may explain: those that forbid, pretend, weigh up or limit what the rest of the request says.

"Crank it to 5" and "bring it to 5" end at the same; "veto it to 5", "rehearse it to 5" and "curb it to 5" do not. The
lexicon knows the common ones and declines them by itself; these are further ones. The list can only ever lead to a
question back, and whatever it lacks still waits for somebody to agree.
"""

from difflib import get_close_matches

from agents.knowledge.vocabulary import Vocabulary

_FORBIDDING = """
abjure abort abstain ban bar belay block boycott cease countermand decry defer delay desist disallow disapprove
discontinue eschew evitate exclude forbear forbid forego forgo halt hinder ixnay negate nix object oppose postpone
preclude prevent prohibit protest recant refuse refute reject rescind resist retract revoke shelve shun sin spurn
suspend table veto void waive withdraw withhold
"""
_PRETENDING = """
alert anticipate assume attribute canary compare consider contemplate contrast debate discuss dummy entitle envisage
envision equate exercise fake fancy feign foresee hypothesize imagine jest joke liken mock model muse picture ponder
practice practise predict prefer prepare pretend preview project promise propose rehearse sandbox shadow simulate
speculate subject suggest theorise theorize toy trial warn
"""
_WEIGHING = """
analyse analyze appraise assess audit benchmark budget calculate check cost determine estimate evaluate examine
explore forecast gauge inspect investigate judge list log measure monitor note observe plot price query question quote
rate record report research review score study survey test track verify watch weigh
"""
_LIMITING = """
bound cap clamp clip confine constrain curb curtail floor hem limit ration reserve restrain restrict squeeze threshold
throttle trim
"""

NOT_TO_EXPLAIN = frozenset(" ".join((_FORBIDDING, _PRETENDING, _WEIGHING, _LIMITING)).split())
_AGAINST = ("un", "non", "anti", "de", "dis", "mis", "over", "under", "out")
_ENDINGS = ("ing", "ed", "es", "s", "ly", "d", "r", "n")
_VERBS = ("delete", "remove", "lower", "cap", "move_version", "upgrade")
_SENSES = ("not", "if", "except", "correction", "total", "fewer", "vague")
_SHORTEST = 4
_SHORTEST_SLIP = 5
_LIKENESS = 0.83
"""Of `difflib`'s ratio, 0..1: "dleete" is like "delete" by 0.83, "crank" like "prank" by 0.8."""


class WordsNotToExplain:
    """These words, and those of the lexicon that take away, move, limit, negate or are nothing that is done here."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        verbs = [verb for kind, each in vocabulary.verbs.items() if kind in _VERBS for verb in each]
        senses = [phrase for sense in _SENSES for phrase in vocabulary.words.get(sense, ())]
        known = (each.split()[0].lower() for each in (*verbs, *vocabulary.unsupported_verbs, *senses))
        self._words = NOT_TO_EXPLAIN | {word for word in known if len(word) >= _SHORTEST}

    def has(self, word: str) -> bool:
        """True for such a word in any form or slip, for a part that is one, and for words against something."""
        low = word.lower()
        parts = (low, *low.replace("_", "-").split("-"))
        return any(self._is_listed(part) or part.startswith(_AGAINST) or self._is_slip(part) for part in parts)

    def _is_listed(self, word: str) -> bool:
        return any(len(stem) > 1 and stem in self._words for stem in _stems(word))

    def _is_slip(self, word: str) -> bool:
        stems = {word, *(word.removesuffix(ending) for ending in _ENDINGS)}
        long = [stem for stem in stems if len(stem) >= _SHORTEST_SLIP]
        return any(get_close_matches(stem, self._words, n=1, cutoff=_LIKENESS) for stem in long)


def _stems(word: str) -> set[str]:
    stems = {word, *(word.removesuffix(ending) for ending in _ENDINGS)}
    return stems | {stem + "e" for stem in stems} | {stem[:-1] for stem in stems if stem[-1:] == stem[-2:-1]}
