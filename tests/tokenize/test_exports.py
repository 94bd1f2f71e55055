"""Exports against readers written from the descriptions of the formats; shards of all sizes, empty ones too."""

from __future__ import annotations

import functools
import itertools
import json
import struct
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from corpusmill.cli.main import main
from corpusmill.errors import EXIT_DONE, EXIT_REFUSED, Refused
from corpusmill.pipeline.export_tokens import ExportParameters
from corpusmill.pipeline.runner import Runner
from corpusmill.store.check import check
from corpusmill.tokenize.exports import mds
from corpusmill.tokenize.exports.stream import Stream
from corpusmill.tokenize.folder import TokenFolder, TokenShard
from corpusmill.tokenize.ragged import RaggedWriter
from tests.faults.running import InProcessEngine
from tests.killed import killed_at

pytestmark = pytest.mark.usefixtures("tasks_here")

SEPARATOR = 9


def shards_of(seed: int, top: int) -> dict[str, list[list[int]]]:
    """Some shards, one of them empty, one of empty documents alone."""
    random = np.random.default_rng(seed)
    made = {
        f"train/x.{number:05d}-of-00012": [
            random.integers(10, top, random.integers(0, 40)).tolist() for _ in range(random.integers(1, 30))
        ]
        for number in range(4)
    }
    return made | {"train/x.00010-of-00012": [], "train/x.00011-of-00012": [[], []]}


def write(folder: Path, shards: dict[str, list[list[int]]], dtype: str) -> TokenFolder:
    for name, documents in shards.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with RaggedWriter(folder / f"{name}.data.npy", folder / f"{name}.len.npy", dtype) as writer:
            writer.write([np.array(document, dtype) for document in documents])
    return TokenFolder.open(folder)


def export(folder: Path, out: Path, *options: object) -> int:
    return main(["export-tokens", str(folder), "--out", str(out), *map(str, options)])


def stream_of(shards: dict[str, list[list[int]]], separator: int | None) -> list[int]:
    after = [] if separator is None else [separator]
    return [token for documents in shards.values() for document in documents for token in [*document, *after]]


def read_megatron(prefix: Path) -> list[list[int]]:
    content = Path(f"{prefix}.idx").read_bytes()
    magic, version, code, sequences, entries = struct.unpack_from("<9sQBQQ", content)
    assert (magic, version, entries) == (b"MMIDIDX\0\0", 1, sequences + 1)
    at = struct.calcsize("<9sQBQQ")
    sizes = np.frombuffer(content, "<i4", sequences, at)
    pointers = np.frombuffer(content, "<i8", sequences, at + 4 * sequences)
    documents = np.frombuffer(content, "<i8", entries, at + 12 * sequences)
    assert at + 12 * sequences + 8 * entries == len(content)
    assert documents.tolist() == list(range(sequences + 1))
    dtype = np.dtype({8: "<u2", 4: "<i4"}[code])
    data = Path(f"{prefix}.bin").read_bytes()
    assert sizes.sum(dtype=np.int64) * dtype.itemsize == len(data)
    return [np.frombuffer(data, dtype, s, p).tolist() for s, p in zip(sizes, pointers, strict=True)]


@pytest.mark.parametrize(("dtype", "top"), [("int16", 32_000), ("uint16", 65_000), ("uint32", 100_000)])
@pytest.mark.parametrize("separator", [None, SEPARATOR])
def test_megatron_and_memmap_hold_every_document(tmp_path, dtype, top, separator):
    shards = shards_of(1, top)
    write(tmp_path / "tokens", shards, dtype)
    options = [] if separator is None else ["--separator", separator]
    for kind in ("megatron", "memmap"):
        assert export(tmp_path / "tokens", tmp_path / kind, "--format", kind, *options) == 0
        assert check(tmp_path / kind) == []
    for name, documents in shards.items():
        wanted = [[*document, *([] if separator is None else [separator])] for document in documents]
        assert read_megatron(tmp_path / "megatron" / name) == wanted
        ids = np.fromfile(tmp_path / "memmap" / f"{name}.bin", "<u4" if dtype == "uint32" else "<u2")
        bounds = np.load(tmp_path / "memmap" / f"{name}.bounds.npy", mmap_mode="r")
        assert bounds.dtype == np.int64
        assert [ids[a:b].tolist() for a, b in itertools.pairwise(bounds)] == wanted


@pytest.mark.parametrize("length", [1, 7, 64, 100_000])
@pytest.mark.parametrize("separator", [None, SEPARATOR])
def test_parquet_rows_are_the_stream_cut_and_its_tail_left_out_or_padded(tmp_path, length, separator):
    shards = shards_of(2, 32_000)
    write(tmp_path / "tokens", shards, "int16")
    options = [] if separator is None else ["--separator", separator]
    stream = stream_of(shards, separator)
    whole = [stream[at : at + length] for at in range(0, len(stream), length)]
    for pad, wanted in (([], whole[: len(stream) // length]), (["--pad", 3], whole)):
        out = tmp_path / f"rows{len(pad)}"
        assert export(tmp_path / "tokens", out, "--format", "parquet", "--length", length, *options, *pad) == 0
        found = [row for name in shards for row in pq.read_table(out / f"{name}.parquet")["input_ids"].to_pylist()]
        padded = [[*row, *[3] * (length - len(row))] for row in wanted]
        assert found == padded
        assert sum(each["rows"] for each in json.loads((out / "manifest.json").read_bytes())["exports"]) == len(found)


def test_the_hub_library_loads_the_rows(tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    shards = shards_of(3, 32_000)
    write(tmp_path / "tokens", shards, "int16")
    assert export(tmp_path / "tokens", tmp_path / "rows", "--format", "parquet", "--length", 16) == 0
    files = sorted(map(str, (tmp_path / "rows").rglob("*.parquet")))
    loaded = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache"))
    stream = stream_of(shards, None)
    assert loaded["input_ids"][:] == [stream[at : at + 16] for at in range(0, len(stream) // 16 * 16, 16)]


def read_mds(folder: Path) -> list[list[int]]:
    index = json.loads((folder / "index.json").read_bytes())
    assert index["version"] == 2
    rows = []
    for shard in index["shards"]:
        kind, dtype, length = shard["column_encodings"][0].split(":")
        content = (folder / shard["raw_data"]["basename"]).read_bytes()
        assert (kind, len(content)) == ("ndarray", shard["raw_data"]["bytes"])
        (samples,) = struct.unpack_from("<I", content)
        assert samples == shard["samples"] > 0
        offsets = np.frombuffer(content, "<u4", samples + 1, 4)
        written = json.loads(content[8 + 4 * samples : offsets[0]])
        assert written == {name: shard[name] for name in written}
        assert offsets[-1] == len(content)
        for start, end in itertools.pairwise(offsets):
            rows.append(np.frombuffer(content[start:end], np.dtype(dtype)).tolist())
            assert len(rows[-1]) == int(length)
    return rows


@pytest.mark.parametrize(("dtype", "top"), [("int16", 32_000), ("uint32", 100_000)])
def test_mds_holds_the_same_rows_in_files_of_bounded_size(tmp_path, monkeypatch, dtype, top):
    monkeypatch.setattr(mds, "FILE_BYTES", 300)
    shards = shards_of(4, top)
    write(tmp_path / "tokens", shards, dtype)
    assert export(tmp_path / "tokens", tmp_path / "mds", "--format", "mds", "--length", 32, "--separator", 9) == 0
    stream = stream_of(shards, SEPARATOR)
    assert read_mds(tmp_path / "mds") == [stream[at : at + 32] for at in range(0, len(stream) // 32 * 32, 32)]
    assert len(list((tmp_path / "mds").rglob("*.mds"))) > len(shards)
    assert check(tmp_path / "mds") == []


@pytest.mark.parametrize("length", [2, 5, 39, 40])
@pytest.mark.parametrize("bos", [None, 0])
def test_wrapped_documents_are_pieces_that_never_cross(tmp_path, length, bos):
    shards = shards_of(5, 32_000)
    write(tmp_path / "tokens", shards, "int16")
    options = [] if bos is None else ["--bos", bos]
    assert export(tmp_path / "tokens", tmp_path / "out", "--format", "wrap", "--length", length, *options) == 0
    before = [] if bos is None else [bos]
    size = length - len(before)
    for shard in TokenFolder.open(tmp_path / "out").shards:
        wanted = [
            [*before, *document[at : at + size]]
            for document in shards[shard.name]
            for at in range(0, len(document), size)
        ]
        pair = shard.open()
        assert [row.tolist() for row in pair] == wanted
        assert pair.lengths.dtype == np.int16


def test_streams_read_the_same_anywhere(tmp_path):
    shards = shards_of(6, 32_000)
    folder = write(tmp_path, shards, "int16")
    for separator in (None, SEPARATOR):
        stream, wanted = Stream(folder.shards, separator), stream_of(shards, separator)
        assert stream.size == len(wanted)
        random = np.random.default_rng(0)
        for start, end in np.sort(random.integers(0, len(wanted) + 1, (200, 2)), axis=1).tolist():
            assert stream.read(start, end).tolist() == wanted[start:end]


def test_positions_beyond_two_to_the_31_are_addressed_right(tmp_path):
    """A sparse file: 4 GiB by its length, a few blocks on disk."""
    from corpusmill.tokenize.ragged import npy_header

    counts = np.array([2**31 - 1, 5, 7], np.int32)
    tokens = int(counts.sum(dtype=np.int64))
    shard = TokenShard("x", tmp_path / "x.data.npy", tmp_path / "x.len.npy")
    with shard.data.open("wb") as file:
        file.write(npy_header(np.dtype("<i2"), tokens))
        file.seek(128 + 2 * (tokens - 12))
        file.write(np.arange(1, 13, dtype="<i2").tobytes())
    np.save(shard.lengths, counts)
    stream = Stream([shard], 99)
    assert stream.size == tokens + 3
    assert stream.read(2**31 - 3, stream.size).tolist() == [0, 0, 99, 1, 2, 3, 4, 5, 99, 6, 7, 8, 9, 10, 11, 12, 99]
    rows = stream.rows_of(0, 1_000)
    assert len(rows) == (tokens + 3) // 1_000
    assert stream.matrix(rows[-1:], 1_000).__next__().shape == (1, 1_000)


def test_twice_the_same_command_gives_the_same_bytes_and_does_nothing_again(tmp_path):
    write(tmp_path / "tokens", shards_of(7, 32_000), "int16")
    options = ("--format", "mds", "--length", 8)
    for out in ("a", "b"):
        assert export(tmp_path / "tokens", tmp_path / out, *options) == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "a").rglob("*.mds")}
    assert export(tmp_path / "tokens", tmp_path / "a", *options) == 0
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "a").rglob("*.mds")}
    assert (tmp_path / "a/manifest.json").read_bytes() == (tmp_path / "b/manifest.json").read_bytes()
    assert export(tmp_path / "tokens", tmp_path / "a", "--format", "mds", "--length", 9) == EXIT_REFUSED


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"format": "tfrecord"}, "no export format"),
        ({"format": "parquet"}, "--length is needed"),
        ({"format": "megatron", "length": 5}, "--length means nothing"),
        ({"format": "megatron", "pad": 5}, "--pad means nothing"),
        ({"format": "wrap", "length": 5, "separator": 1}, "--separator means nothing"),
        ({"format": "mds", "length": 5, "bos": 1}, "--bos means nothing"),
        ({"format": "wrap", "length": 1, "bos": 0}, "a length of 1"),
    ],
)
def test_what_makes_no_sense_is_refused(parameters, reason):
    with pytest.raises(Refused, match=reason):
        ExportParameters(**parameters)


def test_ids_that_do_not_fit_and_damaged_tokens_are_refused(tmp_path, capsys):
    tokens = write(tmp_path / "tokens", {"x": [[1, 2, 3]]}, "int16")
    assert export(tokens.path, tmp_path / "a", "--format", "memmap", "--separator", 40_000) == EXIT_REFUSED
    assert export(tokens.path, tmp_path / "b", "--format", "memmap", "--separator", "EOS") == EXIT_REFUSED
    large = write(tmp_path / "large", {"x": [[1, 2**31]]}, "int64")
    for name in ("parquet", "megatron"):
        length = ["--length", 2] if name == "parquet" else []
        assert export(large.path, tmp_path / name, "--format", name, *length) == EXIT_REFUSED
    data = tokens.shards[0].data
    data.write_bytes(data.read_bytes()[:-1])
    assert export(tokens.path, tmp_path / "c", "--format", "memmap") == EXIT_REFUSED
    assert "x.data.npy" in capsys.readouterr().err


def run_export(folder: TokenFolder, parameters: ExportParameters, out: Path) -> None:
    Runner(InProcessEngine(1), quiet=True).export_tokens(folder, parameters, out)


@pytest.mark.parametrize("calls", [("fsync",), ("rename", "replace", "mkdir")])
@pytest.mark.parametrize(
    "parameters",
    [
        ExportParameters("megatron", separator=SEPARATOR),
        ExportParameters("mds", 8, SEPARATOR),
        ExportParameters("parquet", 8, SEPARATOR, pad=0),
        ExportParameters("wrap", 5, bos=1),
    ],
    ids=lambda parameters: parameters.format,
)
def test_killed_at_any_step_the_same_export_ends_with_the_same_bytes(
    tmp_path: Path, parameters: ExportParameters, calls: tuple[str, ...]
):
    folder = write(tmp_path / "tokens", shards_of(3, 900), "uint16")
    run_export(folder, parameters, tmp_path / "undisturbed")
    wanted = (tmp_path / "undisturbed" / "manifest.json").read_bytes()
    step, kills = 0, 0
    while killed_at(step, calls, functools.partial(run_export, folder, parameters, tmp_path / str(step))):
        run_export(folder, parameters, tmp_path / str(step))
        assert (tmp_path / str(step) / "manifest.json").read_bytes() == wanted
        assert check(tmp_path / str(step)) == []
        step, kills = step + 7, kills + 1
    assert kills > 2


def test_fresh_exports_anew(tmp_path: Path):
    write(tmp_path / "tokens", shards_of(4, 900), "uint16")
    assert export(tmp_path / "tokens", tmp_path / "out", "--format", "memmap") == EXIT_DONE
    other = ("--format", "wrap", "--length", 9)
    assert export(tmp_path / "tokens", tmp_path / "out", *other) == EXIT_REFUSED
    assert export(tmp_path / "tokens", tmp_path / "out", *other, "--fresh") == EXIT_DONE
    assert not list((tmp_path / "out").rglob("*.bin"))
    assert check(tmp_path / "out") == []
