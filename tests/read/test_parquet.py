"""Parquet: named columns, broken footers and row groups, dictionary bombs."""

from __future__ import annotations

import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpusmill.read.pages import ReadParameters, read_pages
from corpusmill.read.parquet import BOMB_BYTES, _dictionary_bytes
from tests.read.warc_builder import read


def packed(tmp_path, table: pa.Table, **options: object) -> bytes:
    pq.write_table(table, tmp_path / "source", **options)
    return (tmp_path / "source").read_bytes()


def numbered(rows: int) -> list[str]:
    return [f"MARK-{row} some words" for row in range(rows)]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_rows_become_pages(tmp_path, kind):
    columns = {
        "text": pa.array(numbered(300)).cast(kind),
        "id": range(300),
        "url": [f"https://e.org/{i}" for i in range(300)],
        "score": [0.5] * 300,
        "nothing": [None] * 300,
        "nested": [{"a": 1}] * 300,
    }
    outcome = read(tmp_path, packed(tmp_path, pa.table(columns), row_group_size=100), "a.parquet")
    assert outcome.marks == list(range(300))
    row = outcome.rows[7]
    assert (row["record_id"], row["url"], row["metadata"]) == ("7", "https://e.org/7", '{"score":0.5}')
    assert (row["ordinal"], row["offset"], row["is_text"]) == (7, -1, True)


@pytest.mark.parametrize("texts_only", [False, True])
def test_views_of_strings(tmp_path, texts_only):
    pq.write_table(pa.table({"text": pa.array(numbered(300)).cast(pa.string_view())}), tmp_path / "a.parquet")
    chunks = [*read_pages(tmp_path / "a.parquet", ReadParameters(), texts_only)]
    assert [body.decode() for chunk in chunks for body in chunk.pages["body"].to_pylist()] == numbered(300)
    assert not any(chunk.losses for chunk in chunks)


def test_columns_may_have_other_names(tmp_path):
    data = packed(tmp_path, pa.table({"body": ["MARK-1"], "key": ["k"], "link": ["u"], "when": ["2024"]}))
    outcome = read(
        tmp_path, data, "a.parquet", text_column="body", id_column="key", url_column="link", date_column="when"
    )
    row = outcome.rows[0]
    assert (row["record_id"], row["url"], row["date"], row["metadata"]) == ("k", "u", "2024", None)


def test_rows_without_text_are_counted(tmp_path):
    outcome = read(tmp_path, packed(tmp_path, pa.table({"text": ["MARK-0", None, "", " \n", "MARK-4"]})), "a.parquet")
    assert (outcome.marks, outcome.reasons) == ([0, 4], {"text_missing": 1, "empty": 2})
    assert [loss.ordinal for loss in outcome.losses] == [1, 2, 3]


def test_a_table_without_rows_is_whole(tmp_path):
    outcome = read(tmp_path, packed(tmp_path, pa.table({"text": pa.array([], pa.string())})), "a.parquet")
    assert (outcome.rows, outcome.losses) == ([], [])


@pytest.mark.parametrize("cut", [1, 4, 8, 30, 400])
def test_a_file_without_its_footer_is_one_item(tmp_path, cut):
    data = packed(tmp_path, pa.table({"text": numbered(100)}))
    outcome = read(tmp_path, data[:-cut], "a.parquet")
    assert (outcome.rows, outcome.reasons) == ([], {"footer_unreadable": 1})


def test_a_broken_row_group_costs_its_rows(tmp_path):
    texts = [f"{text} {row * 7919} " * 20 for row, text in enumerate(numbered(300))]
    options = {"row_group_size": 100, "write_page_checksum": True, "compression": "none", "use_dictionary": False}
    data = bytearray(packed(tmp_path, pa.table({"text": texts}), **options))
    place = data.index(b"MARK-150")
    data[place] ^= 0x20
    outcome = read(tmp_path, bytes(data), "a.parquet")
    assert outcome.marks == [*range(100), *range(200, 300)]
    assert outcome.reasons == {"row_group_damaged": 1}
    assert "100 of 100 rows" in str(outcome.losses[0].message)
    assert outcome.rows[100]["ordinal"] == 101


@pytest.mark.parametrize(
    "columns", [{"text": [["a"], ["b"]]}, {"text": [1, 2]}, {"body": ["a"]}, {"text": pa.array([b"a"])}]
)
def test_a_text_column_of_another_type_is_one_item(tmp_path, columns):
    outcome = read(tmp_path, packed(tmp_path, pa.table(columns)), "a.parquet")
    assert (outcome.rows, outcome.reasons) == ([], {"text_column": 1})


def test_a_dictionary_bomb_is_read_within_bounds(tmp_path):
    """2 GiB of text in a file of a few kilobytes: at no time more than a chunk is held."""
    big = pa.array(["MARK-1 " + "word " * (1 << 18)])
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 200, pa.int32()), big)
    data = packed(tmp_path, pa.table({"text": column}))
    assert len(data) < 2 << 20
    path = tmp_path / "a.parquet"
    path.write_bytes(data)
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    rows = peak_arrow = 0
    losses = []
    for chunk in read_pages(path, ReadParameters()):
        rows += chunk.pages.num_rows
        losses += chunk.losses
        peak_arrow = max(peak_arrow, pa.total_allocated_bytes() - before)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [loss.reason for loss in losses] == ["row_group_bomb"]
    assert f"{200 - rows} of 200 rows left unread" in losses[0].message
    assert BOMB_BYTES // len(big[0].as_py()) < rows < 200
    assert peak < 64 << 20
    assert peak_arrow < 64 << 20


def test_many_rows_of_repeated_text_are_no_bomb(tmp_path, monkeypatch):
    monkeypatch.setattr("corpusmill.read.parquet.BOMB_BYTES", 1 << 20)
    texts = [f"MARK-{n} " + "word " * 10_000 for n in range(100)]
    data = packed(tmp_path, pa.table({"text": texts}), compression="none")
    assert read(tmp_path, data, "a.parquet").reasons == {}


def test_times_beyond_pythons_and_zones_that_nobody_knows(tmp_path):
    far = pa.array([2**62, 0], pa.int64()).view(pa.timestamp("us", "Nowhere/Never"))
    fine = pa.array([1, 1_716_024_600_000_000_000], pa.int64()).view(pa.timestamp("ns"))
    outcome = read(tmp_path, packed(tmp_path, pa.table({"text": ["a", "b"], "seen": far, "date": fine})), "a.parquet")
    assert [row["date"] for row in outcome.rows] == ["1970-01-01 00:00:00.000000001", "2024-05-18 09:30:00"]
    assert [row["metadata"][:12] for row in outcome.rows] == ['{"seen":"<va', '{"seen":"197']


def test_two_columns_called_text_are_one_item(tmp_path):
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["text", "text"])
    outcome = read(tmp_path, packed(tmp_path, table), "a.parquet")
    assert (outcome.rows, outcome.reasons) == ([], {"text_column": 1})


def test_long_text_is_oversize(tmp_path):
    data = packed(tmp_path, pa.table({"text": ["MARK-0", "x" * 5000, "MARK-2"]}))
    outcome = read(tmp_path, data, "a.parquet", max_line_bytes=4096)
    assert (outcome.marks, outcome.reasons) == ([0, 2], {"oversize": 1})


def texts_of(path, parameters: ReadParameters) -> tuple[list[tuple[object, ...]], list[tuple[str, int, str | None]]]:
    """Pages and losses of `texts_only`; chunks may be cut otherwise."""
    chunks = list(read_pages(path, parameters, texts_only=True))
    names = ("ordinal", "offset", "record_id", "url", "is_text", "body")
    pages = [tuple(row[name] for name in names) for chunk in chunks for row in chunk.pages.to_pylist()]
    return pages, [(loss.reason, loss.ordinal, loss.record_id) for chunk in chunks for loss in chunk.losses]


@pytest.mark.parametrize("encoding", ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
@pytest.mark.parametrize("texts_only", [False, True])
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_deltas_which_other_writers_prefer_are_read_whole(tmp_path, encoding, texts_only, kind):
    texts = [*numbered(300), None, "last"]
    table = pa.table({"text": pa.array(texts, kind), "id": [f"d{row}" for row in range(302)]})
    options = {"use_dictionary": False, "column_encoding": {"text": encoding, "id": encoding}}
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=200, **options)
    chunks = list(read_pages(tmp_path / "a.parquet", ReadParameters(), texts_only))
    assert [body.decode() for chunk in chunks for body in chunk.pages["body"].to_pylist()] == [*texts[:300], "last"]
    assert [loss.reason for chunk in chunks for loss in chunk.losses] == ["text_missing"]


@pytest.mark.parametrize("dictionary", [True, False])
@pytest.mark.parametrize(
    "spoilt", [{}, {700: None}, {5: "", 6: " \n"}, {1_100: "x" * 5_000}, {0: "é" * 900, 1_999: None}], ids=str
)
def test_batches_read_at_once_are_those_read_row_by_row(tmp_path, monkeypatch, spoilt, dictionary):
    texts = [spoilt.get(row, f"text {row % 37}") for row in range(2_000)]
    table = pa.table({"text": texts, "id": [f"d{row}" for row in range(2_000)], "more": range(2_000)})
    pq.write_table(table, tmp_path / "a.parquet", use_dictionary=dictionary, row_group_size=1_500)
    parameters = ReadParameters(max_line_bytes=4_000)
    at_once = texts_of(tmp_path / "a.parquet", parameters)
    monkeypatch.setattr("corpusmill.read.parquet._whole", lambda *_: None)
    assert at_once == texts_of(tmp_path / "a.parquet", parameters)
    reasons = {None: "text_missing", "x" * 5_000: "oversize"}
    assert [loss[:2] for loss in at_once[1]] == [
        (reasons[text], row) for row, text in sorted(spoilt.items()) if text in reasons
    ]
    assert len(at_once[0]) + len(at_once[1]) == 2_000


def test_a_text_that_is_not_utf8_is_one_item_among_those_read_at_once(tmp_path):
    texts = pa.array([b"one", b"\xff\xfe", b"three"], pa.binary())
    schema = pa.schema([("text", pa.string())])
    table = pa.Table.from_arrays([pa.Array.from_buffers(pa.string(), 3, texts.buffers())], schema=schema)
    pq.write_table(table, tmp_path / "a.parquet")
    pages, losses = texts_of(tmp_path / "a.parquet", ReadParameters())
    assert [page[-1] for page in pages] == [b"one", b"three"]
    assert losses == [("invalid_utf8", 1, None)]


def test_a_dictionary_bomb_is_one_when_texts_alone_are_read(tmp_path):
    big = pa.array(["word " * (1 << 18)])
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 200, pa.int32()), big)
    (tmp_path / "a.parquet").write_bytes(packed(tmp_path, pa.table({"text": column})))
    pages, losses = texts_of(tmp_path / "a.parquet", ReadParameters())
    assert losses == [("row_group_bomb", len(pages), None)]
    assert BOMB_BYTES // len(big[0].as_py()) < len(pages) < 200


def test_the_size_of_a_dictionary_is_in_the_head_of_its_page(tmp_path):
    """Each text once, with four bytes for its length; without a dictionary nobody knows."""
    table = pa.table({"id": range(400), "text": [*numbered(200), *numbered(200)]})
    held = sum(4 + len(text) for text in numbered(200))
    for options, expected in (({}, held), ({"compression": "zstd"}, held), ({"use_dictionary": False}, None)):
        (tmp_path / "a").write_bytes(packed(tmp_path, table, **options))
        with (tmp_path / "a").open("rb") as raw:
            assert _dictionary_bytes(raw, pq.read_metadata(raw).row_group(0), "text") == expected


@pytest.mark.parametrize("letters", [100, 2 << 20])
def test_small_and_large_dictionaries_give_the_same_texts(tmp_path, letters):
    """Those of the large one are read as a dictionary."""
    texts = [f"{'x' * letters} {row % 3}" for row in range(12)]
    path = tmp_path / "a.parquet"
    path.write_bytes(packed(tmp_path, pa.table({"text": texts}), dictionary_pagesize_limit=64 << 20))
    chunks = read_pages(path, ReadParameters(), texts_only=True)
    assert [row.decode() for chunk in chunks for row in chunk.pages["body"].to_pylist()] == texts


@pytest.mark.parametrize("words", [1, 10_000], ids=["small", "large"])
def test_a_text_that_is_no_utf8_costs_one_row(tmp_path, words):
    texts = [f"MARK-{row} {'wörds ' * words}".encode() for row in range(64)]
    texts[7] = texts[7].replace(b"\xc3\xb6", b"\xb6", 1)
    column = pa.array(texts, pa.binary()).view(pa.string())
    pq.write_table(pa.table({"text": column}), tmp_path / "a.parquet", use_dictionary=False)
    chunks = [*read_pages(tmp_path / "a.parquet", ReadParameters(), texts_only=True)]
    found = [body for chunk in chunks for body in chunk.pages["body"].to_pylist()]
    lost = [(loss.reason, loss.ordinal) for chunk in chunks for loss in chunk.losses]
    assert found == texts[:7] + texts[8:]
    assert lost == [("invalid_utf8", 7)]
