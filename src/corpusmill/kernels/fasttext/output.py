"""From the mean of the rows to the best label, by each of fastText's losses.

Sums are float32, one term after the other; logarithms are of q + 1e-5 in float64, rounded to float32; of equal scores
the last counts, as in a heap of one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from corpusmill.kernels.bits import peek32
from corpusmill.machine_code.jit import inlined, ir, kernel, primitive, types

HIERARCHICAL, NEGATIVE_SAMPLING, SOFTMAX, ONE_VS_ALL = range(1, 5)
SIGMOID_STEPS, SIGMOID_LIMIT = 512, 8
_ONE, _ZERO = np.float32(1), np.float32(0)
_LIMIT, _STEPS, _TWO = np.float32(SIGMOID_LIMIT), np.float32(SIGMOID_STEPS), np.float32(2)


@primitive
def peek_float(typing: Any, at: Any) -> Any:
    """The float32 at an address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(builder.inttoptr(arguments[0], ir.FloatType().as_pointer()), align=4)

    return types.float32(types.int64), generate


@inlined
def log_of(probability: Any) -> Any:
    return np.float32(math.log(np.float64(probability) + 1e-5))


@inlined
def product(model: Any, row: Any, hidden: Any) -> Any:
    """Row of the output matrix times the vector at `hidden`."""
    total = _ZERO
    at = model.output + 4 * row * model.dimensions
    for i in range(model.dimensions):
        total += peek_float(at + 4 * i) * peek_float(hidden + 4 * i)
    return total * peek_float(model.norms + 4 * row)


@inlined
def sigmoid(model: Any, value: Any) -> Any:
    """By a table, for negative sampling and one-versus-all."""
    if value < -_LIMIT:
        return _ZERO
    if value > _LIMIT:
        return _ONE
    return peek_float(model.sigmoid + 4 * np.int64((value + _LIMIT) * _STEPS / _LIMIT / _TWO))


@kernel
def best_leaf(model: Any, hidden: Any, nodes: Any, scores: Any) -> Any:
    """Best leaf of the tree of the hierarchical softmax, left before right; branches that cannot win are cut.

    A score may grow by 1e-5 on its way down, so what is cut depends on the order.
    """
    lowest = log_of(_ZERO)
    label, best = -1, _ZERO
    nodes[0], scores[0] = 2 * model.labels - 2, 0
    waiting = 1
    while waiting > 0:
        waiting -= 1
        node, score = nodes[waiting], scores[waiting]
        if score < lowest or (label >= 0 and score < best):
            continue
        if node < model.labels:
            label, best = node, score
            continue
        inner = node - model.labels
        value = product(model, inner, hidden)
        if math.isnan(value):
            return -1, np.float32(np.nan)
        right = np.float32(1.0 / np.float64(_ONE + math.exp(-value)))
        nodes[waiting] = peek32(model.children + 8 * inner + 4)
        scores[waiting] = score + log_of(right)
        nodes[waiting + 1] = peek32(model.children + 8 * inner)
        scores[waiting + 1] = score + log_of(np.float32(1.0 - np.float64(right)))
        waiting += 2
    return label, math.exp(best) if label >= 0 else _ZERO


@inlined
def softmax(scores: Any, count: Any, most: Any) -> None:
    """Turn scores, the greatest of which is `most`, into probabilities."""
    total = _ZERO
    for i in range(count):
        scores[i] = math.exp(np.float64(scores[i] - most))
        total += scores[i]
    for i in range(count):
        scores[i] = scores[i] / total


@kernel
def best_output(model: Any, hidden: Any, nodes: Any, scores: Any) -> Any:
    """Best label and its probability for the mean at the address `hidden`; (-1, 0) if none reaches 0.

    `nodes` and `scores` are scratch for a label each and two more.
    """
    if model.loss == HIERARCHICAL:
        return best_leaf(model, hidden, nodes, scores)
    for i in range(model.labels):
        scores[i] = product(model, i, hidden)
        if math.isnan(scores[i]):
            return -1, np.float32(np.nan)
    if model.loss == SOFTMAX:
        most = scores[0]
        for i in range(model.labels):
            most = max(most, scores[i])
        softmax(scores, model.labels, most)
    else:
        for i in range(model.labels):
            scores[i] = sigmoid(model, scores[i])
    label, best = -1, _ZERO
    for i in range(model.labels):
        score = log_of(scores[i])
        if scores[i] >= 0 and not (label >= 0 and score < best):
            label, best = i, score
    return label, math.exp(best) if label >= 0 else _ZERO
