"""Random bytes into every reader: nothing raises, everything is counted (the outcome object checks conservation)."""

from __future__ import annotations

import gzip
import io
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.errors import InputRefused
from corpusmill.keys import Key
from corpusmill.read.ccnet import read_ccnet
from corpusmill.read.pages import ReadParameters
from corpusmill.read.probe import probe
from tests.read.warc_builder import http, page, read, record, response

FOLDER = Path(tempfile.mkdtemp())
RECORDS = [response(1), record(b"T\ntext", "conversion", 2, "text/plain"), record(http(page(3)), "revisit", 3)]
TABLE = io.BytesIO()
pq.write_table(pa.table({"text": ["a", "b"], "id": [1, 2]}), TABLE)
SEEDS = [
    b"".join(RECORDS),
    b"".join(map(gzip.compress, RECORDS)),
    gzip.compress(b"".join(RECORDS)),
    b"".join(map(zstandard.compress, RECORDS)),
    b'{"text": "a", "id": 1}\n{"text": null}\n\n{"text": "c"}\n',
    b"filedesc://a 0.0.0.0 20080430204825 text/plain 4\nabc\n\n"
    b"http://a/ 1 20080430204825 text/html 12\nHTTP/1.0 200\n\n",
    TABLE.getvalue(),
]
NAMES = ["a.warc.gz", "a.warc", "a.wet.gz", "a.arc", "a.jsonl", "a.jsonl.gz", "a.warc.zst", "a.parquet", "unknown"]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sound file with some of its bytes cut, changed, repeated or inserted; or no file at all."""
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 60)))
        insert = draw(st.one_of(st.binary(max_size=40), st.sampled_from([data[start:end] * 2, b"", b"\0" * 30])))
        data = data[:start] + insert + data[end:]
    return draw(st.one_of(st.just(data), st.binary(max_size=200)))


@settings(max_examples=400, derandomize=True, deadline=None)
@given(damaged(), st.sampled_from(NAMES))
def test_no_bytes_raise(data, name):
    outcome = read(FOLDER, data, name)
    empty_table = data[:4] == b"PAR1" and not outcome.losses
    assert outcome.rows or outcome.losses or empty_table
    again = read(FOLDER, data, name, batch_pages=1)
    assert (again.rows, again.losses) == (outcome.rows, outcome.losses)
    for _ in read_ccnet(FOLDER / name, Key("2023-14", 0, "en", "head")):
        pass
    try:
        probe(FOLDER / name, ReadParameters())
    except InputRefused as refused:
        assert name in str(refused)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"\r\n", b"WARC/1.0\r\n", b"Content-Length: 5\r\n", b"a: b\r\n", b"\r\n\r\n", b"x" * 9, b"\n"])
    )
)
def test_soups_of_header_lines_end(lines):
    read(FOLDER, b"WARC/1.0\r\n" + b"".join(lines), "a.warc", max_header_bytes=64, max_page_bytes=32)
    read(FOLDER, gzip.compress(b"WARC/1.0\r\n" + b"".join(lines)), "a.warc.gz", max_header_bytes=64, max_page_bytes=32)
