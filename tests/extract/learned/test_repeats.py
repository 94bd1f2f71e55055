"""The same choice in another process, with another seed of hashes."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.conftest import REPOSITORY
from tests.extract.learned.demo import digest
from tests.extract.learned.models import by_hand


def test_two_processes_choose_the_same(tmp_path):
    by_hand().save(tmp_path / "model.npz")
    digests = []
    for seed in ("0", "4711"):
        command = [sys.executable, "-m", "tests.extract.learned.demo", str(tmp_path / "model.npz")]
        environment = os.environ | {"PYTHONHASHSEED": seed}
        done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True)
        digests.append(done.stdout.strip())
    assert digests == [digest(by_hand())] * 2
