"""`corpusmill dedupe`: clusters over a whole run, one survivor each, and rules over the column."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import corpusmill
from corpusmill.cli.main import main

pytestmark = pytest.mark.usefixtures("tasks_here")

LONG = " ".join(f"word{n} of a long text about rivers and towns" for n in range(60))
NEAR = LONG.replace("word30", "another")
PAGES = [  # text, url, id
    (LONG, "http://a.org/one", "long"),
    ("A short text.", "http://b.org/x", "short"),
    (NEAR + " And an end.", "http://a.org/two", "near"),
    ("a short text", "https://www.b.org/x/?utm_source=y", "short again"),
    (LONG, "http://c.org/copy", "copy"),
    (" ".join(f"quite {n} different things are said on this page" for n in range(60)), "http://d.org", "other"),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two inputs; the second one has the copy."""
    folder = tmp_path_factory.mktemp("dedupe")
    for name, pages in (("a.jsonl", PAGES[:4]), ("b.jsonl", PAGES[4:])):
        lines = (json.dumps({"text": text, "url": url, "id": identity}) for text, url, identity in pages)
        (folder / name).write_text("\n".join(lines) + "\n")
    settings = ["--set", "language.threshold=0", "--set", "snapshot=2024-22"]
    assert main(["run", "keep-all", "--input", str(folder), "--out", str(folder / "run"), *settings]) == 0
    return folder / "run"


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "run"))


def dedupe(run: Path, *options: object, name: str = "d") -> int:
    return main(["dedupe", str(run), "--name", name, "--workers", "1", *map(str, options)])


def clusters(run: Path, name: str = "d") -> list[tuple[str, list[str]]]:
    """Survivor and the others of each cluster, by the pages' own names."""
    opened = corpusmill.open(run)
    table = opened.documents.to_table(columns=["doc_id", "record_id"])
    names = dict(zip(table["doc_id"].to_pylist(), table["record_id"].to_pylist(), strict=True))
    found: dict[str, list[str]] = {}
    for row in opened.clusters(name).to_table().to_pylist():
        found.setdefault(names[row["cluster"]], [])
        assert row["survivor"] == (row["cluster"] == row["doc_id"])
        if not row["survivor"]:
            found[names[row["cluster"]]].append(names[row["doc_id"]])
    return sorted((survivor, sorted(others)) for survivor, others in found.items())


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--method", "exact"], [("long", ["copy"])]),
        (["--method", "exact", "--key", "normalized_text"], [("long", ["copy"]), ("short", ["short again"])]),
        (["--method", "exact", "--key", "url"], [("short", ["short again"])]),
        (["--method", "exact", "--key", "payload_digest"], [("long", ["copy"])]),  # CCNet's digest is of the text
        (["--method", "minhash"], [("long", ["copy", "near"]), ("short", ["short again"])]),
        (["--method", "minhash", "--verify", "1"], [("long", ["copy"]), ("short", ["short again"])]),
        (["--method", "minhash", "--scheme", "refinedweb"], [("long", ["copy", "near"]), ("short", ["short again"])]),
        (["--method", "minhash", "--scheme", "fineweb"], [("long", ["copy"])]),  # all numbers are one: few shingles
        (["--method", "minhash", "--scheme", "fineweb_v1", "--verify", "1"], [("long", ["copy"])]),
        (["--method", "minhash", "--similarity", "0.8"], [("long", ["copy", "near"])]),
        (["--method", "minhash", "--similarity", "0.8", "--verify", "1"], [("long", ["copy"])]),
        (["--method", "minhash", "--similarity", "1.0"], [("long", ["copy"])]),
        (["--method", "minhash", "--similarity", "0.8", "--keep", "longest"], [("near", ["copy", "long"])]),
        (
            ["--method", "minhash", "--similarity", "0.8", "--keep", "highest:ccnet_original_length"],
            [("near", ["copy", "long"])],
        ),
        (["--method", "minhash", "--similarity", "0.8", "--memory", "16MiB"], [("long", ["copy", "near"])]),
    ],
)
def test_clusters(run: Path, options: list[str], expected: list[Any], capsys: pytest.CaptureFixture[str]):
    assert dedupe(run, *options) == 0
    assert clusters(run) == expected
    removed = sum(len(others) for _, others in expected)
    assert f"d: {removed} of 6 documents are duplicates" in capsys.readouterr().out
    found = corpusmill.open(run).manifest["duplicates"]["d"]
    assert (found["clusters"], found["duplicates"]) == (len(expected), removed)
    too_short = "--similarity" in options or "fineweb" in " ".join(options)  # for signatures of 13 and of 5 words
    assert found["not_compared"] == (2 if too_short else 0)
    scores = corpusmill.open(run).scores("d_duplicate").to_table()["score"].to_pylist()
    assert sorted(scores) == [0.0] * (6 - removed) + [1.0] * removed
    assert main(["check", str(run)]) == 0


@pytest.mark.parametrize(
    ("options", "together"),
    [
        (["--scheme", "fineweb"], ["0", "1", "2"]),
        (["--scheme", "fineweb_v1"], ["0", "1", "2"]),
        (["--scheme", "fineweb", "--verify", "0.8"], ["0", "2"]),  # of the words as they are
    ],
)
def test_fineweb_sees_neither_numbers_nor_accents(options: list[str], together: list[str], tmp_path: Path):
    words = [f"{first}{second}ller{third}" for first in "abcd" for second in "eiou" for third in "mnst"]
    texts = [
        " ".join(f"{word} 7" for word in words),
        " ".join(f"{word.upper().replace('E', 'É')} 1,234" for word in words) + ".",
        " ".join(f"{word} 7" for word in words[:-1]),
        " ".join(f"{word} 7" for word in reversed(words)),
    ]
    lines = [json.dumps({"text": text, "id": str(n)}) + "\n" for n, text in enumerate(texts)]
    (tmp_path / "a.jsonl").write_text("".join(lines))
    out = tmp_path / "run"
    settings = ["--set", "language.threshold=0", "--workers", "1"]
    assert main(["run", "keep-all", "--input", str(tmp_path / "a.jsonl"), "--out", str(out), *settings]) == 0
    assert dedupe(out, "--method", "minhash", *options) == 0
    assert [sorted([survivor, *others]) for survivor, others in clusters(out)] == [together]


def test_a_rule_over_the_column_keeps_one_of_each(run: Path, tmp_path: Path):
    assert dedupe(run, "--method", "minhash") == 0
    recipe = tmp_path / "one-of-each.toml"
    recipe.write_text('name = "one"\n[[rule]]\nname = "duplicate"\nvalue = "d_duplicate"\nmax = 0\n')
    assert main(["select", str(run), "--recipe", str(recipe), "--workers", "1"]) == 0
    found = corpusmill.open(run).sql("select doc_id, record_id from documents").fetchall()
    names = dict(found)
    verdicts = corpusmill.open(run).selection("one").to_table().to_pylist()
    assert {names[row["doc_id"]] for row in verdicts if row["keep"]} == {"long", "short", "other"}


def test_memory_and_repetition_change_nothing(run: Path, made: Path, tmp_path: Path):
    other = Path(shutil.copytree(made, tmp_path / "other"))
    assert dedupe(run, "--method", "minhash", "--memory", "16MiB") == 0
    assert dedupe(other, "--method", "minhash") == 0
    assert (run / "manifest.json").read_bytes() == (other / "manifest.json").read_bytes()
    before = {path: path.stat().st_mtime_ns for path in other.rglob("*.parquet")}
    assert dedupe(other, "--method", "minhash") == 0
    assert {path: path.stat().st_mtime_ns for path in other.rglob("*.parquet")} == before
    assert not list(other.glob(".attempt-*"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--method", "fuzzy"], "method 'fuzzy' is unknown; wanted one of exact, minhash"),
        (["--method", "exact", "--key", "title"], "key 'title' is unknown"),
        (["--method", "minhash", "--similarity", "0.85"], "similarity 0.85 is unknown"),
        (["--method", "minhash", "--scheme", "near", "--similarity", "0.8"], "has no similarity to choose; use verify"),
        (["--method", "minhash", "--scheme", "far"], "scheme 'far' is unknown; wanted one of near, redpajama2"),
        (["--method", "minhash", "--verify", "80"], "verify 80.0 is no similarity"),
        (["--method", "minhash", "--measure", "cosine"], "measure 'cosine' is unknown; wanted one of jaccard"),
        (["--method", "exact", "--verify", "0.8"], "verify is of no use to method 'exact'; leave it out"),
        (["--method", "minhash", "--key", "url"], "key is of no use to method 'minhash'; leave it out"),
        (["--method", "exact", "--keep", "best"], "keep 'best' is unknown"),
        (["--method", "exact", "--keep", "highest:beauty"], "has no signal or score 'beauty', which decides"),
        (["--method", "exact", "--keep", "highest:rps_lines_num_words"], "wanted a signal of the document for --keep"),
        (["--method", "exact", "--memory", "1KiB"], "memory of 1,024 bytes"),
    ],
)
def test_mistakes(run: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]):
    before = (run / "manifest.json").read_bytes()
    assert dedupe(run, *options) == 2
    assert said in capsys.readouterr().err
    assert (run / "manifest.json").read_bytes() == before


def test_another_method_under_the_same_name_is_refused(run: Path, capsys: pytest.CaptureFixture[str]):
    assert dedupe(run, "--method", "exact") == 0
    assert dedupe(run, "--method", "minhash") == 2
    assert "duplicates 'd' found otherwise; choose another --name" in capsys.readouterr().err
    assert dedupe(run, "--method", "minhash", name="near") == 0
    assert sorted(corpusmill.open(run).manifest["duplicates"]) == ["d", "near"]


def test_the_newest_stays(tmp_path: Path):
    for name, date in (("a.jsonl", "2024-05-01T00:00:00Z"), ("b.jsonl", "2024-06-01T00:00:00Z")):
        (tmp_path / name).write_text(json.dumps({"text": LONG, "id": name, "date_download": date}) + "\n")
    out = tmp_path / "run"
    inputs = [str(tmp_path / name) for name in ("a.jsonl", "b.jsonl")]
    assert main(["run", "keep-all", "--input", *inputs, "--out", str(out), "--workers", "1"]) == 0
    assert dedupe(out, "--method", "exact", "--keep", "newest") == 0
    table = corpusmill.open(out).documents.to_table(columns=["doc_id", "date_download"]).to_pydict()
    when = dict(zip(table["doc_id"], table["date_download"], strict=True))
    rows = corpusmill.open(out).clusters("d").to_table().to_pylist()
    assert [when[row["doc_id"]] for row in rows if row["survivor"]] == [max(when.values())]


def test_runs_without_signatures(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": LONG, "id": "1"}) + "\n")
    settings = ["--set", "signals.minhash=false"]
    command = ["run", "keep-all", "--input", str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "run"), *settings]
    assert main(command) == 0
    assert dedupe(tmp_path / "run", "--method", "minhash", "--similarity", "0.8") == 2
    assert "has no MinHash signatures" in capsys.readouterr().err
    assert dedupe(tmp_path / "run", "--method", "minhash") == 0


def test_names_by_method(run: Path):
    for options in (["exact", "--key", "url"], ["minhash"], ["minhash", "--similarity", "0.9"]):
        assert main(["dedupe", str(run), "--workers", "1", "--method", *options]) == 0
    assert sorted(corpusmill.open(run).manifest["duplicates"]) == ["exact_url", "near", "redpajama2_0_9"]


def test_what_it_will_take(run: Path, capsys: pytest.CaptureFixture[str]):
    before = (run / "manifest.json").read_bytes()
    assert dedupe(run, "--method", "minhash", "--memory", "64MiB", "--dry-run") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["documents"], found["keys"], found["workers"]) == (6, 6 * 20, 1)
    assert 0 < found["worker_bytes"] <= 64 << 20
    assert found["text_bytes"] >= sum(len(text) for text, _, _ in PAGES)
    assert (run / "manifest.json").read_bytes() == before


def test_similarity_is_written_down(run: Path):
    assert dedupe(run, "--method", "minhash") == 0
    assert dedupe(run, "--method", "exact", name="equal") == 0
    assert dedupe(run, "--method", "minhash", "--similarity", "0.8", name="published") == 0
    found = {
        name: sorted(corpusmill.open(run).clusters(name).to_table()["similarity"].to_pylist(), key=str)
        for name in ("d", "equal", "published")
    }
    assert found["d"][1:] == [1.0] * 4 and 0.9 < found["d"][0] < 1.0
    assert found["equal"] == [1.0, 1.0]
    assert found["published"] == [None] * 3


def test_a_host_that_loses_most_of_its_pages_is_pointed_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    pages = [{"text": LONG if n < 15 else f"{LONG} {n}", "url": f"http://copies.org/{n}"} for n in range(20)]
    pages += [{"text": f"{n} {LONG[n:]}", "url": f"http://own.org/{n}"} for n in range(20)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(page) + "\n" for page in pages))
    out = tmp_path / "run"
    assert main(["run", "keep-all", "--input", str(tmp_path / "a.jsonl"), "--out", str(out), "--workers", "1"]) == 0
    capsys.readouterr()
    assert dedupe(out, "--method", "exact") == 0
    assert "hosts that lose more than 50 % of" in capsys.readouterr().out
    manifest = corpusmill.open(out).manifest
    assert manifest["duplicates"]["d"]["alarms"] == {"hosts": [["copies.org", 20, 14]], "languages": [], "sources": []}
    assert "d: 14 of 20 documents of copies.org are duplicates" in manifest["warnings"]


def test_the_same_from_python(run: Path, made: Path, tmp_path: Path):
    other = Path(shutil.copytree(made, tmp_path / "other"))
    assert main(["dedupe", str(run), "--method", "minhash", "--workers", "1", "--keep", "longest"]) == 0
    finished = corpusmill.find_duplicates(other, "minhash", keep="longest", workers=1)
    assert finished.manifest["duplicates"]["near"]["duplicates"] == 3
    assert (other / "manifest.json").read_bytes() == (run / "manifest.json").read_bytes()


def test_a_disk_that_may_not_do(run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    usage = shutil.disk_usage(run)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage._replace(free=100))
    assert dedupe(run, "--method", "minhash") == 0
    assert "100 B of disk are free" in capsys.readouterr().err
