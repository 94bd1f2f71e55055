"""Non-negative least squares for sparse columns of small counts, by coordinate descent."""

from __future__ import annotations

from typing import Any

from corpusmill.machine_code.jit import kernel


@kernel
def descend(columns: Any, weights: Any, residual: Any, solution: Any, sweeps: Any, tolerance: Any) -> int:
    """Lower ‖w(Ax − h)‖ over x ≥ 0 in place; returns how many sweeps over all columns it took, at most `sweeps`.

    Column j of A counts the numbers columns[j, :] (int32[n, depth]; 0 counts for nothing). `weights` are w², `residual`
    is h − Ax for the `solution` x given (float64). It ends when no x changes by more than `tolerance` in a sweep.
    """
    depth = columns.shape[1]
    for sweep in range(sweeps):
        most = 0.0
        for j in range(columns.shape[0]):
            slope = curvature = 0.0
            for k in range(depth):
                number = columns[j, k]
                if number:
                    slope += weights[number] * residual[number]
                    times = 0
                    for other in range(depth):  # a number that stands twice counts four times: (c x)²
                        times += columns[j, other] == number
                    curvature += weights[number] * times
            step = max(slope / curvature, -solution[j])
            if step != 0.0:
                solution[j] += step
                most = max(most, abs(step))
                for k in range(depth):
                    residual[columns[j, k]] -= step
        residual[0] = 0.0  # what the zeros have taken
        if most <= tolerance:
            return sweep + 1
    return int(sweeps)
