"""Names of inputs that are hard to write down: they are read, recorded as valid text and escaped on the terminal."""

from __future__ import annotations

import os
import shutil
import unicodedata
from pathlib import Path

import pytest

from tests.faults.processes import started
from tests.faults.running import assert_sound, strings

NAMES = {
    b"-o.warc.gz": "-o.warc.gz",
    b"new\nline.warc.gz": "new\nline.warc.gz",
    b" two  spaces .warc.gz": " two  spaces .warc.gz",
    b"stray-\xff\xfe.warc.gz": "stray-\\xff\\xfe.warc.gz",
    "ünï-\u202ecode-\U0001f4da.warc.gz".encode(): "ünï-\u202ecode-\U0001f4da.warc.gz",
    b"title-\x1b]0;owned\x07.warc.gz": "title-\x1b]0;owned\x07.warc.gz",
    b"<b>&'\"`$(id).warc.gz": "<b>&'\"`$(id).warc.gz",
    b"x" * 240 + b".warc.gz": "x" * 240 + ".warc.gz",
}
LEFT_OUT = b"left-\x1b[31m-\n-\xff.jsonl"


@pytest.fixture
def crawl(demo_crawl: Path, tmp_path: Path) -> Path:
    """One archive under many names, and a list beside them, in a folder that is no easier to name."""
    folder = tmp_path / os.fsdecode(b"crawl\n\xff\x1b[31m")
    try:
        folder.mkdir()
        for name in NAMES:
            shutil.copy(demo_crawl / "demo-00003.warc.gz", folder / os.fsdecode(name))
        (folder / os.fsdecode(LEFT_OUT)).write_bytes(b'{"text": "not read"}\n')
    except OSError as error:
        pytest.skip(f"this file system takes no such names: {error}")
    return folder


def garbling(said: str) -> list[str]:
    """Characters that no name may bring onto a terminal."""
    return [c for c in said if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs")]


def test_verbs_over_hard_names(arguments, here, crawl: Path, tmp_path: Path):
    out = tmp_path / "run\n\x1b[31m*?\U0001f4da [a]"
    everything = []
    for verb in (arguments(out, "--dry-run", inputs=crawl), arguments(out, inputs=crawl), arguments(out, inputs=crawl)):
        code, said = here(verb)
        assert code == 0, said
        everything.append(said)
    assert "nothing was left to do" in everything[-1]
    described = assert_sound(out)
    assert sorted(one["path"] for one in described["inputs"]) == sorted(NAMES.values())
    assert "left-\\x1b[31m-\\n-\\xff.jsonl" in everything[0]
    assert len(set(strings(out / "pages").splitlines())) > 1
    shutil.copy(next((out / "documents").rglob("*.parquet")), out / "documents" / os.fsdecode(b"extra\n\x1b\xff"))
    for verb, expected in (("show", 0), ("report", 0), ("check", 3)):
        code, said = here([verb, str(out)])
        assert code == expected, said
        everything.append(said)
    assert "documents/extra\\n\\x1b\\udcff: not in the manifest" in everything[-1]
    assert garbling("".join(everything)) == []
    (out / "report.html").read_bytes().decode("utf-8")


def test_hard_names_that_are_missing_or_refused(arguments, here, crawl: Path, tmp_path: Path):
    (crawl / "what\x1b[31m\x9b").write_bytes(b"no known format")
    for name in (os.fsdecode(b"stray\x1b\xff.warc.gz"), "what\x1b[31m\x9b"):
        code, said = here(arguments(tmp_path / "run", inputs=crawl / name))
        assert code == 2
        assert garbling(said) == []


def test_a_run_folder_whose_name_is_no_utf8_is_refused(arguments, here, tmp_path: Path):
    """Arrow and DuckDB could not open its files."""
    code, said = here(arguments(tmp_path / os.fsdecode(b"run-\xff")))
    assert code == 2
    assert "is not UTF-8; choose another --out" in said
    assert list(tmp_path.iterdir()) == []


def test_tables_with_hard_names(arguments, here, undisturbed_run, tmp_path: Path):
    table = next((undisturbed_run() / "documents").rglob("en_*.parquet"))
    for name in (b"\xff\n.parquet", b"\x1b-\xfe.parquet"):
        shutil.copy(table, tmp_path / os.fsdecode(name))
    column = "read.text_column=raw_content"
    code, said = here(arguments(tmp_path / "run", "--set", column, inputs=tmp_path))
    assert code == 0, said
    assert assert_sound(tmp_path / "run")["kept"] > 0


def test_hard_names_in_a_locale_without_them(arguments, here, crawl: Path, tmp_path: Path):
    """The C locale sees bytes where UTF-8 sees letters; the result is the same."""
    inputs = sorted(path for path in crawl.iterdir() if not path.name.isascii())
    assert len(inputs) == 3
    code, said = here(arguments(tmp_path / "here", inputs=inputs))
    assert code == 0, said
    ascii_only = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    out = tmp_path / "there"
    command = arguments(out, "--workers", 1, inputs=inputs)
    with started(command, out, env=ascii_only) as run:
        assert run.end() == 0, run.messages()
    assert (out / "manifest.json").read_bytes() == (tmp_path / "here" / "manifest.json").read_bytes()


def test_many_tiny_files(arguments, here, tmp_path: Path):
    """No input keeps a file open, or anything else, after its turn."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.jsonl").write_bytes(
            b'{"text": "A short line of plain English text, number %d."}\n' % number
        )
    before = len(list(Path("/proc/self/fd").iterdir()))
    code, said = here(arguments(tmp_path / "run", inputs=folder))
    assert code == 0, said
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 8
    assert assert_sound(tmp_path / "run")["read"] == 40
