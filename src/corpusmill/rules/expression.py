"""Arithmetic over stored columns: what a rule compares with its thresholds.

The grammar is numbers, column names, `+ - * /`, parentheses, and `sum(x)`, `mean(x)`, `count(x)` of a line signal.
`c4.x` is the column `x` measured on the text that the edit `c4` of a recipe leaves.
A missing value, or a division by zero, gives a missing value, never an error: the rule decides what that means.

>>> Expression.parse("sum(rps_lines_start_with_bulletpoint) / ccnet_nlines").columns
('ccnet_nlines', 'rps_lines_start_with_bulletpoint')
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Values = npt.NDArray[np.float64]  # one value a document; NaN: missing

_ARITHMETIC: dict[type[ast.operator], Callable[[Values, Values], Values]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: lambda a, b: np.where(b == 0, np.nan, a) / np.where(b == 0, np.nan, b),
}


@dataclass(frozen=True)
class Expression:
    """A parsed expression; `columns` are the stored columns that it needs, sorted."""

    text: str
    columns: tuple[str, ...]
    lists: tuple[str, ...] = ()  # of these, what sum(), mean() or count() is taken of
    numbers: tuple[str, ...] = ()  # and what is a value itself

    @classmethod
    def parse(cls, text: str) -> Expression:
        """Raises ValueError, with the position, for anything outside the grammar."""
        tree = _tree(text)
        lists: set[str] = set()
        numbers: set[str] = set()
        _check(tree, text, lists, numbers)
        return cls(text, tuple(sorted(lists | numbers)), tuple(sorted(lists)), tuple(sorted(numbers)))

    def evaluate(self, columns: Mapping[str, pa.Array], rows: int) -> Values:
        """One float64 a row; NaN where a column is null, a list is null, or the divisor is 0."""
        with np.errstate(all="ignore"):
            return np.broadcast_to(_value(_tree(self.text), columns), (rows,)).astype(np.float64)


def _tree(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        wanted = "wanted arithmetic over signals, as a / (b + 1)"
        raise ValueError(f"{text!r} is not an expression ({error}); {wanted}") from None


def _check(node: ast.expr, text: str, lists: set[str], numbers: set[str]) -> None:
    match node:
        case ast.Constant(value=bool()):
            raise ValueError(f"{text!r}: {ast.unparse(node)} is no number")
        case ast.Constant(value=int() | float()):
            if not _is_finite(node.value):
                raise ValueError(f"{text!r}: the number at position {node.col_offset} does not fit 64 bits")
            return
        case ast.Name() | ast.Attribute(value=ast.Name()):
            numbers.add(_column(node))
        case ast.UnaryOp(op=ast.USub()):
            _check(node.operand, text, lists, numbers)
        case ast.BinOp() if type(node.op) in _ARITHMETIC:
            _check(node.left, text, lists, numbers)
            _check(node.right, text, lists, numbers)
        case ast.Call(
            func=ast.Name(id=name),
            args=[(ast.Name() | ast.Attribute(value=ast.Name())) as argument],
            keywords=[],
        ) if name in _AGGREGATES:
            lists.add(_column(argument))
        case _:
            raise ValueError(
                f"{text!r}: {ast.unparse(node)!r} at position {node.col_offset} is not allowed; "
                "wanted numbers, signal names, + - * /, parentheses, sum(), mean() or count() of a line signal"
            )


def _is_finite(number: object) -> bool:
    try:
        return math.isfinite(float(number))  # type: ignore[arg-type]
    except OverflowError:
        return False


def _value(node: ast.expr, columns: Mapping[str, pa.Array]) -> Values:
    match node:
        case ast.Constant(value=number):
            return np.array([number], dtype=np.float64)
        case ast.Name() | ast.Attribute():
            return _numbers(columns[_column(node)])
        case ast.UnaryOp():
            return -_value(node.operand, columns)
        case ast.BinOp():
            return _ARITHMETIC[type(node.op)](_value(node.left, columns), _value(node.right, columns))
        case ast.Call(func=ast.Name(id=function), args=[argument]):
            return _AGGREGATES[function](columns[_column(argument)])
    raise AssertionError("unreachable: parse() admits nothing else")


def _column(node: ast.expr) -> str:
    """The name of a column, as it is written."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=edit), attr=name):
            return f"{edit}.{name}"
    raise AssertionError("unreachable: parse() admits nothing else")


def _numbers(array: pa.Array) -> Values:
    return np.asarray(pc.cast(array, pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False))


def _sum(lists: pa.Array) -> Values:
    """Sum of each list; 0 for an empty one, NaN for a null one."""
    counts = _count(lists)
    owner = np.repeat(np.arange(len(counts)), np.nan_to_num(counts).astype(np.int64))
    # bincount adds in order within each list, so a sum does not depend on the neighbours in the batch
    sums = np.bincount(owner, weights=_numbers(pc.list_flatten(lists)), minlength=len(counts)).astype(np.float64)
    sums[np.isnan(counts)] = np.nan
    return sums


def _count(lists: pa.Array) -> Values:
    return _numbers(pc.list_value_length(lists))


def _mean(lists: pa.Array) -> Values:
    counts = _count(lists)
    return _ARITHMETIC[ast.Div](_sum(lists), counts)


_AGGREGATES: dict[str, Callable[[pa.Array], Values]] = {"sum": _sum, "mean": _mean, "count": _count}
