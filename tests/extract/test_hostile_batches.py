"""The whole of the extractor `learned` on hostile bytes, with bounds checks on in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY


def with_bounds_checks(request: pytest.FixtureRequest, rounds: int, folder: Path | None) -> int:
    """Pages that went through; the compiled kernels are kept for the next time."""
    environment = os.environ | {
        "NUMBA_BOUNDSCHECK": "1",
        "NUMBA_CACHE_DIR": str(request.config.cache.mkdir("kernels-with-bounds-checks")),
    }
    command = [sys.executable, "-m", "tests.extract.hostile_batches", str(rounds), *([str(folder)] if folder else [])]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return int(done.stdout)


@pytest.mark.slow
@pytest.mark.shared
def test_no_index_is_out_of_bounds_in_long_runs(request, shared):
    assert with_bounds_checks(request, 20_000, shared / "bad_inputs") > 1_200_000
