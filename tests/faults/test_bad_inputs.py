"""Every bad input through the whole command: what survives, what is counted, how the run ends.

A failing input found anywhere becomes a builder in `archives`, `pages`, `lines` or `tables`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from corpusmill.cli.main import main
from tests.faults import archives, lines, pages, tables
from tests.faults.builders import FAULTS, REFUSED, Case, mark
from tests.faults.running import InProcessEngine, assert_sound, strings

ALL = [
    pytest.param(case, id=f"{module.__name__.rpartition('.')[2]}-{case.name}")
    for module in (archives, pages, lines, tables)
    for case in module.CASES
]


@pytest.mark.parametrize("case", ALL)
def test_bad_input(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr("corpusmill.pipeline.engines.choose.LocalEngine", InProcessEngine)
    path, out = tmp_path / case.file, tmp_path / "run"
    path.write_bytes(case.build())
    code = main(["run", "keep-all", "--input", str(path), "--out", str(out), "--workers", "1"])
    messages = capsys.readouterr().err
    assert code in case.exits, messages
    assert "Traceback" not in messages
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([case.file, *(["run"] if code != REFUSED else [])])
    if code == REFUSED:
        assert path.name in messages
        assert case.says in messages
        return
    described = assert_sound(out)
    kept, held = strings(out / "documents"), strings(out / "quarantine")
    assert [number for number in case.kept if mark(int(number)) not in kept] == []
    assert [number for number in case.either if mark(int(number)) not in kept and not held] == []
    assert [text for text in case.texts if text not in kept] == []
    assert [text for text in case.never if text in kept] == []
    assert described["faults"] >= case.faults
    assert case.says in messages + held
    assert (code == FAULTS) == (described["faults"] > 0.01 * described["read"])
