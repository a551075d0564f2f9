"""A small shape to ask for where the reading of requests does not matter."""

from pydantic import ConfigDict

from schemas.body import Body


class Word(Body):
    """One word."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    word: str
