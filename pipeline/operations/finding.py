"""What `nephoran doctor` says of one dependency."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one dependency.

    `note` is worth knowing and keeps nothing from working; `unreachable` is a service that is not there or not as it
    must be; `wrong` is to be put right here. The last two say how in `found`.
    """

    what: str
    verdict: Literal["ok", "note", "wrong", "unreachable"]
    found: str
