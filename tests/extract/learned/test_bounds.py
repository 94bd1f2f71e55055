"""Hostile pages through every kernel that indexes them, with bounds checks on, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.conftest import REPOSITORY


def test_no_index_is_out_of_bounds(request):
    environment = os.environ | {
        "NUMBA_BOUNDSCHECK": "1",
        "NUMBA_CACHE_DIR": str(request.config.cache.mkdir("kernels-with-bounds-checks")),
    }
    command = [sys.executable, "-m", "tests.extract.learned.parity"]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout == "all\n"
