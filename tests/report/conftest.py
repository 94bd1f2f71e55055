"""The synthetic run folder, written once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hostile_run import fill


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("run")
    (run / "manifest.json").write_text(json.dumps(fill(run)), encoding="utf-8")
    return run
