"""Vectors for texts without a model: each word counts at a place of its own, so texts that share words are near."""

import base64
import hashlib
import re
import struct
from math import sqrt

_WORD = re.compile(r"[^\W_]+")


def embedding(text: str, dimensions: int, encoding_format: str) -> list[float] | str:
    """Of unit norm; as numbers, or as `base64` of little-endian 32-bit floats, which is what the client asks for."""
    vector = [0.0] * dimensions
    for word in _WORD.findall(text.lower()):
        place = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big") % dimensions
        vector[place] += 1.0
    norm = sqrt(sum(value * value for value in vector)) or 1.0
    unit = [value / norm for value in vector]
    if encoding_format != "base64":
        return unit
    return base64.b64encode(struct.pack(f"<{dimensions}f", *unit)).decode()
