"""What structured outputs ask of a JSON Schema with `strict: true`, as the provider's documentation lists it."""

from collections.abc import Iterator, Mapping
from typing import Any

_NOT_SUPPORTED = ("allOf", "not", "dependentRequired", "dependentSchemas", "if", "then", "else", "default", "oneOf")
_DEEPEST = 10
_MOST_PROPERTIES = 5_000


def strict_schema_faults(schema: Mapping[str, Any]) -> list[str]:
    """Why a provider would answer 400; empty for a schema that it takes."""
    faults = [] if schema.get("type") == "object" else ["the root has to be an object"]
    return [*faults, *_faults(schema, "", 0)]


def _faults(part: Mapping[str, Any], path: str, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        yield f"{path}: nested deeper than {_DEEPEST} levels"
        return
    yield from (f"{path}: {word} is not supported" for word in _NOT_SUPPORTED if word in part)
    if "$ref" in part and len(part) > 1:
        yield f"{path}: $ref may have no sibling"
    if "properties" in part:
        properties = part["properties"]
        if part.get("additionalProperties") is not False:
            yield f"{path}: additionalProperties has to be false"
        if sorted(part.get("required", [])) != sorted(properties):
            yield f"{path}: every property has to be required"
        for name, child in properties.items():
            yield from _faults(child, f"{path}/{name}", depth + 1)
    elif part.get("type") == "object":
        yield f"{path}: an object without properties"
    for name, child in part.get("$defs", {}).items():
        yield from _faults(child, f"{path}#{name}", depth)
    for child in part.get("anyOf", []):
        yield from _faults(child, f"{path}|", depth)
    if isinstance(part.get("items"), dict):
        yield from _faults(part["items"], f"{path}[]", depth + 1)
