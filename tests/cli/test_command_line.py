"""The command as its user meets it: exit codes, messages, streams."""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from corpusmill.cli.main import _LISTED, main
from corpusmill.store import layout


def corpusmill(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "corpusmill.cli.main", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture
def recipe(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "my.toml"
        path.write_text(text)
        return path

    return write


MISTAKES = [
    ('name = "x"\n[langage]\nthreshold = 0.5\n', ['my.toml:2  langage is unknown. Did you mean "language"?']),
    (
        'name = "x"\n\n[language]\nthreshold = "high"\nkep = ["en"]\n',
        ["my.toml:4  language.threshold = 'high' is a text; wanted a number", 'Did you mean "keep"?'],
    ),
    (
        'name = "x"\n[[rule]]\nname = "a"\nvalue = "rps_doc_wordcount"\nmin = 5\n[[rule]]\nname = "b"\n'
        'value = "rps_doc_word_count"\nmin = 100\nmax = 50\n',
        [
            'my.toml:4  signal "rps_doc_wordcount" is unknown. Did you mean "rps_doc_word_count"?',
            "min 100 is above max 50",
        ],
    ),
    ("name = [", ["my.toml is not TOML"]),
    ('name = "../escape"\n', ["is no file name"]),
    ('name = "x"\nextends = "my.toml"\n', ["extends itself"]),
]


@pytest.mark.parametrize(("text", "messages"), MISTAKES)
def test_all_mistakes_of_a_recipe_come_at_once(recipe, tmp_path: Path, capsys, text: str, messages: list[str]):
    code = main(["run", str(recipe(text)), "--input", str(tmp_path), "--out", str(tmp_path / "run")])
    shown = capsys.readouterr()
    assert code == 2
    assert shown.out == ""
    for message in messages:
        assert message in shown.err
    assert not (tmp_path / "run").exists()


OUTSIDE = [
    ("train", "lm", "--language", "en", "--text", "x"),
    ("train", "classifier", "--positive", "x", "--label", "x", "--negative", "x"),
    ("contaminants", "build", "a=x"),
    ("export", "x", "--format", "rpv2"),
    ("judge", "x", "--recipe", "gopher-fast"),
    ("extract", "x"),
]


@pytest.mark.parametrize("arguments", OUTSIDE, ids=" ".join)
def test_nothing_is_written_where_a_run_removes_all_but_its_own(tmp_path: Path, capsys, arguments):
    run = tmp_path / "run"
    run.mkdir()
    (run / layout.IDENTITY).write_text("{}")
    assert main([*arguments, "--out", str(run / "models" / "mine")]) == 2
    assert f"where the run {run} keeps its own files" in capsys.readouterr().err
    assert not (run / "models").exists()


def test_what_goes_to_stdout_may_be_asked_for_from_there(tmp_path: Path, capsys, monkeypatch):
    (tmp_path / "models").mkdir()
    (tmp_path / layout.IDENTITY).write_text("{}")
    monkeypatch.chdir(tmp_path / "models")
    assert main(["score-lm", "--model", "none", "--pieces", "none", "--out", "-"]) == 2
    assert "none is no model" in capsys.readouterr().err


def test_an_unknown_recipe_names_the_nearest(tmp_path: Path, capsys):
    assert main(["run", "redpajama-gopher", "--input", str(tmp_path), "--out", str(tmp_path / "r")]) == 2
    assert 'Did you mean "redpajama2-gopher"?' in capsys.readouterr().err


def test_a_missing_input_is_refused_by_name(tmp_path: Path, capsys):
    (tmp_path / "crawl.warc.gz").touch()
    code = main(["run", "keep-all", "--input", str(tmp_path / "crawl.wrc.gz"), "--out", str(tmp_path / "run")])
    assert code == 2
    assert "crawl.wrc.gz" in capsys.readouterr().err


def test_showing_what_is_no_run_is_refused(tmp_path: Path, capsys):
    assert main(["show", str(tmp_path)]) == 2
    assert "is not a run folder" in capsys.readouterr().err


def test_lists_are_on_stdout_and_json_parses(capsys):
    assert main(["signals", "--json"]) == 0
    signals = orjson.loads(capsys.readouterr().out)
    assert sum(row["source"].startswith("RedPajama-V2") for row in signals) >= 45
    assert all(row["unit"] and row["definition"] for row in signals)
    assert main(["recipes"]) == 0
    assert "redpajama2-gopher" in capsys.readouterr().out
    assert main(["stages"]) == 0
    assert "language.threshold" in capsys.readouterr().out


def test_show_on_a_finished_run(demo_run: Path, capsys):
    assert main(["show", str(demo_run)]) == 0
    shown = capsys.readouterr().out
    assert "most frequent reasons" in shown
    assert "select demo" in shown
    assert main(["show", str(demo_run), "--json"]) == 0
    assert orjson.loads(capsys.readouterr().out)["name"] == "demo"


def test_help_names_the_exit_codes():
    done = corpusmill("--help")
    assert done.returncode == 0
    assert "130 interrupted" in done.stdout


def test_modules_have_the_verbs_that_are_listed_for_them():
    """Only one of them is loaded for a command."""
    for module in dict.fromkeys(_LISTED.values()):
        verbs = argparse.ArgumentParser().add_subparsers()
        importlib.import_module(f"corpusmill.cli.{module}").add(verbs)
        assert list(verbs.choices) == [verb for verb, its in _LISTED.items() if its == module]
    shown = corpusmill("--help").stdout.split()
    assert not set(_LISTED) - set(shown)


@pytest.mark.parametrize("arguments", [["shw"], ["show", "x", "--fast"], []])
def test_what_is_no_command_is_refused_with_the_usage(arguments: list[str]):
    done = corpusmill(*arguments)
    assert done.returncode == 2
    assert "usage: corpusmill [-h] [--version] VERB" in done.stderr
    assert arguments[:1] != ["shw"] or "'plan-filter'" in done.stderr


def test_a_closed_pipe_is_no_error():
    command = f"{sys.executable} -m corpusmill.cli.main signals | head -1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True)
    assert done.stdout.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_bug_says_where_its_traceback_is(tmp_path: Path, capsys, monkeypatch):
    monkeypatch.setattr("corpusmill.store.check.check", lambda folder: 1 / 0)
    assert main(["check", str(tmp_path)]) == 1
    shown = capsys.readouterr().err
    assert "this is a bug: ZeroDivisionError" in shown
    path = Path(shown.rsplit("details: ", 1)[1].strip())
    assert "ZeroDivisionError" in path.read_text()
    path.unlink()


@pytest.mark.parametrize(
    "arguments",
    [
        ["sample", "run", "--kept", "-n", "9" * 30],
        ["run", "keep-all", "--input", "x", "--out", "y", "--limit", "9" * 20],
        ["prove", "run", "--selections", "a,b", "--tokens", "inf"],
        ["prove", "run", "--selections", "a,b", "--tokens", "nan"],
        ["plan-filter", "run", "--score", "x", "--tokens", "1e6", "--run-tokens", "1e30"],
    ],
)
def test_numbers_that_nothing_can_hold_are_refused_with_the_usage(arguments: list[str], capsys):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "is no number" in capsys.readouterr().err


def test_a_lack_of_memory_is_no_bug(tmp_path: Path, capsys, monkeypatch):
    def lacking(folder: Path) -> list[str]:
        raise MemoryError("Unable to allocate 745. PiB")

    monkeypatch.setattr("corpusmill.store.check.check", lacking)
    assert main(["check", str(tmp_path)]) == 4
    assert "not enough memory: Unable to allocate" in capsys.readouterr().err


def test_a_path_that_cannot_be_is_refused(tmp_path: Path, capsys):
    assert main(["run", "r" * 5000, "--input", str(tmp_path), "--out", str(tmp_path / "run")]) == 2
    assert "File name too long" in capsys.readouterr().err
