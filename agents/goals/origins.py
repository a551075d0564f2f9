"""The sources that a model claims for words and figures → whether they are there, and what they count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.goals.answer_shape import ClaimedOrigin
from agents.goals.arithmetic import Quantity
from agents.goals.faults import Fault, NotBelieved
from agents.goals.sources import Case, Source
from agents.understanding.mentions import Figure, MentionReader, Mentions
from schemas.bodies import Origin
from schemas.intent import TARGET_UNITS

_SHORTEST_QUOTE = 2
_EQUALLY = 1e-9
_PLAIN_KINDS = ("bare", "times", "percent", "points")
_SAME_KINDS = {"things": "replicas", "gain": "power", "nines": "percent"}
_OWN_KINDS = {
    **dict.fromkeys(("dl_throughput", "ul_throughput"), "rate"),
    **dict.fromkeys(("latency", "jitter"), "time"),
    **{"tx_power": "power", "bandwidth": "frequency", "cpu": "cores", "memory": "memory"},
}


@dataclass(frozen=True, slots=True)
class Figured:
    """A figure found where it was said to be. `figure` is how a text holds it, `target` what it is held for."""

    origin: Origin
    value: float | str
    is_share: bool
    kind: str
    figure: Figure | None = None
    target: str | None = None

    @property
    def quantity(self) -> Quantity:
        """For arithmetic: 30 % is 0.3, and what is only a number counts nothing."""
        value = float(self.value)
        return Quantity(value / 100 if self.is_share else value, {} if self.kind in _PLAIN_KINDS else {self.kind: 1})


class OriginCheck:
    """Finds origins in the sources of a goal."""

    def __init__(self, mentions: MentionReader) -> None:
        self._mentions = mentions

    def words(self, case: Case, claim: ClaimedOrigin) -> Origin:
        """The words, found in their source. Raises: NotBelieved."""
        source = _found(case, claim)
        place = "" if source.kind == "request" else source.name
        return Origin(kind=source.kind, place=place, quote=claim.quote)

    def figure(self, case: Case, claim: ClaimedOrigin) -> Figured:
        """The figure, found in its quote with its unit. Raises: NotBelieved."""
        source = _found(case, claim)
        if claim.value is None:
            raise NotBelieved(Fault.VALUE_NOT_IN_QUOTE, f"“{claim.quote}”")
        origin = self.words(case, claim).model_copy(update={"value": claim.value})
        if source.state is not None:
            return _held(source, claim, origin)
        holding = [each for each in self._figures(source, claim.quote) if _holds(each.values, claim.value)]
        told = self._mentions.read(source.text)
        certain = [each for each in holding if not each.amount.is_doubtful and told.is_told_plainly(each)]
        if not certain:
            raise NotBelieved(Fault.VALUE_NOT_IN_QUOTE, f"{claim.value} in “{claim.quote}”")
        figure = max(certain, key=lambda each: each.is_counted)
        kind = _SAME_KINDS.get(figure.amount.kind, figure.amount.kind)
        return Figured(origin, claim.value, figure.is_share, kind, figure)

    def _figures(self, source: Source, quote: str) -> Iterable[Figure]:
        """The figures of the source that the quote holds: with all the words that the source says them in."""
        mentions = self._mentions.read(source.text)
        quoted = {value for each in self._mentions.read(quote).figures for value in each.values}
        begins = source.text.find(quote)
        while begins >= 0:
            ends = begins + len(quote)
            for each in mentions.figures:
                is_whole = begins <= each.start and each.end <= ends
                is_begun = each.start < begins < each.end <= ends and quoted.intersection(each.values)
                if is_whole or is_begun:
                    yield each
            begins = source.text.find(quote, begins + 1)

    def named_in(self, case: Case, origins: Sequence[Origin]) -> list[Mentions]:
        """What the sources of these origins name, beside the request."""
        names = {each.place for each in origins if each.kind in ("passage", "state")}
        return [self._mentions.read(each.text) for each in case.sources if each.name in names]


def kind_of(target: str) -> str:
    """What a value of this target counts."""
    if target in _OWN_KINDS:
        return _OWN_KINDS[target]
    return "percent" if TARGET_UNITS[target] == "%" else "bare" if target == "priority_level" else target


def is_equal(one: float | str, other: float | str) -> bool:
    """The same figure, but for the noise of floating point."""
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return abs(one - other) <= _EQUALLY * max(1.0, abs(one), abs(other))


def _holds(values: Iterable[float | str], wished: float | str) -> bool:
    return any(type(wished) is type(value) and is_equal(value, wished) for value in values)


def _found(case: Case, claim: ClaimedOrigin) -> Source:
    source = case.source(claim.source)
    if source is None:
        raise NotBelieved(Fault.NO_SUCH_SOURCE, claim.source[:60])
    if len(claim.quote.strip()) < _SHORTEST_QUOTE or not _is_quoted(source.text, claim.quote):
        raise NotBelieved(Fault.QUOTE_NOT_FOUND, f"“{claim.quote[:60]}”")
    return source


def _is_quoted(text: str, quote: str) -> bool:
    """Word for word, and whole words: "1 replica" is no quote of "11 replicas"."""
    begins = text.find(quote)
    while begins >= 0:
        ends = begins + len(quote)
        before, after = text[begins - 1 : begins], text[ends : ends + 1]
        if not (before.isalnum() and quote[0].isalnum()) and not (after.isalnum() and quote[-1].isalnum()):
            return True
        begins = text.find(quote, begins + 1)
    return False


def _held(source: Source, claim: ClaimedOrigin, origin: Origin) -> Figured:
    """What stands at a site is known by name: no words to be misread."""
    values = source.state.values if source.state else {}
    for name, held in values.items():
        figures = [each for each in (held.value, held.min, held.max) if each is not None]
        if f"{name} =" in claim.quote and claim.value is not None and _holds(figures, claim.value):
            kind = kind_of(name)
            return Figured(origin, claim.value, kind == "percent", kind, target=name)
    raise NotBelieved(Fault.VALUE_NOT_IN_QUOTE, f"{claim.value} in “{claim.quote[:60]}”")
