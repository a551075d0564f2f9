"""Answers of a knowledge base as bytes, for caches."""

from pydantic import TypeAdapter

from agents.domain.ports import Found
from schemas.bodies import Citation

_CITATIONS = TypeAdapter(tuple[Citation, ...])


def found_to_json(found: Found) -> bytes:
    """The citations."""
    return _CITATIONS.dump_json(found.citations)


def found_from_json(value: bytes) -> Found:
    """The other way."""
    return Found(_CITATIONS.validate_json(value))
