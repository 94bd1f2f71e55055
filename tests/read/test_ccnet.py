"""The strict reading rules of the RedPajama-V2 annotator."""

from __future__ import annotations

import gzip
import json
import math

import pytest

from corpusmill.keys import Key
from corpusmill.read.ccnet import read_ccnet
from corpusmill.schema import DOCUMENTS

KEY = Key("2023-14", 4, "en", "head")
VALID = {
    "url": "https://e.org/", "date_download": "2023-03-21T22:32:18Z", "digest": "sha1:A", "length": 4, "nlines": 1,
    "source_domain": "e.org", "title": "T", "raw_content": "text", "cc_segment": "s", "original_nlines": 3,
    "original_length": 152, "line_ids": [0], "language": "en", "language_score": 0.7, "perplexity": 312.5,
    "bucket": "head",
}  # fmt: skip
GOOD = json.dumps(VALID).encode()


def changed(**fields: object) -> bytes:
    return json.dumps({**VALID, **fields}).encode()


def without(name: str) -> bytes:
    return json.dumps({key: value for key, value in VALID.items() if key != name}).encode()


def outcome(tmp_path, data: bytes, name: str = "en_head.json.gz", **options: int):
    path = tmp_path / name
    path.write_bytes(data)
    rows, losses = [], []
    for chunk in read_ccnet(path, KEY, **options):
        chunk.documents.validate(full=True)
        assert chunk.documents.schema == DOCUMENTS
        rows += chunk.documents.to_pylist()
        losses += chunk.losses
    return rows, losses


READ = {
    "title null": changed(title=None),
    "no title": without("title"),
    "no line_ids": without("line_ids"),
    "line_ids of another kind": changed(line_ids="AAA"),
    "other fields": changed(more={"a": [1, None]}),
    "integer perplexity": changed(perplexity=312),
    "unknown bucket": changed(bucket="none"),
    "trailing blanks": GOOD + b"  \t ",
    "leading blanks": b"  " + GOOD,
    "CR": GOOD + b"\r",
    "surrogate pair": GOOD.replace(b'"text"', b'"\\ud83d\\ude00"'),
    "escaped NUL": GOOD.replace(b'"text"', b'"\\u0000text"'),
    "duplicate key": GOOD[:-1] + b', "raw_content": "second"}',
    "negative and huge": changed(nlines=-1, length=2**53 + 1, perplexity=1e300),
    "largest integers": changed(length=2**63 - 1, original_length=-(2**63)),
    "empty text": changed(raw_content=""),
    "bytes that are not UTF-8 in a field that is not read": changed(more="x").replace(b'"x"', b'"\xff"'),
    "lone surrogate in a field that is not read": changed(more="x").replace(b'"x"', b'"\\ud800"'),
    "lone surrogate in the title": changed(title="\ud800"),
}


@pytest.mark.parametrize("what", READ)
def test_read(tmp_path, what):
    rows, losses = outcome(tmp_path, gzip.compress(READ[what] + b"\n"))
    assert losses == []
    assert rows[0]["doc_id"] == "2023-14/0004/en_head.json.gz/0"


SKIPPED = {
    **{f"no {name}": without(name) for name in VALID if name not in ("title", "line_ids")},
    **{f"null {name}": changed(**{name: None}) for name in VALID if name not in ("title", "line_ids")},
    **{f"{name} 1.0": changed(**{name: 1.0}) for name in ("nlines", "original_nlines", "length", "original_length")},
    "nlines true": changed(nlines=True),
    "nlines string": changed(nlines="1"),
    "perplexity string": changed(perplexity="1"),
    "url a number": changed(url=1),
    "beyond 64 bits": changed(length=2**63),
    "far beyond 64 bits": changed(length=10**30),
    "NaN": GOOD.replace(b"312.5", b"NaN"),
    "infinite": GOOD.replace(b"312.5", b"1e999"),
    "broken": GOOD[:-5],
    "blank": b"",
    "white space": b"  ",
    "array": b"[" + GOOD + b"]",
    "two objects": GOOD + GOOD,
    "lone surrogate": GOOD.replace(b'"text"', b'"\\ud800"'),
    "not UTF-8": GOOD.replace(b'"text"', b'"caf\xe9"'),
    "byte order mark": b"\xef\xbb\xbf" + GOOD,
    "deep": GOOD[:-1] + b', "x": ' + b"[" * 20000 + b"]" * 20000 + b"}",
}


@pytest.mark.parametrize("what", SKIPPED)
def test_skipped_lines_take_their_number(tmp_path, what):
    rows, losses = outcome(tmp_path, gzip.compress(b"\n".join([GOOD, SKIPPED[what], GOOD]) + b"\n"))
    assert [row["doc_id"][-2:] for row in rows] == ["/0", "/2"]
    assert [(loss.ordinal, loss.fate, loss.stage) for loss in losses] == [(1, "quarantined", "read")]
    assert losses[0].reason in ("bad_json", "invalid_utf8", "field_missing", "field_type", "out_of_range")


def test_values_arrive_as_they_are(tmp_path):
    rows, _ = outcome(
        tmp_path, GOOD + b"\n" + READ["duplicate key"] + b"\n" + READ["negative and huge"], "en_head.json"
    )
    assert {name: rows[0][name] for name in VALID} == VALID
    assert rows[0]["warc_file"] is None
    assert rows[1]["raw_content"] == "second"
    assert (rows[2]["nlines"], rows[2]["length"], rows[2]["perplexity"]) == (-1, 2**53 + 1, 1e300)


def test_batches_and_broken_compression(tmp_path):
    path = tmp_path / "en_head.json.gz"
    path.write_bytes(gzip.compress((GOOD + b"\n") * 1000))
    chunks = list(read_ccnet(path, KEY, batch_rows=300))
    assert [chunk.documents.num_rows for chunk in chunks] == [300, 300, 300, 100]
    varied = b"".join(changed(raw_content=str(math.sqrt(i))) + b"\n" for i in range(1000))
    rows, losses = outcome(tmp_path, gzip.compress(varied)[:-500])
    assert 100 < len(rows) < 1000
    assert [(loss.reason, loss.ordinal) for loss in losses] == [("truncated_gzip", len(rows))]
    assert [loss.reason for loss in outcome(tmp_path, b"")[1]] == ["empty_file"]


@pytest.mark.shared
def test_the_same_lines_as_the_reference(shared):
    folder = shared / "conformance/rpv2"
    expected = json.loads((folder / "malformed_lines.json").read_text())
    rows, numbers = set(), []
    for chunk in read_ccnet(folder / "documents" / expected["file"], KEY):
        rows |= set(chunk.documents["doc_id"].to_pylist())
        numbers += [loss.ordinal for loss in chunk.losses]
    skipped = [line["index"] for line in expected["lines"] if line["reference"] == "skipped"]
    assert numbers == skipped
    assert rows == {KEY.document_id(line["index"]) for line in expected["lines"] if line["index"] not in skipped}
