"""The lexicon as the operator writes it: which words mean what. Its files are in the folder `lexicon` of the pack."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.intent import TARGET_UNITS, ObjectType

Words = tuple[str, ...]
VerbKind = Literal[
    "deploy",
    "roll_out",
    "scale",
    "run",
    "upgrade",
    "move_version",
    "delete",
    "remove",
    "add",
    "give",
    "ensure",
    "cap",
    "set",
    "configure",
    "raise",
    "lower",
    "bring",
    "need",
]
UnitKind = Literal["time", "rate", "percent", "points", "power", "gain", "frequency", "memory", "cores", "ambiguous"]
Bound = Literal["at_least", "at_most", "equals", "ambiguous"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Unit(_Part):
    """Spellings of one unit. A value times `factor` is in the unit that values of this kind are given in."""

    kind: UnitKind
    factor: float = Field(gt=0)
    words: Words = ()
    exact: Words = ()


class SystemOrders(_Part):
    """What gives the system orders about itself: a verb near an object, or a phrase."""

    verbs: Words
    objects: Words
    phrases: Words


class LicencePatterns(_Part):
    """A named reason why words change nothing. `told` ones state something, whose objects and sites may be pointed at;
    `quoted` ones are left out of the orders, which needs an approval. What it covers holds one of the tags that it
    `needs`."""

    name: str
    begins: Literal["line", "clause", "anywhere"]
    ends: Literal["line", "clause", "statement", "anywhere"] = "anywhere"
    told: bool = False
    quoted: bool = False
    needs: Words = ()
    sense: str = ""
    after: Words = ()
    patterns: Words = Field(min_length=1)


class Vocabulary(_Part):
    """All words that are known, by what they mean."""

    verbs: dict[VerbKind, Words]
    multiplying_verbs: dict[str, float]
    separable: Words
    irregular: dict[str, tuple[str, str]]
    nouns_of_verbs: dict[VerbKind, Words]
    unsupported_verbs: Words
    foreign_verbs: Words
    objects: dict[ObjectType, Words]
    ambiguous_objects: dict[str, tuple[ObjectType, ...]]
    unsupported_objects: Words
    everything: Words
    services: dict[int, Words]
    compound_endings: Words
    targets: dict[str, Words]
    counts: dict[Literal["replicas", "max_sessions", "max_subscribers", "max_ues"], Words]
    counted: Words
    ambiguous_targets: dict[str, Words]
    unsupported_targets: Words
    directions: dict[Literal["dl", "ul"], Words]
    units: tuple[Unit, ...]
    multipliers: dict[str, float]
    number_words: dict[str, float]
    nines: dict[str, float]
    bounds: dict[Bound, Words]
    after_bounds: dict[Bound, Words]
    words: dict[str, Words]
    time_words: dict[str, Words]
    letter_words: dict[str, Words]
    form_words: dict[str, Words]
    background_words: dict[str, Words]
    stating_verbs: Words
    orders_about_itself: SystemOrders
    tag_classes: dict[str, Words]
    patterns: dict[str, str]
    licences: tuple[LicencePatterns, ...]
    licence_words: dict[str, Words]
    placed: Words
    doubted: dict[Literal["anywhere", "told", "opening", "used"], Words]
    harmless: Words = ()
    places: Words
    goal_vetoes: Words = ()
    passage_orders: Words = ()
    real_words: Words = ()
    slips: dict[str, str] = {}

    @property
    def parts(self) -> dict[str, Words]:
        """Every list of words with a part of their own in a sentence, by that part."""
        return {
            **self.words,
            **self.time_words,
            **self.letter_words,
            **self.form_words,
            **self.background_words,
            **self.licence_words,
        }

    @model_validator(mode="after")
    def _targets_exist(self) -> "Vocabulary":
        for name in self.targets:
            if name not in TARGET_UNITS and name != "throughput":
                raise ValueError(f"targets.{name} is no target: use one of {', '.join(TARGET_UNITS)} or throughput")
        return self
