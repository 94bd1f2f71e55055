"""Repeated passages over a whole run: the spans of texts at hand, whatever the parts, memory, workers and kills."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import corpusmill
from corpusmill.batch import TextBatch
from corpusmill.cli.main import main
from corpusmill.dedupe.substrings.cut import without_spans
from corpusmill.dedupe.substrings.parameters import SubstringParameters
from corpusmill.dedupe.substrings.repeats import repeated_passages
from corpusmill.dedupe.substrings.search import repeated_spans
from corpusmill.dedupe.substrings.windows import tokens_of
from corpusmill.kernels.duplicates.reference_substrings import tokens
from corpusmill.store import layout
from corpusmill.store.folder import RunFolder
from corpusmill.tokenize.tokenizers import load_tokenizer
from corpusmill.tokenize.train import train_sentencepiece

pytestmark = pytest.mark.usefixtures("tasks_here")

SETTINGS = ["language.threshold=0", "snapshot=2024-22"]
FILES, PAGES = 4, 12
MIN_TOKENS = 12

Spans = dict[str, list[tuple[int, int]]]  # by doc_id


def pages() -> Iterator[str]:
    """Passages of 10 to 40 tokens from a pool, between words of their own; lines, and scripts without spaces."""
    drawn = random.Random(5)
    pool = [[f"p{i}.{k}" for k in range(drawn.randint(10, 40))] for i in range(12)]
    pool.append(list("这是一个很长的句子用来测试没有空格的文字"))
    for page in range(FILES * PAGES):
        text = ""
        for piece in range(drawn.randint(0, 4)):
            words = drawn.choice(pool) if drawn.random() < 0.6 else [f"é{page}_{piece}_{k}" for k in range(15)]
            text += drawn.choice([" ", "\n", "\n\n"]) + drawn.choice([" ", " ", "\n"]).join(words)
        yield text + drawn.choice(["", "\n", " end."])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("substring")
    texts = list(pages())
    for number in range(FILES):
        lines = (json.dumps({"text": text}) + "\n" for text in texts[number * PAGES : (number + 1) * PAGES])
        (folder / f"{number}.jsonl").write_text("".join(lines))
    corpusmill.run("keep-all", sorted(folder.glob("*.jsonl")), folder / "run", settings=SETTINGS, workers=1)
    return folder / "run"


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "run"))


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several parts, each with several partitions of its keys."""
    monkeypatch.setattr("corpusmill.pipeline.dedupe.parts.PART_DOCUMENTS", 7)
    monkeypatch.setattr("corpusmill.dedupe.substrings.parameters.TABLE_BYTES", 20_000)


def dedupe(run: Path, *options: object, name: str = "d") -> int:
    command = ["dedupe", str(run), "--method", "substring", "--name", name, "--workers", "1"]
    return main([*command, "--min-tokens", str(MIN_TOKENS), *map(str, options)])


def texts(run: Path) -> dict[str, str]:
    """By doc_id, in the order of the corpus."""
    table = corpusmill.open(run).documents.to_table(columns=["doc_id", "raw_content"])
    return dict(zip(*(table[name].to_pylist() for name in ("doc_id", "raw_content")), strict=True))


def spans(run: Path, name: str = "d") -> Spans:
    rows = corpusmill.open(run).duplicate_spans(name).to_table().to_pylist()
    return {row["doc_id"]: [(span["start"], span["end"]) for span in row["spans"]] for row in rows}


def expected_spans(of: dict[str, str], keep: str = "first", snap: str = "word") -> Spans:
    found = repeated_spans(pa.array(list(of.values()), pa.string()), SubstringParameters(MIN_TOKENS, keep, snap))
    return dict(zip(of, found, strict=True))


def scores(run: Path, column: str) -> dict[str, float]:
    table = corpusmill.open(run).scores(column).to_table()
    return dict(zip(table["doc_id"].to_pylist(), table["score"].to_pylist(), strict=True))


def everything(run: Path) -> dict[str, bytes]:
    paths = [path for path in run.rglob("*") if path.is_file() and path.name not in (layout.LEDGER, layout.LOCK)]
    return {str(path.relative_to(run)): path.read_bytes() for path in paths}


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("keep", ["first", "all"])
@pytest.mark.parametrize("snap", ["word", "line"])
def test_tables_and_counts(run: Path, keep: str, snap: str, capsys: pytest.CaptureFixture[str]):
    of = texts(run)
    expected = expected_spans(of, keep, snap)
    assert sum(map(len, expected.values())) > 20
    assert dedupe(run, "--keep", keep, "--snap", snap) == 0
    assert spans(run) == expected
    fractions, left = scores(run, "d_duplicate_fraction"), scores(run, "d_left_chars")
    for name, text in of.items():
        inside = sum(end - start for start, end in expected[name])
        assert fractions[name] == (inside / len(text) if text else 0)
        outside = [(s, e) for s, e in tokens(text) if not any(a <= s < b for a, b in expected[name])]
        assert left[name] == sum(end - start for start, end in outside)
    found = corpusmill.open(run).manifest["duplicates"]["d"]
    wanted = {"method": "substring", "by": "windows", "min_tokens": MIN_TOKENS, "keep": keep, "snap": snap}
    assert wanted.items() <= found.items()
    repeated = sum(end - start for mine in expected.values() for start, end in mine)
    total = sum(map(len, of.values()))
    assert (found["repeated"], found["total"]) == (repeated, total)
    assert found["fraction"] == round(repeated / total, 6)
    assert (found["documents"], found["spans"]) == (len(of), sum(map(len, expected.values())))
    assert found["with_spans"] == sum(map(bool, expected.values()))
    assert found["duplicates"] == sum(bool(expected[name]) and left[name] < 20 for name in of) > 0
    assert sum(counts[1] for counts in found["characters"].values()) == repeated
    assert f"{repeated:,} of {total:,} characters" in capsys.readouterr().out
    assert main(["check", str(run)]) == 0
    assert not (run / "work").exists()


def test_parts_partitions_memory_and_batches_change_nothing(
    run: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert dedupe(run) == 0
    once = everything(run)
    for number, (documents, table_bytes, batch, memory) in enumerate(
        [(1, 8 << 20, 256, "1GiB"), (20, 20_000, 3, "16MiB"), (7, 3_000, 1, "100MiB")]
    ):
        with monkeypatch.context() as patch:
            patch.setattr("corpusmill.pipeline.dedupe.parts.PART_DOCUMENTS", documents)
            patch.setattr("corpusmill.dedupe.substrings.parameters.TABLE_BYTES", table_bytes)
            for module in ("find", "tables"):
                patch.setattr(f"corpusmill.pipeline.dedupe.substring.{module}.BATCH_TEXTS", batch)
            other = Path(shutil.copytree(made, tmp_path / f"other{number}"))
            assert dedupe(other, "--memory", memory) == 0
        assert everything(other) == once


def test_repeated_commands_do_nothing(run: Path, capsys: pytest.CaptureFixture[str]):
    assert dedupe(run) == 0
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*.parquet")}
    assert dedupe(run) == 0
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*.parquet")} == before


class Killed(BaseException):
    """No except clause for errors may catch it."""


@pytest.mark.usefixtures("small_parts")
def test_a_kill_between_any_two_tasks(run: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    record = RunFolder.record
    done = 0

    def counted(folder: RunFolder, entry: Any) -> None:
        nonlocal done
        if done == steps:
            raise Killed
        done += 1
        record(folder, entry)

    monkeypatch.setattr(RunFolder, "record", counted)
    steps = -1
    assert dedupe(run) == 0
    once, every = everything(run), done
    assert every > 15

    def goes_on(tasks: int, memory: str) -> bool:
        """Whether the command comes to its end before it has done so many tasks."""
        nonlocal steps, done
        steps, done = tasks, 0
        try:
            return dedupe(other, "--memory", memory) == 0
        except Killed:
            assert not (other / "manifest.json").exists()
            return False

    other = Path(shutil.copytree(made, tmp_path / "other"))
    assert not any(goes_on(1, "1GiB") for _ in range(every - 1))
    assert goes_on(1, "1GiB")
    assert everything(other) == once
    other = Path(shutil.copytree(made, tmp_path / "another"))
    assert not goes_on(every - 5, "1GiB")
    assert not goes_on(every - 5, "16MiB")  # its keys lie in other pieces: they are made again
    assert not goes_on(3, "1GiB")
    assert goes_on(every, "100MiB")
    assert everything(other) == once


def test_groups_by_suffix_array(run: Path, capsys: pytest.CaptureFixture[str]):
    of = texts(run)
    assert dedupe(run, "--by", "suffix_array", name="whole") == 0
    assert spans(run, "whole") == expected_spans(of)
    passages = corpusmill.open(run).passages("whole").to_table().to_pylist()
    array = pa.array(list(of.values()), pa.string())
    wanted = repeated_passages(array, MIN_TOKENS, apart=True).to_pylist()
    assert [(row["text"], row["tokens"], row["occurrences"]) for row in passages] == [
        (row["text"], row["tokens"], row["occurrences"]) for row in wanted
    ]
    assert [list(of)[row["first"]] for row in wanted] == [row["doc_id"] for row in passages]
    assert all(of[row["doc_id"]][row["start"] : row["end"]] == row["text"] for row in passages)
    assert wanted[0]["text"].split()[0] in capsys.readouterr().out
    assert main(["check", str(run)]) == 0

    assert dedupe(run, "--by", "suffix_array", "--group-bytes", "1", "--keep", "all", name="each") == 0
    keys: dict[str, dict[str, str]] = {}
    for name, text in of.items():
        keys.setdefault(name.rsplit("/", 1)[0], {})[name] = text
    assert len(keys) >= FILES
    each: Spans = {}
    for mine in keys.values():
        each |= expected_spans(mine, "all")
    assert spans(run, "each") == each != expected_spans(of, "all")
    assert corpusmill.open(run).manifest["duplicates"]["each"]["group_bytes"] == 1


def test_a_group_that_does_not_fit(run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    before = everything(run)
    monkeypatch.setattr("corpusmill.pipeline.dedupe.substring.groups.GROUP_BYTES_PER_TOKEN", 1 << 20)
    assert dedupe(run, "--by", "suffix_array", "--memory", "16MiB") == 2
    assert "takes more than 16,777,216 bytes of memory; say --memory" in capsys.readouterr().err
    assert everything(run) == before
    monkeypatch.undo()


def test_planted_copies_in_a_crawl(demo_run: Path, tmp_path: Path):
    """Fifty tokens of one page in another are found, to the letter; forty-nine are not."""
    long = [text for text in texts(demo_run).values() if text.isascii() and len(places(text)) > 400][:8]
    assert len(long) == 8
    page, fifty, less = long[0], _some(long[1], 50), _some(long[2], 49)
    middle = places(page)[200][0]
    both = f"{page[:middle]} 1st mark {fifty} 2nd mark {less} 3rd mark {page[middle:]}"
    lines = [*long[1:], both]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in lines))
    corpusmill.run("keep-all", [tmp_path / "a.jsonl"], tmp_path / "run", settings=SETTINGS, workers=1)
    command = ["dedupe", str(tmp_path / "run"), "--method", "substring", "--workers", "1"]
    assert main(command) == 0
    of, found = texts(tmp_path / "run"), spans(tmp_path / "run", "substring")
    (name,) = (name for name, text in of.items() if "1st mark" in text)
    pieces = [of[name][start:end] for start, end in found[name]]
    assert fifty in pieces
    assert not any("2nd" in piece or "3rd" in piece for piece in pieces)
    assert all(len(places(piece)) >= 50 for piece in pieces)


def _some(text: str, count: int) -> str:
    some = places(text)[100 : 100 + count]
    return text[some[0][0] : some[-1][1]]


def places(text: str) -> list[tuple[int, int]]:
    """Spans of the tokens of a text in ASCII, by the kernel: the plain oracle is slow on whole pages."""
    found = tokens_of(TextBatch(pa.array([text])))
    return list(zip(found.starts.tolist(), found.ends.tolist(), strict=True))


def test_rules_over_the_columns(run: Path, tmp_path: Path):
    assert dedupe(run) == 0
    recipe = tmp_path / "fresh.toml"
    recipe.write_text(
        'name = "fresh"\n[[rule]]\nname = "cut_to_nothing"\nvalue = "d_left_chars"\nmin = 20\n'
        '[[rule]]\nname = "mostly_copied"\nvalue = "d_duplicate_fraction"\nmax = 0.5\n'
    )
    assert main(["select", str(run), "--recipe", str(recipe), "--workers", "1"]) == 0
    left, fractions = scores(run, "d_left_chars"), scores(run, "d_duplicate_fraction")
    verdicts = corpusmill.open(run).selection("fresh").to_table().to_pylist()
    assert {row["doc_id"] for row in verdicts if row["keep"]} == {
        name for name in left if left[name] >= 20 and fractions[name] <= 0.5
    }
    assert 0 < sum(row["keep"] for row in verdicts) < len(verdicts)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--min-tokens", "0"], "min_tokens 0: wanted at least 1"),
        (["--keep", "newest"], "keep 'newest' is unknown; wanted one of first, all"),
        (["--snap", "letter"], "snap 'letter' is unknown; wanted one of word, line"),
        (["--by", "hash"], "by 'hash' is unknown; wanted one of windows, suffix_array"),
        (["--by", "suffix_array", "--group-bytes", "0"], "group_bytes 0: wanted at least 1"),
        (["--memory", "1KiB"], "memory of 1,024 bytes"),
        (["--name", "No Name"], "name 'No Name' is no name"),
    ],
)
def test_mistakes(run: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]):
    before = everything(run)
    assert dedupe(run, *options) == 2
    assert said in capsys.readouterr().err
    assert everything(run) == before


def test_one_name_is_found_in_one_way(run: Path, capsys: pytest.CaptureFixture[str]):
    exact = ["dedupe", str(run), "--method", "exact", "--workers", "1", "--name"]
    assert dedupe(run) == 0
    assert dedupe(run, "--keep", "all") == 2
    assert main([*exact, "d"]) == 2
    assert capsys.readouterr().err.count("duplicates 'd' found otherwise; choose another --name") == 2
    assert main([*exact, "e"]) == 0
    assert dedupe(run, name="e") == 2
    assert sorted(corpusmill.open(run).manifest["duplicates"]) == ["d", "e"]


def test_what_it_will_take(run: Path, capsys: pytest.CaptureFixture[str]):
    before = everything(run)
    assert dedupe(run, "--memory", "64MiB", "--dry-run") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["documents"], found["workers"]) == (len(texts(run)), 1)
    assert found["text_bytes"] >= sum(len(text.encode()) for text in texts(run).values())
    assert 0 < found["worker_bytes"] <= 64 << 20
    assert everything(run) == before


def select(run: Path, recipe: Path, text: str) -> int:
    recipe.write_text(text)
    return main(["select", str(run), "--recipe", str(recipe), "--workers", "1"])


def tokenized(run: Path, selection: str, tokenizer: Path, out: Path) -> list[list[int]]:
    """Ids of each document, key after key."""
    command = ["tokenize", str(run), "--selection", selection, "--tokenizer", str(tokenizer), "--out", str(out)]
    assert main([*command, "--workers", "1"]) == 0
    found: list[list[int]] = []
    for path in sorted(out.rglob("*.data.npy")):
        ends = np.cumsum(np.load(path.with_name(path.name.replace(".data.", ".len."))), dtype=np.int64)
        found += [part.tolist() for part in np.split(np.load(path), ends[:-1])] if len(ends) else []
    return found


def test_a_selection_without_its_spans(run: Path, tmp_path: Path):
    """Tokens are those of the texts without their spans; documents of which nothing is left are dropped."""
    assert dedupe(run) == 0
    before = {path: path.read_bytes() for path in (run / "documents").rglob("*.parquet")}
    of, cut, left = texts(run), spans(run), scores(run, "d_left_chars")
    assert select(run, tmp_path / "cut.toml", 'name = "cut"\n[cut]\nspans = "d"\n') == 0
    verdicts = corpusmill.open(run).selection("cut").to_table().to_pylist()
    assert {row["doc_id"] for row in verdicts if row["keep"]} == {name for name in of if left[name] >= 20}
    failed = [rule for row in verdicts for rule in row["failed"]]
    assert {(rule["rule"], rule["threshold"]) for rule in failed} == {("cut_to_nothing", 20.0)}
    described = corpusmill.open(run).manifest["selections"]["cut"]
    assert (described["cut"], described["rules"]) == ("d", {"cut_to_nothing": len(failed)})
    assert {path: path.read_bytes() for path in before} == before

    model = tmp_path / "toy.model"
    train_sentencepiece(iter(of.values()), model, 400)
    tokenizer = load_tokenizer(model)
    kept = [without_spans(text, cut[name]) for name, text in of.items() if left[name] >= 20]
    wanted = [ids.tolist() for ids in tokenizer.encode_batch(kept)]
    assert tokenized(run, "cut", model, tmp_path / "tokens") == wanted
    assert select(run, tmp_path / "whole.toml", 'name = "whole"\n') == 0
    whole = [ids.tolist() for ids in tokenizer.encode_batch(list(of.values()))]
    assert tokenized(run, "whole", model, tmp_path / "whole") == whole
    assert "cut" not in corpusmill.open(run).manifest["selections"]["whole"]
    assert main(["check", str(run)]) == 0


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ('[cut]\nspans = "e"\n', "has no spans 'e': corpusmill dedupe --method substring --name e"),
        ('[cut]\nspans = "b"\n', "has no column 'b_left_chars', which [cut] drops by; say cut.min_chars=0"),
        ('[cut]\nspans = "d"\nmin_chars = -1\n', "cut.min_chars -1: wanted 0 or more"),
        ('[cut]\nspan = "d"\n', 'cut.span is unknown. Did you mean "spans"?'),
        (
            '[[rule]]\nname = "cut_to_nothing"\nvalue = "ccnet_length"\nmin = 1\n[cut]\nspans = "d"\n',
            'a rule is called "cut_to_nothing", as what [cut] drops',
        ),
    ],
)
def test_cuts_that_cannot_be(run: Path, tmp_path: Path, recipe: str, said: str, capsys: pytest.CaptureFixture[str]):
    bloom = ["dedupe", str(run), "--method", "bloom", "--over", "paragraph", "--capacity", "1000", "--name", "b"]
    assert main(bloom) == 0
    assert dedupe(run) == 0
    assert select(run, tmp_path / "cut.toml", f'name = "cut"\n{recipe}') == 2
    assert said in capsys.readouterr().err
    assert select(run, tmp_path / "cut.toml", 'name = "cut"\n[cut]\nspans = "b"\nmin_chars = 0\n') == 0


def test_a_run_has_nothing_to_cut_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "cut.toml").write_text('name = "cut"\n[cut]\nspans = "d"\n')
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n')
    command = ["run", str(tmp_path / "cut.toml"), "--input", str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "run")]
    assert main(command) == 2
    assert "[cut] names spans that a run has only after corpusmill dedupe" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
