"""`judge`, `whatif`, `sample`, `compare`: what they print, and how they refuse."""

from __future__ import annotations

import gzip
import json
import lzma
import shutil
from pathlib import Path

import pytest

import corpusmill
from corpusmill.cli.main import main

LINES = [
    {"id": "a", "text": "Short."},
    {"id": "b", "text": "word " * 60, "lang": "eng"},
    {"id": 3, "text": ""},
    {"text": "No id.", "url": "http://a.org"},
]


def judge(path: Path, out: Path, *options: str) -> int:
    return main(["judge", str(path), "--recipe", "gopher-fast", "--out", str(out), *options])


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_one_line_a_document_in_their_order(tmp_path: Path, suffix: str):
    path, out = tmp_path / f"docs{suffix}", tmp_path / "verdicts.jsonl"
    content = "".join(json.dumps(line) + "\n" for line in LINES).encode()
    path.write_bytes(gzip.compress(content) if suffix.endswith("gz") else content)
    assert judge(path, out) == 0
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["id"] for row in found] == ["a", "b", "3", "4"]
    assert all(set(row) == {"id", "keep", "failed", "first"} for row in found)
    assert found[2]["first"] == "empty"
    short = next(each for each in found[0]["failed"] if each["rule"] == "gopher_short_doc")
    assert short == {"rule": "gopher_short_doc", "value": 1.0, "threshold": 50.0}
    assert found[0]["first"] == found[0]["failed"][0]["rule"]


def test_the_text_is_there_where_an_edit_changed_it(tmp_path: Path):
    path, out, recipe = tmp_path / "docs.jsonl", tmp_path / "verdicts.jsonl", tmp_path / "lines.toml"
    recipe.write_text(
        'name = "lines"\n[[edit]]\nname = "c4"\nlines = "c4"\n'
        '[[edit.line]]\nname = "few"\nvalue = "c4_lines_word_count"\nmin = 2\n'
    )
    texts = ["One\nand two more\n", "all of it stays", "Gone"]
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    assert main(["judge", str(path), "--recipe", str(recipe), "--out", str(out)]) == 0
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row.get("text") for row in found] == ["and two more", None, ""]


def test_bad_lines_are_counted_and_cost_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path, out = tmp_path / "docs.jsonl", tmp_path / "verdicts.jsonl"
    bad = ['{"text": 5}', "{", "[]", '{"id": "x"}']
    path.write_text("\n".join([json.dumps(LINES[0]), *bad, json.dumps(LINES[1])]) + "\n")
    assert judge(path, out) == 3
    said = capsys.readouterr().err
    assert len(out.read_text().splitlines()) == 2
    for number, reason in ((2, "text_not_a_string"), (3, "bad_json"), (4, "bad_json"), (5, "text_missing")):
        assert f"line {number}: {reason}" in said


def test_a_byte_order_mark_costs_no_line(tmp_path: Path):
    path, out = tmp_path / "docs.jsonl", tmp_path / "verdicts.jsonl"
    path.write_text(json.dumps(LINES[0]) + "\n", encoding="utf-8-sig")
    assert judge(path, out) == 0
    assert json.loads(out.read_text())["id"] == "a"


def test_a_compression_that_is_not_read_is_refused_and_is_no_bad_line(tmp_path: Path, capsys):
    path = tmp_path / "docs.jsonl.xz"
    path.write_bytes(lzma.compress(json.dumps(LINES[0]).encode()))
    assert judge(path, tmp_path / "verdicts.jsonl") == 2
    assert "docs.jsonl.xz is compressed in a way" in capsys.readouterr().err
    assert [left.name for left in tmp_path.iterdir()] == ["docs.jsonl.xz"]


@pytest.mark.parametrize(
    ("out", "options", "said"),
    [
        ("docs.jsonl", [], "is an input, which would be written over"),
        ("nowhere/verdicts.jsonl", [], "there is no folder"),
        (".", [], "is a folder"),
        ("verdicts.jsonl", ["--language", " "], "--language is empty"),
    ],
)
def test_where_no_verdicts_can_be_written(tmp_path: Path, capsys, out: str, options: list[str], said: str):
    path = tmp_path / "docs.jsonl"
    path.write_text(json.dumps(LINES[0]) + "\n")
    before = path.read_bytes()
    assert judge(path, tmp_path / out, *options) == 2
    assert said in capsys.readouterr().err
    assert path.read_bytes() == before
    assert [left.name for left in tmp_path.iterdir()] == ["docs.jsonl"]


BAD = """name = "../bad"
extends = "../../etc/passwd"
[[rule]]
name = "a"
value = "rps_doc_word_cuont"
min = 1
[[rule]]
name = "b"
value = "(a+)+$"
min = 1
[[rule]]
name = "c"
max = "ten"
value = "ccnet_length"
[[rule]]
name = "d"
value = "nowhere.ccnet_length"
min = 1
[[edit]]
name = "e"
[[edit.line]]
vlaue = "x"
"""


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ("no-such", "neither a file nor a bundled recipe"),
        ("{folder}", "neither a file nor a bundled recipe"),
        ("{bad}", 'signal "rps_doc_word_cuont" is unknown. Did you mean "rps_doc_word_count"'),
        ("{bad}", '"(a+)+$" is not an expression'.replace('"', "'")),
        ("{bad}", "bad.toml:13  rule.2.max = 'ten' is a text; wanted a number"),
        ("{bad}", 'bad.toml:17  there is no edit "nowhere"; wanted e'),
        ("{bad}", "bad.toml:2  extends '../../etc/passwd' leaves the folder of the recipe; wanted a bundled recipe"),
        ("{bad}", "name '../bad' is no file name"),
        ("{bad}", "bad.toml:22  edit.0.line.0.vlaue is unknown. Did you mean"),
    ],
)
def test_all_mistakes_of_a_recipe_at_once(recipe: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    bad = tmp_path / "bad.toml"
    bad.write_text(BAD)
    path = tmp_path / "docs.jsonl"
    path.write_text(json.dumps(LINES[0]) + "\n")
    name = recipe.format(bad=bad, folder=tmp_path)
    assert main(["judge", str(path), "--recipe", name, "--out", str(tmp_path / "v.jsonl")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "v.jsonl").exists()


def test_whatif(demo_run: Path, capsys: pytest.CaptureFixture[str]):
    before = {path: path.stat().st_mtime_ns for path in demo_run.rglob("*")}
    assert main(["whatif", str(demo_run), "--set", "rule.word_count.min=200", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["before"]["documents"] - found["after"]["documents"] == found["lost"]["documents"] > 0
    assert found["rules"]["word_count"]["after"] > found["rules"]["word_count"]["before"]
    assert main(["whatif", str(demo_run), "--set", "rule.word_count.min=200"]) == 0
    assert "documents come in" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in demo_run.rglob("*")} == before


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("rule.word_cuont.min=1", "no rule is called 'word_cuont'. Did you mean \"word_count\""),
        ("rule.word_count.min=long", "wanted a number"),
        ("language.threshold=0.9", "wanted a threshold of a rule, as rule.word_count.min=1"),
        ("rule.word_count.value=ccnet_length", "what a rule looks at has changed"),
        ("rule.word_count.mix=3", 'mix is unknown. Did you mean "min"'),
    ],
)
def test_settings_that_are_no_thresholds(setting: str, said: str, demo_run: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["whatif", str(demo_run), "--set", setting]) == 2
    assert said in capsys.readouterr().err


def test_sample_of_what_a_rule_or_a_stage_dropped(demo_run: Path, capsys: pytest.CaptureFixture[str]):
    def sample(*options: str) -> list[dict]:
        assert main(["sample", str(demo_run), "--json", *options]) == 0
        return json.loads(capsys.readouterr().out)

    rule = sample("--dropped-by", "word_count", "-n", "3")
    assert len(rule) == 3
    assert all(row["value"] < row["threshold"] and row["head"] for row in rule)
    assert (
        sample("--dropped-by", "demo.word_count", "-n", "3") == rule == sample("--dropped-by", "word_count", "-n", "3")
    )
    stage = sample("--dropped-by", "extract.empty_text", "-n", "2")
    assert len(stage) == 2
    assert all(row["doc_id"] is None and row["url"] for row in stage)
    kept = sample("--kept", "-n", "4")
    assert len(kept) == 4
    assert not {row["doc_id"] for row in kept} & {row["doc_id"] for row in rule}
    assert main(["sample", str(demo_run), "--dropped-by", "wordcount"]) == 2
    assert 'Did you mean "word_count"' in capsys.readouterr().err


def test_compare_two_selections(demo_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    other = Path(shutil.copytree(demo_run, tmp_path / "run"))
    settings = ["rule.word_count.min=200", "rule.top_2gram_fraction.max=1"]
    corpusmill.open(other).select("redpajama2-gopher", name="longer", settings=settings, workers=1)
    command = ["compare", str(demo_run), str(other), "--selection-b", "longer"]
    assert main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["records"]
    a, b = (
        {row["doc_id"] for row in corpusmill.open(run).selection(name).to_table().to_pylist() if row["keep"]}
        for run, name in ((demo_run, "demo"), (other, "longer"))
    )
    assert (found["both"], found["only_a"], found["only_b"]) == (len(a & b), len(a - b), len(b - a))
    assert sum(found.values()) == corpusmill.open(demo_run).pages.count_rows()
    assert main(command) == 0
    assert "only by A: http" in capsys.readouterr().out
    assert main(["compare", str(demo_run), str(other)]) == 2  # two selections, and none is named
    assert "say --selection NAME" in capsys.readouterr().err
