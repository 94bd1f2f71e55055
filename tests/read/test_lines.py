"""JSON lines: a bad line costs one line; the shapes that corpora come in."""

from __future__ import annotations

import gzip
import json
import tracemalloc

import pytest
import zstandard

from corpusmill.read.lines import split_lines
from corpusmill.read.pieces import Piece
from tests.read.warc_builder import read


def line(number: int, **fields: object) -> bytes:
    return json.dumps({"text": f"MARK-{number} and some words", **fields}, ensure_ascii=False).encode()


GOOD = [line(0), line(1), line(2)]
PACK = {"a.jsonl": bytes, "a.jsonl.gz": gzip.compress, "a.jsonl.zst": zstandard.compress, "misnamed.jsonl.gz": bytes}


@pytest.mark.parametrize("name", PACK)
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\n\n  \n"])
def test_lines_end_with_a_line_feed_alone(tmp_path, name, end):
    odd = line(1, note="a\u2028b\u2029c\x85d")
    outcome = read(tmp_path, PACK[name](end.join([GOOD[0], odd, GOOD[2]])), name)
    assert (outcome.marks, outcome.reasons) == ([0, 1, 2], {})
    assert json.loads(outcome.rows[1]["metadata"]) == {"note": "a\u2028b\u2029c\x85d"}


BAD = {
    "torn": (b'{"text": "abc', "bad_json"),
    "missing quote": (b'{"text: "abc"}', "bad_json"),
    "NaN": (b'{"text": "abc", "x": NaN}', "bad_json"),
    "two objects": (b'{"text": "a"} {"text": "b"}', "bad_json"),
    "array": (b'["text"]', "bad_json"),
    "string": (b'"text"', "bad_json"),
    "lone surrogate": (b'{"text": "\\ud800"}', "bad_json"),
    "NUL": (b'{"text": "a\x00b"}', "bad_json"),
    "latin-1": (b'{"text": "caf\xe9"}', "invalid_utf8"),
    "20000 arrays": (b'{"text": "a", "x": ' + b"[" * 20000 + b"]" * 20000 + b"}", "bad_json"),
    "null": (b'{"text": null, "id": "x"}', "text_missing"),
    "missing": (b'{"body": "abc"}', "text_missing"),
    "number": (b'{"text": 5}', "text_not_a_string"),
    "list": (b'{"text": ["a"]}', "text_not_a_string"),
    "oversize": (b'{"text": "' + b"a" * (1 << 20) + b'"}', "oversize"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_line_costs_one_line(tmp_path, what):
    data, reason = BAD[what]
    outcome = read(tmp_path, b"\n".join([GOOD[0], data, GOOD[1]]), "a.jsonl", max_line_bytes=1 << 19)
    assert (outcome.marks, outcome.reasons) == ([0, 1], {reason: 1})
    loss = outcome.losses[0]
    assert (loss.fate, loss.ordinal, loss.offset, loss.length) == ("quarantined", 1, len(GOOD[0]) + 1, len(data))
    assert loss.head == data[:4096]
    assert outcome.rows[1]["offset"] == len(GOOD[0]) + len(data) + 2


def test_empty_text_is_dropped_and_a_byte_order_mark_skipped(tmp_path):
    outcome = read(tmp_path, b'\xef\xbb\xbf{"text": "MARK-1"}\n{"text": ""}\n{"text": " \\n\\t"}\n', "a.jsonl")
    assert (outcome.marks, outcome.reasons) == ([1], {"empty": 2})
    assert {loss.fate for loss in outcome.losses} == {"dropped"}


def test_a_line_of_96_mib_is_passed_over_without_being_held(tmp_path):
    data = GOOD[0] + b'\n{"text": "' + b"a" * (96 << 20) + b'"}\n' + GOOD[2]
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(data, 1))
    del data
    packed = (tmp_path / "a.jsonl.gz").read_bytes()
    tracemalloc.start()
    outcome = read(tmp_path, packed, "a.jsonl.gz", max_line_bytes=8 << 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (outcome.marks, outcome.reasons) == ([0, 2], {"oversize": 1})
    assert peak < 32 << 20


def test_broken_compression_keeps_the_lines_before_and_the_members_behind(tmp_path):
    block = b"\n".join(line(number) for number in range(300)) + b"\n"
    sound = gzip.compress(b"\n".join(GOOD) + b"\n")
    cut = gzip.compress(block)[:-300]
    outcome = read(tmp_path, cut, "a.jsonl.gz")
    assert len(outcome.marks) > 50
    assert outcome.marks == list(range(len(outcome.marks)))
    assert outcome.reasons == {"truncated_gzip": 1}
    outcome = read(tmp_path, cut + sound, "a.jsonl.gz")
    assert outcome.marks[-3:] == [0, 1, 2]
    assert outcome.reasons["truncated_gzip"] == 1
    wrong = bytearray(gzip.compress(block))
    wrong[-6] ^= 1
    outcome = read(tmp_path, bytes(wrong) + sound, "a.jsonl.gz")
    assert outcome.marks == [*range(300), 0, 1, 2]
    assert outcome.reasons == {"gzip_crc": 1}


SHAPES = [
    (
        {"url": "https://e.org/", "date_download": "2023-03-21", "digest": "sha1:A", "length": 4, "nlines": 1,
         "source_domain": "e.org", "title": "T", "raw_content": "text", "cc_segment": "s", "original_nlines": 3,
         "original_length": 152, "line_ids": [0], "language": "en", "language_score": 0.7, "perplexity": 312,
         "bucket": "head"},
        {"url": "https://e.org/", "date": "2023-03-21", "digest": "sha1:A", "title": "T", "cc_segment": "s",
         "original_nlines": 3, "original_length": 152, "language": "en", "language_score": 0.7, "perplexity": 312.0,
         "bucket": "head", "metadata": '{"length":4,"line_ids":[0],"nlines":1,"source_domain":"e.org"}'},
    ),
    (
        {"id": "d1", "text": "text", "source": "books", "added": "2024", "created": "1999",
         "metadata": {"url": "https://e.org/b", "z": 1}},
        {"record_id": "d1", "date": "1999", "url": "https://e.org/b",
         "metadata": '{"added":"2024","metadata":{"url":"https://e.org/b","z":1},"source":"books"}'},
    ),
    (
        {"text": "text", "id": 7, "url": "https://e.org/", "dump": "CC-MAIN-2024-22", "date": "2024-05-18"},
        {"record_id": "7", "url": "https://e.org/", "date": "2024-05-18", "metadata": '{"dump":"CC-MAIN-2024-22"}'},
    ),
    ({"content": "text", "url": 5}, {"url": None, "metadata": '{"url":5}'}),
    ({"text": None, "content": "text"}, {"metadata": '{"text":null}'}),
    ({"text": "text", "original_length": 2**63, "id": True}, {"record_id": None, "original_length": None}),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "wanted"), SHAPES)
def test_shapes(tmp_path, fields, wanted):
    (row,) = read(tmp_path, json.dumps(fields).encode(), "a.jsonl").rows
    assert (row["body"], row["is_text"]) == (b"text", True)
    assert {name: row[name] for name in wanted} == wanted


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_lines_do_not_depend_on_the_pieces(size):
    data = b"\n\nab\ncdefgh\n" + b"x" * 50 + b"\ni\n\n"
    pieces = (Piece(i, data[i : i + size], i == 0, False) for i in range(0, len(data), size))
    found = [(item.offset, item.data if not item.reason else item.reason) for item in split_lines(pieces, True, 40)]
    assert found == [(0, b""), (1, b""), (2, b"ab"), (5, b"cdefgh"), (12, "oversize"), (63, b"i"), (65, b"")]
