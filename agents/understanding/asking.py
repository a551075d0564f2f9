"""The constituents of a whole request → its expectations, or every fault that keeps it from being read."""

from dataclasses import dataclass, field

from agents.domain.rules import Fault
from agents.understanding.clause_reading import ClauseReading, read_clause
from agents.understanding.clauses import Clause
from agents.understanding.doing import Doing, doing_of
from agents.understanding.expecting import expectations_of, merged
from agents.understanding.frames import Frame, frames_of
from agents.understanding.hearsay import not_ordered
from agents.understanding.lexicon import Lexicon
from agents.understanding.nodes import Node
from agents.understanding.relevance import not_about_the_network
from agents.understanding.respectively import paired
from agents.understanding.segments import Kind
from agents.understanding.sentences import Sentence, sentences_of
from agents.understanding.sharing import Antecedent, Asked, parts_of, share_between
from agents.understanding.sifting import sifted
from agents.understanding.things import Mention
from schemas.intent import Action, Expectation, ObjectType
from schemas.reasons import DeclineReason

_NOTHING_ASKED = Fault(
    DeclineReason.AMBIGUOUS, "Nothing is asked for.", "What is to be done, with which object, and at which site?"
)
_SLICE_OR_FUNCTION = Fault(
    DeclineReason.AMBIGUOUS,
    "It is not clear whether the slice is to be scaled too, or only says which function is meant.",
    "Which functions of which slice are to be scaled? Please name the slice with each of them.",
)
_CERTAIN = (DeclineReason.UNSAFE, DeclineReason.UNSUPPORTED, DeclineReason.UNKNOWN_SITE)
"""Faults that hold whatever a word means that is not understood."""
_MOST_CONSTITUENTS = 60
"""Beyond that nobody could say what belongs together; finding out costs time in the square of it."""
_NEVER_DROPPED = ("not", "if", "retraction", "correction", "time", "or", "total", "except", "unverb")


@dataclass(slots=True)
class Request:
    """What was read. With `is_guesswork` there are words that are not understood, so that rules would judge a guess."""

    expectations: list[Expectation] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    is_guesswork: bool = False


def read_request(nodes: list[Node], text: str, lexicon: Lexicon) -> Request:
    """Everything that is asked, with everything that is wrong with it."""
    reader = _RequestReader(text, lexicon)
    sentences = sentences_of(nodes, text)
    reader.read([each for each in sentences if each.role != "headline"])
    if (irrelevant := not_about_the_network(nodes, reader.asked)) is not None:
        return Request(faults=[irrelevant])
    request = reader.request()
    for headline in sentences:
        if headline.role == "headline":
            _add_headline(headline, request, reader)
    if not request.expectations and not request.faults:
        request.faults.append(_NOTHING_ASKED)
    request.expectations = merged(request.expectations)
    return request


def _add_headline(headline: Sentence, request: Request, main: "_RequestReader") -> None:
    """A subject line says the request once more, in short: what it lacks is no fault, what it adds counts."""
    reader = _RequestReader(main.text, main.lexicon)
    reader.read([headline])
    short = reader.request()
    if short.expectations and not short.faults:
        request.expectations += short.expectations
        return
    types = {each.object.type for each in request.expectations}
    named = {kind for node in headline.nodes if "thing" in node for kind in node["thing"].types}
    places = {slug for node in headline.nodes if "sites" in node for slug in node["sites"].sites}
    is_there = not places.isdisjoint(slug for each in request.expectations for slug in each.object.sites)
    word = not_ordered(headline.nodes)
    is_changed = any(n.is_any(*_NEVER_DROPPED) for n in headline.nodes) or (word and not word.low.startswith("too "))
    is_repeated = bool(main.asked) and named <= types and (is_there or not places) and not is_changed
    if not is_repeated and headline.nodes:
        request.faults += short.faults or [_headline_fault(headline, main.text)]


def _headline_fault(headline: Sentence, text: str) -> Fault:
    quote = text[headline.nodes[0].start : headline.nodes[-1].end]
    message = f'The subject "{quote}" does not go with what is asked for.'
    return Fault(DeclineReason.AMBIGUOUS, message, "What is to be done, and where?")


@dataclass(slots=True)
class _RequestReader:
    """Reads sentences one after the other, and then what they share."""

    text: str
    lexicon: Lexicon
    asked: list[Asked] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    told: list[Antecedent] = field(default_factory=list)
    header: list[Node] = field(default_factory=list)
    is_header_open: bool = False

    def read(self, sentences: list[Sentence]) -> None:
        """Notes what they ask for, clause by clause."""
        for number, sentence in enumerate(sentences):
            clauses, faults = sifted(sentence, self.text, is_behind_order=bool(self.asked))
            self.faults += faults
            for clause in clauses:
                if clause.kind is Kind.REQUEST:
                    self._ask(clause, sentence, number)
                else:
                    self.told += _antecedents(clause.nodes)

    def request(self) -> Request:
        """What all of it comes to."""
        if self.asked and self.is_header_open:
            self._place_alone()
        request = Request(faults=[*self.faults], is_guesswork=any(each.reading.is_guesswork for each in self.asked))
        request.faults += share_between(self.asked)
        for each in self.asked:
            others = [other.doing for other in self.asked if other is not each and other.parts]
            is_again = any(each.doing.kinds & other.kinds for other in others)
            each.is_repeated = not each.parts and each.doing.is_noun and is_again
        derived: list[Fault] = []
        for each in self.asked:
            found: list[Expectation] = []
            expectations_of(each, self.text, found, derived, request.assumptions)
            scaled = {one.object.type for one in found if one.action is Action.SCALE}
            if ObjectType.SLICE in scaled and len(scaled) > 1:
                derived.append(_SLICE_OR_FUNCTION)
            request.expectations += found
        request.faults += [each for each in derived if not request.is_guesswork or each.reason in _CERTAIN]
        return request

    def _ask(self, clause: Clause, sentence: Sentence, number: int) -> None:
        reading = read_clause(clause.nodes, self.text, is_form=sentence.label is not None)
        self.faults += reading.faults
        if reading.is_place_only:
            self.header = [item.node for item in reading.items]
            self.is_header_open = True
        elif reading.has_content or reading.verbs or reading.faults:
            self.is_header_open = False
            asked = self._clause(reading, number)
            if not self._completes(asked):
                self.asked.append(asked)

    def _place_alone(self) -> None:
        """`… Nagoya as well.`: a place behind the last order, and nothing for it."""
        quote = self.text[self.header[0].start : self.header[-1].end]
        self._ambiguous(f'It is not clear what is to be done at "{quote}".', f'What is to be done at "{quote}"?')

    def _completes(self, asked: Asked) -> bool:
        """`…, please create.`, `…, please set it.`: the verb of what was named before it."""
        before = self.asked[-1] if self.asked else None
        is_only = bool(asked.doing.kinds) and not asked.reading.faults
        is_only = is_only and all(item.kind == "pronoun" for item in asked.reading.items)
        if before is None or not is_only or not asked.reading.is_polite or not before.parts:
            return False
        if before.doing.kinds <= {"need"} or (before.doing.base == "get" and before.parts[0].wishes):
            before.doing = asked.doing
            return True
        return before.doing.kinds == asked.doing.kinds and not asked.reading.items

    def _clause(self, reading: ClauseReading, number: int) -> Asked:
        doing = doing_of(reading.verbs, reading.particles, self.lexicon.separable)
        if not isinstance(doing, Doing):
            self._fault_of_verbs(doing)
            doing = Doing()
        parts, faults = parts_of(self._frames(reading), doing, is_each=reading.is_each)
        self.faults += faults
        return Asked(reading, doing, parts, number, told=[*self.told], header=[*self.header])

    def _frames(self, reading: ClauseReading) -> list[Frame]:
        if reading.respectively is not None:
            frames = paired(reading.items)
            if frames is None:
                low = reading.respectively.low
                self._ambiguous(
                    f'It is not clear what goes with what ("{low}").', "Which value is meant for which object and site?"
                )
            return frames or []
        if len(reading.items) > _MOST_CONSTITUENTS:
            self._ambiguous(
                f"One sentence names {len(reading.items)} objects, places and values, more than {_MOST_CONSTITUENTS}.",
                "What is to be done? Please say it in several sentences.",
            )
            return []
        frames, misfit = frames_of(reading.items)
        if misfit is not None:
            reading.is_guesswork = True
            quote = self.text[misfit.node.start : misfit.node.end]
            self._ambiguous(
                f'It is not clear what "{quote}" belongs to.',
                f'What does "{quote}" belong to? Please say each wish in a sentence of its own.',
            )
        return [frame for frame in frames if not frame.is_empty]

    def _fault_of_verbs(self, nodes: list[Node]) -> None:
        quotes = " and ".join(f'"{self.text[node.start : node.end]}"' for node in nodes)
        self._ambiguous(f"{quotes} do not go together.", f"What is to be done: {quotes}?")

    def _ambiguous(self, message: str, question: str) -> None:
        self.faults.append(Fault(DeclineReason.AMBIGUOUS, message, question))


def _antecedents(nodes: list[Node]) -> list[Antecedent]:
    mentions: list[Mention] = [node["thing"] for node in nodes if "thing" in node]
    sites = [node for node in nodes if "sites" in node]
    named = [node for node in nodes if node.is_any("thing", "sites")]
    return [Antecedent(tuple(dict.fromkeys(mentions)), tuple(sites), tuple(named))] if named else []
