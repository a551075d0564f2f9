"""Requests with the answers they must get, and how an answer compares with the right one."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.kafka.not_usable import NotPossible
from pipeline.operations.explain import Explanation
from schemas.intent import Expectation
from schemas.reasons import DeclineReason

Miss = Literal["wrong_deployment", "outcome", "reason"]


class GoldCase(BaseModel):
    """One request and its right answer. `reasons` are those accepted for a decline; `kind` groups, nothing more."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: str = ""
    text: str
    outcome: Literal["planned", "proposed", "declined"]
    reasons: tuple[DeclineReason, ...] = ()
    expectations: tuple[Expectation, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with the answer it got, and in which way that is wrong, None where it is right."""

    case: GoldCase
    given: Explanation
    seconds: float

    @property
    def miss(self) -> Miss | None:
        """`wrong_deployment` is the one that must never happen."""
        if self.is_carried_out and signatures(self.given.expectations) != signatures(self.case.expectations):
            return "wrong_deployment"
        if self.given.outcome != self.case.outcome:
            return "outcome"
        if self.given.outcome == "declined" and self.given.reason not in self.case.reasons:
            return "reason"
        return None

    @property
    def is_carried_out(self) -> bool:
        """Whether something would be done, be it after an approval."""
        return self.given.outcome in ("planned", "proposed")


def signatures(expectations: tuple[Expectation, ...]) -> Counter[str]:
    """What decides whether expectations are equal: everything but the evidence, in any order."""
    return Counter(signature(expectation) for expectation in expectations)


def signature(expectation: Expectation) -> str:
    """One expectation in a form that can be compared."""
    made = expectation.model_dump(mode="json", exclude={"evidence"})
    made["object"]["sites"] = sorted(made["object"]["sites"])
    made["targets"] = sorted(made["targets"], key=lambda target: (target["name"], target["condition"]))
    return json.dumps(made, sort_keys=True)


def read_gold(path: Path) -> Iterator[GoldCase]:
    """The cases of a file, one JSON object a line. Raises: NotPossible that names the line."""
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if line.strip():
            try:
                yield GoldCase.model_validate_json(line)
            except ValidationError as fault:
                [first, *_] = fault.errors(include_url=False)
                where = ".".join(map(str, first["loc"])) or "the line"
                raise NotPossible(f"{path}:{number} is no labelled request: {where}: {first['msg']}") from fault
