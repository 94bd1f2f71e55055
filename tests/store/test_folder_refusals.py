"""Folders that are none of a run, folders inside of one, and what is left where a command is refused."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from corpusmill.cli.main import main
from corpusmill.errors import Refused, RunRefused
from corpusmill.pipeline.engines.local import LocalEngine
from corpusmill.pipeline.execution import Execution
from corpusmill.store.folder import RunFolder

RUN = {"recipe": {"name": "mine"}, "code": {"version": "1"}, "inputs": []}
QUIET = Execution(LocalEngine(1), quiet=True)


def finished(root: Path, identity: dict[str, object]) -> Path:
    """A folder in which nothing was to be done."""
    QUIET.fill(root, identity, lambda folder, execute: True)
    return root


@pytest.mark.parametrize(
    "verb",
    ["show", "report", "card", "blame", "select --recipe gopher-fast", "why x", "sample --kept",
     "dedupe --method exact", "languages --name x", "export --format rpv2 --out x",
     "tokenize --selection all --tokenizer x --out x"],
)  # fmt: skip
def test_a_folder_of_tokens_is_no_run_and_stays_as_it_is(tmp_path: Path, capsys, monkeypatch, verb: str):
    monkeypatch.chdir(tmp_path)
    tokens = finished(tmp_path / "tokens", {"recipe": {"name": "tokenize"}, "inputs": [{"name": "a.jsonl"}]})
    before = {path: path.read_bytes() for path in tokens.iterdir() if path.name != ".lock"}
    monkeypatch.setattr("corpusmill.pipeline.encoding.Encoding.of", lambda *given: (None, None))
    name, *more = verb.split()
    assert main([name, str(tokens), *more]) == 2
    assert f"{tokens} is no run: it holds what 'tokenize' wrote" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tokens.iterdir() if path.name != ".lock"} == before


def test_nothing_is_written_where_a_run_would_remove_it(tmp_path: Path):
    run = finished(tmp_path / "run", RUN)
    for out in (run / "tokens" / "s" / "t5", run / "models"):
        with pytest.raises(RunRefused, match=r"where the run .* removes all others; choose an --out elsewhere"):
            finished(out, {"recipe": {"name": "tokenize"}})
        assert not out.exists()
    assert finished(run / "beside", RUN).is_dir()


def test_what_was_refused_has_not_begun(tmp_path: Path):
    (tmp_path / "there").mkdir()
    for name, left in (("new", None), ("there", [".lock"])):
        root = tmp_path / name
        with pytest.raises(Refused), RunFolder(root, RUN):
            raise Refused("a pad that does not fit")
        assert (sorted(path.name for path in root.iterdir()) if root.exists() else None) == left
        finished(root, RUN | {"inputs": [{"name": "the corrected command"}]})


def test_what_was_interrupted_has_begun(tmp_path: Path):
    with pytest.raises(KeyboardInterrupt), RunFolder(tmp_path / "run", RUN):
        raise KeyboardInterrupt
    with pytest.raises(RunRefused, match="begun as another run"):
        finished(tmp_path / "run", RUN | {"limit": 1})


def test_a_finished_run_in_which_something_is_refused_stays_finished(tmp_path: Path):
    run = finished(tmp_path / "run", RUN)
    before = (run / "manifest.json").read_bytes()
    with pytest.raises(Refused), QUIET.opened(run) as folder:
        (folder.root / "manifest.json").unlink()  # as verbs do before they add
        raise Refused("no such column")
    assert (run / "manifest.json").read_bytes() == before


def test_an_unfinished_run_in_which_something_is_refused_stays_unfinished(tmp_path: Path):
    run = finished(tmp_path / "run", RUN)
    (run / "manifest.json").unlink()
    with pytest.raises(Refused), QUIET.opened(run, orjson.loads(orjson.dumps(RUN))):
        raise Refused("no such index")
    assert not (run / "manifest.json").exists()
