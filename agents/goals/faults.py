"""Why a model's plan is not believed: codes for metrics, sentences for people."""

from enum import StrEnum


class Fault(StrEnum):
    """The first fault found; the value is a metric label."""

    NO_PLAN = "no_plan"
    TOO_MUCH = "too_much"
    MALFORMED = "malformed"
    NO_GROUND = "no_ground"
    NO_SUCH_SOURCE = "no_such_source"
    QUOTE_NOT_FOUND = "quote_not_found"
    VALUE_NOT_IN_QUOTE = "value_not_in_quote"
    VALUE_OF_SOMETHING_ELSE = "value_of_something_else"
    WRONG_ARITHMETIC = "wrong_arithmetic"
    WRONG_CONDITION = "wrong_condition"
    SITE_NOT_NAMED = "site_not_named"
    OBJECT_NOT_NAMED = "object_not_named"
    NOT_THERE = "not_there"
    ALREADY_THERE = "already_there"
    TAKES_AWAY = "takes_away"
    LEFT_OUT = "left_out"
    AGAINST_THE_RULES = "against_the_rules"


_SAID = {
    Fault.NO_PLAN: "it sees none",
    Fault.TOO_MUCH: "it contains more than one request may",
    Fault.MALFORMED: "it names something that cannot be",
    Fault.NO_GROUND: "nothing in the request speaks for it",
    Fault.NO_SUCH_SOURCE: "it relies on something that was not given to it",
    Fault.QUOTE_NOT_FOUND: "it quotes words that appear nowhere",
    Fault.VALUE_NOT_IN_QUOTE: "a figure does not appear where it is said to come from",
    Fault.VALUE_OF_SOMETHING_ELSE: "a figure counts something else",
    Fault.WRONG_ARITHMETIC: "its arithmetic is wrong",
    Fault.WRONG_CONDITION: "it changes the meaning of a figure",
    Fault.SITE_NOT_NAMED: "it touches a site that is not meant",
    Fault.OBJECT_NOT_NAMED: "it acts on something that is mentioned nowhere",
    Fault.NOT_THERE: "it changes something that is not there",
    Fault.ALREADY_THERE: "it creates something that is there already",
    Fault.TAKES_AWAY: "it takes away what the request does not ask to be taken away",
    Fault.LEFT_OUT: "it leaves out something of the request",
    Fault.AGAINST_THE_RULES: "the rules forbid it",
}


class NotBelieved(Exception):
    """A plan that does not hold. `detail` says what of it, in words of ours and of the request."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(f"{_SAID[fault]}{f' ({detail})' if detail else ''}")
        self.fault = fault
