"""`corpusmill why`: stages, verdicts and duplicates of one page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corpusmill.cli.main import main

pytestmark = pytest.mark.usefixtures("tasks_here")

LINES = [f"Line {n} says something about rivers, towns and the weather of day {n * 7}." for n in range(40)]
PAGES = [
    ("first", "http://a.org/1", "\n".join(LINES)),
    ("copy", "http://b.org/1", "\n".join(LINES)),
    ("near", "http://c.org/1", "\n".join([*LINES[:20], "A line of its own \x1b[31m here.", *LINES[21:]])),
    ("other", "http://d.org/1", "Something quite different is written on this page, and it is short."),
    ("same address", "http://d.org/1", "And another page that was fetched from the same address as the one before."),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("why")
    lines = [json.dumps({"text": text, "url": url, "id": identity}) for identity, url, text in PAGES]
    (folder / "a.jsonl").write_text("\n".join([*lines, '{"text": 5, "id": "broken"}']) + "\n")
    (folder / "rules.toml").write_text(
        'name = "short"\n[[rule]]\nname = "words"\nvalue = "rps_doc_word_count"\nmin = 50\n'
        '[[rule]]\nname = "duplicate"\nvalue = "near_duplicate"\nmax = 0\n'
    )
    out = folder / "run"
    command = ["run", "keep-all", "--input", str(folder / "a.jsonl"), "--out", str(out), "--workers", "1"]
    assert main([*command, "--set", "language.threshold=0"]) in (0, 3)
    assert main(["dedupe", str(out), "--method", "minhash", "--workers", "1"]) == 0
    assert main(["select", str(out), "--recipe", str(folder / "rules.toml"), "--workers", "1"]) == 0
    return out


def why(run: Path, page: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["why", str(run), page]) == 0
    return capsys.readouterr().out


def test_what_stays_and_the_lines_that_differ(run: Path, capsys: pytest.CaptureFixture[str]):
    said = why(run, "http://c.org/1", capsys)
    assert "is a duplicate, 9" in said
    assert "stays http://a.org/1" in said
    assert "- A line of its own" in said and f"+ {LINES[20]}" in said
    assert LINES[19] not in said
    assert "\x1b" not in said
    assert "duplicate: 1.0 against 0" in said


def test_the_one_that_stays(run: Path, capsys: pytest.CaptureFixture[str]):
    said = why(run, "first", capsys)
    assert "stays for the others, in a cluster of 3" in said
    assert "goes, 100.0 % similar to it http://b.org/1" in said
    assert "the same text" in said
    assert "selection short: kept" in said


def test_a_page_without_duplicates(run: Path, capsys: pytest.CaptureFixture[str]):
    said = why(run, "other", capsys)
    assert "duplicates" not in said and "near_duplicate: 0" in said
    assert "selection short: dropped" in said and "words: 12.0 against 50" in said


def test_all_records_of_an_address(run: Path, capsys: pytest.CaptureFixture[str]):
    assert why(run, "http://d.org/1", capsys).count("record ") == 2


def test_a_record_that_became_no_document(run: Path, capsys: pytest.CaptureFixture[str]):
    assert "quarantined at stage read" in why(run, "broken", capsys)


def test_json(run: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["why", str(run), "near", "--json"]) == 0
    (life,) = json.loads(capsys.readouterr().out)
    (duplicate,) = life["duplicates"]
    assert (duplicate["name"], duplicate["stays"], duplicate["members"]) == ("near", False, 3)
    assert 0.9 < duplicate["similarity"] < 1
    assert [partner["stays"] for partner in duplicate["partners"]] == [True, False]
    assert len(duplicate["partners"][0]["differing_lines"]) == 2


def test_nothing_of_that_name(run: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["why", str(run), "nowhere"]) == 2
    assert "has no page 'nowhere'; wanted a document id, a record id or a URL" in capsys.readouterr().err
