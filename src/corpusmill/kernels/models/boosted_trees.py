"""Boosted trees over rows of numbers, 64 rows at a time: every node is asked for all of them, without a branch.

The leaves of a tree are the bits of a word, the leftmost the lowest. A node whose test fails takes the leaves left of
it out of the word; what is lowest at the end is the row's leaf (QuickScorer, Lucchese et al. 2015; rows side by side
in vectors as in RapidScorer, Ye et al. 2018). The sum of a row is float64, one tree after the other, and so the same in
any batch and on any machine.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from corpusmill.kernels.bits import address
from corpusmill.kernels.transpose import WIDTH, turn_rows
from corpusmill.machine_code.jit import cgutils, inlined, ir, kernel, primitive, types

ROWS = 64  # at once; their columns should stay in the nearest caches

_LN2_HIGH, _LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10  # the first has zeros at its end: k times it is exact
_HIGHEST = 87.0  # what exp is asked for at most, either way
_POWERS = 2.0 ** np.arange(-128, 129)


def _reaching(bits: int) -> Any:
    """The walk of ROWS rows through one tree whose words have so many bits, all vectors in registers."""
    word = ir.IntType(bits)
    words, values = ir.VectorType(word, ROWS), ir.VectorType(ir.FloatType(), ROWS)

    def spread(builder: Any, value: Any) -> Any:
        kind = ir.VectorType(value.type, ROWS)
        one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
        order = ir.Constant(ir.VectorType(ir.IntType(32), ROWS), [0] * ROWS)
        return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), order)

    def element(builder: Any, base: Any, kind: Any, index: Any, size: int) -> Any:
        at = builder.add(base, builder.mul(index, ir.Constant(ir.IntType(64), size)))
        return builder.load(builder.inttoptr(at, kind.as_pointer()), align=4)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        block, columns, thresholds, kept, first, end, out = arguments
        state = cgutils.alloca_once(builder, words)
        builder.store(ir.Constant(words, [-1] * ROWS), state)
        with cgutils.for_range_slice(builder, first, end, ir.Constant(ir.IntType(64), 1)) as (node, _):
            column = builder.zext(element(builder, columns, ir.IntType(32), node, 4), ir.IntType(64))
            asked = element(builder, block, values, column, 4 * ROWS)
            threshold = spread(builder, element(builder, thresholds, ir.FloatType(), node, 4))
            stays = spread(builder, element(builder, kept, word, node, bits // 8))
            reached = builder.load(state)
            fails = builder.fcmp_ordered(">", asked, threshold)
            builder.store(builder.select(fails, builder.and_(reached, stays), reached), state)
        lowest = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(words, [words, ir.IntType(1)]), f"llvm.cttz.v{ROWS}i{bits}"
        )
        leaves = builder.call(lowest, [builder.load(state), ir.Constant(ir.IntType(1), 1)])
        small = ir.VectorType(ir.IntType(32), ROWS)
        leaves = builder.trunc(leaves, small) if bits > 32 else leaves
        builder.store(leaves, builder.inttoptr(out, small.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 7), generate


@primitive
def _reach32(typing: Any, block: Any, columns: Any, thresholds: Any, kept: Any, first: Any, end: Any, out: Any) -> Any:
    """Store the leaves uint32[ROWS] that the rows of a block reach; all but the range of nodes are addresses."""
    return _reaching(32)


@primitive
def _reach64(typing: Any, block: Any, columns: Any, thresholds: Any, kept: Any, first: Any, end: Any, out: Any) -> Any:
    return _reaching(64)


@kernel
def leaf_sums(features: Any, columns: Any, nodes: Any, leaves: Any) -> Any:
    """Sums float32[n] of the leaves that each of n rows of `features` float32[n, k] reaches.

    columns: the feature int32 of each column that nodes ask, and what a NaN in it becomes, float32.
    nodes: first node int32[trees + 1] of each tree; of each node its column int32, its threshold float32, and the word
    (uint32 or uint64) of the leaves that stay where the value is above the threshold.
    leaves: first leaf int32[trees + 1] of each tree; the values float64.
    All arrays are contiguous. Nothing is checked: the caller knows that all indices are within bounds.
    """
    sources, fills = columns
    tree_nodes, node_columns, thresholds, kept = nodes
    tree_leaves, values = leaves
    rows = features.shape[0]
    out = np.empty(rows, np.float32)
    block = np.zeros((sources.size, ROWS), np.float32)
    turned = np.zeros((max(features.shape[1], WIDTH), ROWS), np.float32)
    total = np.empty(ROWS, np.float64)
    reached = np.empty(ROWS, np.uint32)
    asked = address(block), address(node_columns), address(thresholds), address(kept)
    for start in range(0, rows, ROWS):
        count = min(ROWS, rows - start)
        _turn(features, start, count, sources, fills, turned, block)
        total[:] = 0.0
        for tree in range(tree_nodes.size - 1):
            first, end = np.int64(tree_nodes[tree]), np.int64(tree_nodes[tree + 1])
            if kept.itemsize == 8:
                _reach64(*asked, first, end, address(reached))
            else:
                _reach32(*asked, first, end, address(reached))
            leaf = np.uint32(tree_leaves[tree])
            for i in range(ROWS):
                total[i] += values[leaf + reached[i]]
        for i in range(count):
            out[start + i] = np.float32(total[i])
    return out


@inlined
def _turn(features: Any, start: Any, count: Any, sources: Any, fills: Any, turned: Any, block: Any) -> None:
    """Rows to columns, missing values filled in; what lies behind the last row is from before, and does not matter."""
    width = features.shape[1]
    whole = count & ~(WIDTH - 1) if width >= WIDTH else 0
    rows, out = address(features), address(turned)
    for i in range(0, whole, WIDTH):
        for j in range(0, width, WIDTH):
            column = min(j, width - WIDTH)
            first = rows + 4 * ((start + i) * width + column)
            turn_rows(first, 4 * width, out + 4 * (column * ROWS + i), ROWS)
    for i in range(whole, count):
        for column in range(width):
            turned[column, i] = features[start + i, column]
    for column in range(sources.size):
        source, fill = sources[column], fills[column]
        for i in range(ROWS):
            value = turned[source, i]
            block[column, i] = fill if value != value else value


@kernel
def logistic(scores: Any) -> Any:
    """1 / (1 + exp(-score)) float32[n] of float32 scores, by additions and multiplications in one fixed order.

    The library's exp differs in its last bit from machine to machine. Scores beyond ±87 count as ±87.
    """
    out = np.empty(scores.size, np.float32)
    for i in range(scores.size):
        x = -max(-_HIGHEST, min(_HIGHEST, np.float64(scores[i])))
        k = math.floor(x / _LN2_HIGH + 0.5)
        r = x - k * _LN2_HIGH - k * _LN2_LOW  # |r| ≤ 0.35: ten terms are below 1e-13 from it
        series = 1.0
        for n in range(10, 0, -1):
            series = 1.0 + r / n * series
        out[i] = np.float32(1.0 / (1.0 + series * _POWERS[np.int64(k) + 128]))
    return out
