"""Benchmarks use the package from outside; a name that moved must fail here, not on the day of the next measurement."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
ELSEWHERE = {"datatrove_chain"}  # runs in datatrove's own environment


@pytest.mark.parametrize("name", sorted(p.stem for p in BENCHMARKS.glob("*.py") if p.stem not in ELSEWHERE))
def test_every_name_a_benchmark_imports_exists(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    assert importlib.import_module(name).__doc__
