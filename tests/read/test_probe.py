"""The look before work."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpusmill.errors import InputRefused
from corpusmill.read.pages import ReadParameters
from corpusmill.read.probe import find_inputs, probe
from tests.read.warc_builder import record, response

INFO = record(b"software: x\r\nisPartOf: CC-MAIN-2024-22\r\n", "warcinfo", 9, "application/warc-fields")
BARE = record(b"isPartOf: 2023-14", "warcinfo", 9, "application/warc-fields")

FILES = [  # name, bytes, format, snapshot
    ("a.warc.gz", gzip.compress(INFO) + gzip.compress(response(1)), "warc", "2024-22"),
    ("a.warc", BARE + response(1), "warc", "2023-14"),
    ("CC-MAIN-2019-09/a.warc", INFO, "warc", "2019-09"),
    ("CC-MAIN-20240517233122-00000.warc.wet.gz", gzip.compress(response(1)), "wet", None),
    ("a.warc.wat.gz", gzip.compress(response(1)), "wat", None),
    ("nameless", gzip.compress(response(1)), "warc", None),
    ("a.arc", b"filedesc://a.arc 0.0.0.0 20080430204825 text/plain 3\n1 0\n", "arc", None),
    ("a.json", b'{"text": "x"}', "jsonl", None),
    ("a.warc.gz", b'{"text": "x"}', "jsonl", None),
    ("a.jsonl.zst", b"", "jsonl", None),
    ("nothing", b"", "unknown", None),
    ("a.parquet", b"PAR1 and no more", "parquet", None),
]


@pytest.mark.parametrize(("name", "data", "kind", "snapshot"), FILES)
def test_probe(tmp_path, name, data, kind, snapshot):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    assert probe(path, ReadParameters()) == (kind, snapshot, len(data))


def test_what_cannot_be_an_input_is_refused(tmp_path):
    def refusal(name: str, **options: str) -> str:
        with pytest.raises(InputRefused) as refused:
            probe(tmp_path / name, ReadParameters(**options))  # type: ignore[arg-type]
        return str(refused.value)

    pq.write_table(pa.table({"text": [["a"]], "title": ["b"]}), tmp_path / "list.parquet")
    assert "column 'text' is list<" in refusal("list.parquet")
    assert "wanted string" in refusal("list.parquet")
    assert "no column 'body'; the columns are text, title" in refusal("list.parquet", text_column="body")
    probe(tmp_path / "list.parquet", ReadParameters(text_column="title"))
    (tmp_path / "thing.bin").write_bytes(b"\x00\x01\x02")
    assert "thing.bin" in refusal("thing.bin")
    assert "near it: list.parquet" in refusal("lsit.parquet")
    assert "a folder" in refusal(".")


def test_find_inputs(tmp_path):
    for name in ("b.warc.gz", "a/x.jsonl", "a/deep/y.parquet", "a/notes.txt", ".hidden/z.warc", "c.arc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    names = ["a/deep/y.parquet", "a/x.jsonl", "b.warc.gz", "c.arc"]
    assert find_inputs([tmp_path]) == [tmp_path / name for name in names]
    assert find_inputs([tmp_path / "c.arc", tmp_path, tmp_path / "a/notes.txt"]) == sorted(
        [tmp_path / name for name in [*names, "a/notes.txt"]], key=str
    )
    with pytest.raises(InputRefused, match=r"b\.warc\.gx.*near it: b\.warc\.gz"):
        find_inputs([tmp_path / "b.warc.gx"])
    with pytest.raises(InputRefused, match="missing"):
        find_inputs([Path(tmp_path / "missing/deeper/file.warc")])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputRefused, match="no input in this folder"):
        find_inputs([tmp_path / "empty"])
