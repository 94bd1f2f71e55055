"""Arguments are told apart exactly where Numba compiles anew."""

from collections import namedtuple
from itertools import product
from typing import NamedTuple

import numba
import numpy as np
import pytest

from corpusmill.machine_code.kinds import kinds_of, spelled


class Pair(NamedTuple):
    first: object
    second: object


Other = namedtuple("Other", "first second")


def read_only(values: np.ndarray) -> np.ndarray:
    values.flags.writeable = False
    return values


def unaligned() -> np.ndarray:
    return np.frombuffer(bytearray(17), np.uint8)[1:].view(np.int64)


INTEGERS = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
GRID = np.zeros((3, 4), np.int32)
KNOWN = {
    "int": 3,
    "negative": -1,
    "largest": 2**63 - 1,
    "beyond": 2**63,
    "largest of all": 2**64 - 1,
    "bool": True,
    "float": 0.5,
    "none": None,
    **{f"scalar {name}": getattr(np, name)(1) for name in INTEGERS},
    **{f"scalar {name}": getattr(np, name)(1) for name in ("float32", "float64", "bool_")},
    **{f"array {name}": np.zeros(2, name) for name in [*INTEGERS, "float32", "float64", "bool"]},
    "empty": np.zeros(0, np.int64),
    "steps": np.zeros(4, np.int64)[::2],
    "one of steps": np.zeros(4, np.int64)[::4],
    "read only": read_only(np.zeros(2, np.int64)),
    "unaligned": unaligned(),
    "rows": GRID,
    "columns": GRID.T,
    "part": GRID[:, 1:],
    "one row": GRID[:1],
    "none of it": GRID[:, :0],
    "no axis": np.zeros((), np.int32),
    "three axes": np.zeros((1, 2, 3), np.int32),
    "tuple": (1, 2.0),
    "tuple of arrays": (GRID, GRID[0]),
    "empty tuple": (),
    "pair": Pair(1, 2),
    "pair of others": Pair(1, GRID),
    "other pair": Other(1, 2),
    "nested": Pair(Pair(1, 2), (1,)),
    "nested otherwise": Pair(Pair(1, 2), 1),
}
UNKNOWN = [
    "text",
    [1, 2],
    2**64,
    -(2**63) - 1,
    -(2**63),
    np.zeros(2, ">i8"),
    np.zeros(2, "f2"),
    np.zeros(2, "c16"),
    np.zeros(2, "M8[s]"),
    np.zeros(2, [("a", "i4")]),
    np.longdouble(1),
    1j,
    Pair(1, "text"),
    (1, [2]),
    len,
]


@pytest.mark.parametrize("first", KNOWN)
def test_two_are_the_same_where_numba_says_so(first):
    for second in KNOWN:
        same = numba.typeof(KNOWN[first]) == numba.typeof(KNOWN[second])
        assert (spelled(kinds_of((KNOWN[first],))) == spelled(kinds_of((KNOWN[second],)))) == same, second


@pytest.mark.parametrize("value", UNKNOWN, ids=repr)
def test_others_are_not_known(value):
    assert spelled(kinds_of((1, value, 2))) is None


def test_lists_of_them_are_not_mixed_up():
    """What stands in a tuple is another thing than what stands beside it."""
    values = [(), (1,), ((1,),), (1, 1), ((1, 1),), ((1,), 1), (1, (1,)), ((), 1), (1, ()), (None,), (None, 1)]
    for one, other in product(values, repeat=2):
        assert (spelled(kinds_of(one)) == spelled(kinds_of(other))) == (one == other), (one, other)


def test_a_class_of_arrays_on_disk_is_as_any(tmp_path):
    np.zeros(4, np.int64).tofile(tmp_path / "x")
    mapped = np.memmap(tmp_path / "x", np.int64, "r")
    assert spelled(kinds_of((mapped,))) == spelled(kinds_of((read_only(np.zeros(4, np.int64)),)))
