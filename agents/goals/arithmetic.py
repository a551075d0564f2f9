"""Arithmetic that a model says it did, done again: a handful of operations on the figures it names, nothing else."""

import ast
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite
from string import ascii_lowercase

_LONGEST = 80
_CONSTANTS = (1, 100)
"""All that may stand in it besides figures with an origin: "1 + b" for growth by a share, "100" for percentages."""
_ROUNDING: Mapping[str, Callable[[float], float]] = {"ceil": ceil, "floor": floor}
_CHOOSING: Mapping[str, Callable[[float, float], float]] = {"min": min, "max": max}
Dimension = Mapping[str, int]


class NotArithmetic(ValueError):
    """Not an expression, or one that no calculation with these figures would contain."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure with what it counts, by exponent; nothing for a plain number."""

    value: float
    dimension: Dimension

    def __hash__(self) -> int:
        return hash(self.value)


def worked_out(expression: str, figures: Sequence[Quantity]) -> Quantity:
    """What the expression comes to with the figures as a, b, c, …, each used exactly once. Raises: NotArithmetic."""
    if len(expression) > _LONGEST or len(figures) > len(ascii_lowercase):
        raise NotArithmetic("it is too long")
    try:
        tree = ast.parse(expression, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        raise NotArithmetic("it cannot be read") from fault
    names = Counter(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and len(node.id) == 1)
    if names != Counter(ascii_lowercase[: len(figures)]):
        raise NotArithmetic("not every figure is used exactly once")
    constants = Counter(node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    if any(value not in _CONSTANTS or count > 1 or isinstance(value, bool) for value, count in constants.items()):
        raise NotArithmetic("it has figures of its own")
    try:
        result = _value(tree, dict(zip(ascii_lowercase, figures, strict=False)))
    except (ZeroDivisionError, OverflowError) as fault:
        raise NotArithmetic("it comes to nothing") from fault
    if not isfinite(result.value):
        raise NotArithmetic("it comes to nothing")
    return result


def _value(node: ast.expr, figures: Mapping[str, Quantity]) -> Quantity:
    match node:
        case ast.Name(id=name) if name in figures:
            return figures[name]
        case ast.Constant(value=int(value)):
            return Quantity(float(value), {})
        case ast.BinOp(left=left, op=operation, right=right):
            return _combined(operation, _value(left, figures), _value(right, figures))
        case ast.Call(func=ast.Name(id=name), args=[one], keywords=[]) if name in _ROUNDING:
            inner = _value(one, figures)
            return Quantity(_ROUNDING[name](round(inner.value, 9)), inner.dimension)
        case ast.Call(func=ast.Name(id=name), args=[one, other], keywords=[]) if name in _CHOOSING:
            first, second = _value(one, figures), _value(other, figures)
            return Quantity(_CHOOSING[name](first.value, second.value), _same(first, second))
    raise NotArithmetic("it does more than arithmetic")


def _combined(operation: ast.operator, left: Quantity, right: Quantity) -> Quantity:
    match operation:
        case ast.Add():
            return Quantity(left.value + right.value, _same(left, right))
        case ast.Sub():
            return Quantity(left.value - right.value, _same(left, right))
        case ast.Mult():
            return Quantity(left.value * right.value, _joined(left.dimension, right.dimension, 1))
        case ast.Div():
            return Quantity(left.value / right.value, _joined(left.dimension, right.dimension, -1))
    raise NotArithmetic("it does more than arithmetic")


def _same(left: Quantity, right: Quantity) -> Dimension:
    if left.dimension != right.dimension:
        raise NotArithmetic("it adds or compares what cannot be added or compared")
    return left.dimension


def _joined(left: Dimension, right: Dimension, sign: int) -> Dimension:
    joined = Counter(left)
    for name, exponent in right.items():
        joined[name] += sign * exponent
    return {name: exponent for name, exponent in joined.items() if exponent}
