"""Files of texts tokenised as they are: published names, order, bad lines, added ids, any number of workers, kills."""

from __future__ import annotations

import gzip
import json
import lzma
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpusmill.cli.main import main
from corpusmill.errors import EXIT_DONE, EXIT_FAULTS, EXIT_REFUSED
from corpusmill.pipeline.encoding import Encoding
from corpusmill.pipeline.execution import Execution
from corpusmill.pipeline.tokenizing import plan_texts
from corpusmill.store.check import check
from corpusmill.tokenize.folder import TokenFolder
from corpusmill.tokenize.tokenizers import load_tokenizer
from corpusmill.tokenize.train import train_sentencepiece
from tests.faults.running import InProcessEngine
from tests.killed import killed_at

TEXTS = ["The harbour at night.", "", " \n ", "a\0b\u2028c 数学 \U0001f600", "garden " * 50]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_sentencepiece(
        ["The harbour at night, the garden by day"] * 40, tmp_path_factory.mktemp("m") / "small.model", 320
    )


@pytest.fixture
def c4(tmp_path: Path) -> list[Path]:
    """Three shards of a split, each with texts of its own."""
    paths = []
    for number in range(3):
        path = tmp_path / f"c4-train.{number:05d}-of-00003.json.gz"
        lines = [json.dumps({"text": f"{number} {text}" if text.strip() else text, "url": "x"}) for text in TEXTS]
        path.write_bytes(gzip.compress("\n".join(lines).encode()))
        paths.append(path)
    return paths


def tokenize(model: Path, out: Path, *arguments: object) -> int:
    return main(["tokenize", *map(str, arguments), "--tokenizer", str(model), "--out", str(out)])


def read_as_published(data: Path, lengths: Path) -> list[list[int]]:
    """The reader of the ragged-array specification, with NumPy alone."""
    tokens, counts = np.load(data, mmap_mode="r"), np.load(lengths)
    assert (tokens.dtype, counts.dtype) == (np.int16, np.int32)
    indices = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    assert indices[-1] == tokens.size
    return [tokens[indices[i] : indices[i + 1]].tolist() for i in range(len(counts))]


@pytest.mark.usefixtures("tasks_here")
def test_names_types_and_order_are_those_of_the_published_files(tmp_path, model, c4):
    assert tokenize(model, tmp_path / "out", *reversed(c4)) == EXIT_DONE
    tokenizer = load_tokenizer(model)
    for number in range(3):
        stem = tmp_path / "out" / "train" / f"c4-train.{number:05d}-of-00003"
        found = read_as_published(Path(f"{stem}.data.npy"), Path(f"{stem}.len.npy"))
        texts = [f"{number} {text}" if text.strip() else text for text in TEXTS]
        assert found == [row.tolist() for row in tokenizer.encode_batch(texts)]
        assert found[1] == []
        ids = pq.read_table(f"{stem}.ids.parquet").to_pylist()
        assert [row["doc_id"] for row in ids] == [f"{c4[number].name}/{line}" for line in range(len(TEXTS))]
        assert [row["text_bytes"] for row in ids] == [len(text.encode()) for text in texts]
    assert check(tmp_path / "out") == []


@pytest.mark.usefixtures("tasks_here")
def test_bad_lines_are_quarantined_and_the_others_stay_in_order(tmp_path, model, capsys):
    path = tmp_path / "mixed.jsonl"
    path.write_text('{"text": "one"}\nno json\n{"text": 5}\n{"id": 1}\n{"text": "\\ud800"}\n{"text": "two"}\n')
    assert tokenize(model, tmp_path / "out", path) == EXIT_FAULTS
    (shard,) = TokenFolder.open(tmp_path / "out").shards
    assert shard.name == "mixed"
    assert pq.read_table(shard.ids)["doc_id"].to_pylist() == ["mixed.jsonl/0", "mixed.jsonl/5"]
    held = pq.read_table(tmp_path / "out/quarantine/mixed.quarantine.parquet")
    assert held["ordinal"].to_pylist() == [1, 2, 3, 4]
    manifest = json.loads((tmp_path / "out/manifest.json").read_bytes())
    assert (manifest["read"], manifest["kept"], manifest["faults"]) == (6, 2, 4)
    assert check(tmp_path / "out") == []
    assert "2 bad_json, 1 text_missing, 1 text_not_a_string" in capsys.readouterr().err


@pytest.mark.usefixtures("tasks_here")
def test_parquet_gives_the_same_tokens_as_json_lines(tmp_path, model):
    pq.write_table(pa.table({"text": TEXTS}), tmp_path / "a.parquet")
    (tmp_path / "b.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    assert tokenize(model, tmp_path / "out", tmp_path / "a.parquet", tmp_path / "b.jsonl") == EXIT_DONE
    one, other = (list(map(np.ndarray.tolist, shard.open())) for shard in TokenFolder.open(tmp_path / "out").shards)
    assert one == other
    assert len(one) == len(TEXTS)


@pytest.mark.usefixtures("tasks_here")
@pytest.mark.parametrize(
    ("options", "before", "after", "dtype"),
    [
        (["--eos"], [], [1], "int16"),
        (["--bos", 0, "--eos"], [0], [1], "int16"),
        (["--eos", 40_000], [], [40_000], "uint16"),
        (["--bos", 70_000], [70_000], [], "uint32"),
    ],
)
def test_added_ids_stand_around_every_document_and_in_the_manifest(tmp_path, model, c4, options, before, after, dtype):
    assert tokenize(model, tmp_path / "out", c4[0], *options) == EXIT_DONE
    folder = TokenFolder.open(tmp_path / "out")
    texts = [f"0 {text}" if text.strip() else text for text in TEXTS]
    plain = [row.tolist() for row in load_tokenizer(model).encode_batch(texts)]
    assert [row.tolist() for row in folder.shards[0].open()] == [[*before, *row, *after] for row in plain]
    facts = folder.tokenizer
    assert facts is not None
    assert (facts.added_bos, facts.added_eos, facts.dtype) == (bool(before), bool(after), dtype)
    assert (facts.bos_id, facts.eos_id) == ((before or [None])[0], (after or [1])[0])


@pytest.mark.usefixtures("tasks_here")
@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["a.jsonl", "--bos"], "no bos token of its own"),
        (["a.jsonl", "sub/a.jsonl"], "2 inputs are called a"),
        (["a.warc.gz"], "corpusmill run"),
        (["a.jsonl", "--names", "c4-train"], "--names is for"),
        (["a.jsonl", "sub/a.jsonl", "--selection", "s"], "of one run"),
        (["absent.jsonl"], "does not exist"),
    ],
)
def test_what_cannot_be_tokenised_is_refused_before_any_work(
    tmp_path, monkeypatch, model, demo_crawl, arguments, reason, capsys
):
    monkeypatch.chdir(tmp_path)
    Path("sub").mkdir()
    for name in ("a.jsonl", "sub/a.jsonl"):
        Path(name).write_text('{"text": "x"}\n')
    shutil.copy(sorted(demo_crawl.glob("*.warc.gz"))[0], "a.warc.gz")
    assert tokenize(model, tmp_path / "out", *arguments) == EXIT_REFUSED
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("tasks_here")
def test_another_tokenizer_under_the_same_name_is_refused(tmp_path, model, c4, capsys):
    mine = shutil.copy(model, tmp_path / "mine.model")
    assert tokenize(mine, tmp_path / "out", c4[0]) == EXIT_DONE
    train_sentencepiece(["quite another text of other letters"] * 9, mine, 300)
    assert tokenize(mine, tmp_path / "out", c4[0]) == EXIT_REFUSED
    assert "tokenizer" in capsys.readouterr().err


def test_worker_processes_do_not_change_a_byte(tmp_path, model, c4):
    for workers in (1, 2):
        assert tokenize(model, tmp_path / str(workers), *c4, "--workers", workers) == EXIT_DONE
    manifests = [(tmp_path / str(workers) / "manifest.json").read_bytes() for workers in (1, 2)]
    assert manifests[0] == manifests[1]


@pytest.mark.parametrize("calls", [("fsync",), ("rename", "replace", "mkdir")])
def test_killed_at_every_step_the_same_command_ends_with_the_same_bytes(tmp_path, model, c4, calls):
    encoding, facts = Encoding.of(model)
    plan = plan_texts(c4[:2], encoding, facts)

    def work(out: Path) -> None:
        Execution(InProcessEngine(1), quiet=True).fill(out, plan.identity, plan.fill)

    work(tmp_path / "undisturbed")
    wanted = (tmp_path / "undisturbed/manifest.json").read_bytes()
    step = 0
    while killed_at(step, calls, lambda: work(tmp_path / f"out{step}")):  # noqa: B023  (called at once)
        work(tmp_path / f"out{step}")
        assert (tmp_path / f"out{step}/manifest.json").read_bytes() == wanted
        assert check(tmp_path / f"out{step}") == []
        step += 5
    assert step > 5


@pytest.mark.shared
def test_ten_thousand_random_documents_have_the_tokenizers_own_ids(tmp_path, shared):
    """100 % of them, over all of Unicode, by a published vocabulary and the package that it is of."""
    tiktoken = pytest.importorskip("tiktoken")
    from corpusmill.tokenize.ranks import _parsed, patterns

    path = shared / "data" / "models" / "gpt-neox-20b.tiktoken.xz"
    random = np.random.default_rng(0)
    pools = [(32, 127), (0, 0x250), (0x3000, 0xA000), (0, 0xD800), (0xE000, 0x110000), (9, 14)]  # no surrogates
    texts = []
    for _ in range(10_000):
        pool = pools[random.integers(len(pools))]
        texts.append("".join(map(chr, random.integers(*pool, random.integers(0, 60)).tolist())))
    (tmp_path / "x.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    encoding, facts = Encoding.of(path)
    plan = plan_texts([tmp_path / "x.jsonl"], encoding, facts)
    Execution(InProcessEngine(1), quiet=True).fill(tmp_path / "out", plan.identity, plan.fill)
    ranks = _parsed(lzma.decompress(path.read_bytes()))
    own = tiktoken.Encoding("x", pat_str=patterns()["gpt2"].pattern, mergeable_ranks=ranks, special_tokens={})
    (shard,) = TokenFolder.open(tmp_path / "out").shards
    found = [row.tolist() for row in shard.open()]
    assert found == own.encode_ordinary_batch(texts)
    assert own.decode_batch(found) == texts


def test_fresh_leaves_nothing_of_what_was_tokenised_before(tmp_path, model, c4):
    assert tokenize(model, tmp_path / "out", *c4) == EXIT_DONE
    (tmp_path / "out" / "notes.txt").write_text("mine")
    assert tokenize(model, tmp_path / "out", c4[0]) == EXIT_REFUSED
    assert tokenize(model, tmp_path / "out", c4[0], "--fresh") == EXIT_DONE
    assert tokenize(model, tmp_path / "one", c4[0]) == EXIT_DONE
    found, wanted = (
        sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))
        for root in (tmp_path / "out", tmp_path / "one")
    )
    assert found == sorted([*wanted, "notes.txt"])
    assert check(tmp_path / "out") == []
