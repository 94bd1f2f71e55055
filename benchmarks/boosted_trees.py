"""What a tree costs a row: LightGBM's prediction, a walk from node to node, and ours. Markdown.

usage: boosted_trees.py

Synthetic rows of 150 features, a third of them whole numbers, one value in fifty missing; 180 trees of 31 leaves. One
thread each, the least of seven runs; the scores are compared first.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import lightgbm
import numba
import numpy as np

from corpusmill.models.trees.lightgbm import from_lightgbm
from corpusmill.models.trees.train import TreeParameters

ROWS = (300, 2_000, 20_000)
PARAMETERS = TreeParameters(trees=180)


def rows_and_labels(rows: int) -> tuple[Any, Any]:
    draw = np.random.default_rng(0)
    features = draw.standard_normal((rows, 150)).astype(np.float32)
    features[:, ::3] = np.floor(features[:, ::3] * 5)
    features[draw.random(features.shape) < 0.02] = np.nan
    hidden = np.nansum(features[:, :20], axis=1) + 2 * np.nan_to_num(features[:, 1] * features[:, 4])
    return features, (hidden + draw.standard_normal(rows) > 0).astype(np.float32)


@numba.njit(nogil=True)
def walked(rows, starts, leaves, feature, threshold, missing, left, right, values):
    sums = np.zeros(len(rows))
    for tree in range(len(starts) - 1):
        first = starts[tree]
        for i in range(len(rows)):
            node = 0
            while node >= 0:
                value = rows[i, feature[first + node]]
                if value != value:
                    goes_left = missing[first + node] == 1 or (
                        missing[first + node] == 0 and threshold[first + node] >= 0
                    )
                else:
                    goes_left = value <= threshold[first + node]
                node = left[first + node] if goes_left else right[first + node]
            sums[i] += values[leaves[tree] + ~node]
    return sums.astype(np.float32)


def nanoseconds(work: Callable[[], Any], count: int) -> float:
    work()
    best = np.inf
    for _ in range(7):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return float(best) * 1e9 / count


def main() -> None:
    features, labels = rows_and_labels(40_000)
    data = lightgbm.Dataset(features, labels)
    booster = lightgbm.train(PARAMETERS.for_lightgbm(), data, PARAMETERS.trees)
    model = from_lightgbm(booster)
    trees = (
        model.tree_nodes, model.tree_leaves, model.feature, model.threshold, model.missing, model.left, model.right,
        model.leaf_value,
    )  # fmt: skip
    ways: dict[str, Callable[[Any], Any]] = {
        "LightGBM, raw_score, one thread": lambda rows: booster.predict(rows, raw_score=True, num_threads=1),
        "from node to node": lambda rows: walked(rows, *trees),
        "ours": model.scores,
    }
    expected = booster.predict(features, raw_score=True).astype(np.float32)
    print("| nanoseconds a tree and row | " + " | ".join(f"{rows:,} rows" for rows in ROWS) + " | as LightGBM |")
    print("|---|" + "---:|" * (len(ROWS) + 1))
    for name, score in ways.items():
        same = np.array_equal(score(features).astype(np.float32), expected)
        times = [nanoseconds(lambda: score(features[:rows]), rows * len(model)) for rows in ROWS]  # noqa: B023 - called here
        print(f"| {name} | " + " | ".join(f"{each:.2f}" for each in times) + f" | {'to the bit' if same else 'no'} |")


if __name__ == "__main__":
    main()
