"""Numbers as plans write them: equal values look equal, on every path they came by."""

from typing import overload


@overload
def plain(value: float) -> float: ...
@overload
def plain(value: str) -> str: ...
def plain(value: float | str) -> float | str:
    """The value with whole numbers as integers; text as it is.

    Twelve significant digits are kept: more than any wish carries, fewer than where a factor's rounding shows.
    """
    if isinstance(value, str):
        return value
    rounded = float(f"{value:.12g}")
    return int(rounded) if rounded.is_integer() else rounded
