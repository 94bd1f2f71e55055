"""Files of texts to train on: all of their text, or a refusal that names them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from corpusmill.errors import InputRefused
from corpusmill.read.texts import opened, texts_of

LINES = "".join(f"line {number} of {number * 7919 % 1000} words\n" for number in range(20_000))


def test_zstd_frames_one_after_another(tmp_path: Path):
    half = len(LINES) // 2
    skipped = b"\x50\x2a\x4d\x18\x04\0\0\0more"
    parts = [zstandard.compress(part.encode()) for part in (LINES[:half], "", LINES[half:])]
    (tmp_path / "a.txt.zst").write_bytes(skipped + skipped.join(parts))
    assert "".join(f"{text}\n" for text in texts_of(tmp_path / "a.txt.zst")) == LINES
    with opened(tmp_path / "a.txt.zst") as file:
        assert file.read() == LINES.encode()


@pytest.mark.parametrize("kept", [0.01, 0.5, 0.999])
def test_a_zstd_frame_that_is_cut_is_refused_and_not_read_in_part(tmp_path: Path, kept: float):
    data = zstandard.compress(LINES.encode())
    (tmp_path / "a.txt.zst").write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(InputRefused, match=r"a\.txt\.zst: cannot be read to its end: the last zstd frame is cut short"):
        list(texts_of(tmp_path / "a.txt.zst"))


def test_rot_inside_of_a_gzip_member_is_refused(tmp_path: Path):
    data = gzip.compress(LINES.encode(), mtime=0)
    for place in range(20, len(data), len(data) // 40):
        (tmp_path / "a.txt.gz").write_bytes(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
        with pytest.raises(InputRefused, match=r"a\.txt\.gz"):
            list(texts_of(tmp_path / "a.txt.gz"))


def test_a_byte_order_mark_is_no_text(tmp_path: Path):
    (tmp_path / "a.txt").write_text("one\ntwo \ufeff\n", encoding="utf-8-sig")
    assert list(texts_of(tmp_path / "a.txt")) == ["one", "two \ufeff"]
    assert list(texts_of(tmp_path / "a.txt", whole_file=True)) == ["one\ntwo \ufeff\n"]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (pa.table({"text": [["a list"]]}), "column 'text' is list<"),
        (pa.table({"text": [{"a": "struct"}]}), "column 'text' is struct<"),
        (pa.table({"text": [7]}), "column 'text' is int64, wanted string"),
        (pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["text", "text"]), "2 columns are called"),
        (pa.table({"body": ["a"]}), "has no column raw_content or text"),
    ],
)
def test_tables_without_one_column_of_texts_are_refused(tmp_path: Path, table: pa.Table, said: str):
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(InputRefused, match=r"a\.parquet") as refused:
        list(texts_of(tmp_path / "a.parquet"))
    assert said in str(refused.value)
