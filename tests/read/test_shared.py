"""The readers against archives as crawlers wrote them, and against hand-made damage."""

from __future__ import annotations

import gzip
import hashlib
import json
import re

import pytest

from corpusmill.errors import InputRefused
from corpusmill.read.pages import ReadParameters
from corpusmill.read.probe import probe
from tests.read.warc_builder import Outcome

pytestmark = pytest.mark.shared

# Pages of each archive, and the damage in it. Where the pages are fewer than the HTML responses with status 200 that
# the collection's own list gives, the damage is why.
REAL = {
    "aut-example.warc.gz": (94, {}),
    "aut-issue-493.warc": (4, {}),
    "aut-issue-514.warc": (1, {}),
    "cc-whirlwind.warc.gz": (1, {}),
    "cc-whirlwind.warc.wat.gz": (0, {}),
    "cc-whirlwind.warc.wet.gz": (1, {}),
    "daft-example.warc.gz": (1, {}),
    "dolma-sample-0000.warc.gz": (22, {}),
    "dolma-sample-0001.warc.gz": (15, {}),
    "gowarc-test.warc.gz": (0, {}),
    "iah-urls-wget.warc.gz": (2, {}),
    "ipwb-chunked-trailers.warc": (0, {"payload_digest": 1}),  # body edited by hand: both digests are wrong
    "ipwb-sample-1.warc.gz": (63, {}),
    "jwarc-cc.warc.gz": (1, {}),
    "pywb-dupes.warc.gz": (1, {}),
    "pywb-iana.warc.gz": (16, {}),
    "resiliparse-clipped.warc.gz": (0, {"truncated_gzip": 1}),
    "resiliparse-clueweb-quirk.warc.gz": (29, {}),
    "resiliparse-warcfile.warc.gz": (16, {}),
    "solrwayback-evil-headers.warc": (0, {"truncated_record": 1}),  # 827 of 6000 bytes are there
    "solrwayback-transfer_compression_brotli.warc.gz": (1, {}),
    "solrwayback-transfer_compression_gzip_chunked.warc.gz": (1, {}),
    "solrwayback-transfer_compression_none_truncated.warc.gz": (0, {"truncated_gzip": 1}),
    "ukwa-govuk-1.warc.gz": (32, {}),
    "ukwa-govuk-2-revisit.warc.gz": (6, {}),
    "warcio-example-bad-non-chunked.warc.gz": (1, {}),
    "warcio-example-trunc.warc": (0, {"content_length": 1}),  # the record's block is cut short
    "warcio-example-wrong-chunks.warc.gz": (1, {}),
    "warcio-example.arc.gz": (1, {}),
}


def test_real_archives(shared):
    found = {}
    for path in sorted((shared / "data/real-warc").iterdir()):
        probe(path, ReadParameters())
        outcome = Outcome(path)
        broken = [loss.reason for loss in outcome.losses if loss.fate == "quarantined"]
        found[path.name] = (len(outcome.rows), {reason: broken.count(reason) for reason in broken})
    assert found == REAL


def test_every_page_of_a_crawl_is_byte_for_byte_right(shared):
    folder = shared / "data/crawl-bench"
    wanted = {}
    with gzip.open(folder / "crawl-bench.truth.jsonl.gz") as lines:
        for line in lines:
            truth = json.loads(line)
            media_type = truth["content_type"].split(";")[0].strip().lower()
            if (
                truth["file"] == "crawl-bench-00000.warc.gz"
                and truth["status"] == 200
                and media_type in ReadParameters().media_types
            ):
                wanted[truth["id"]] = (truth["body_sha1"], truth["offset"], truth["url"])
    outcome = Outcome(folder / "crawl-bench-00000.warc.gz")
    found = {
        row["record_id"]: (hashlib.sha1(row["body"]).hexdigest(), row["offset"], row["url"]) for row in outcome.rows
    }
    assert len(wanted) == 784
    assert found == wanted
    assert {loss.fate for loss in outcome.losses} == {"dropped"}
    assert probe(folder / "crawl-bench-00000.warc.gz", ReadParameters()).snapshot == "2024-22"


def test_bad_inputs(shared):
    folder = shared / "bad_inputs"
    expected = json.loads((folder / "expected.json").read_text())
    for name, want in expected.items():
        if name.startswith("recipe"):
            continue
        try:
            probe(folder / name, ReadParameters())
        except InputRefused:
            assert 2 in want["exit_ok"], name
            continue
        outcome = Outcome(folder / name)
        kept = b"\n".join(row["body"] for row in outcome.rows)
        marks = {mark.decode() for mark in re.findall(rb"MARK-[0-9a-f]+-\d+", kept)}
        faults = [loss for loss in outcome.losses if loss.fate == "quarantined"]
        assert set(want["must_keep"]) <= marks, name
        assert len(faults) >= want["bad_min"], name
        assert set(want["keep_or_quarantine"]) <= marks or faults or want["bad_min"] == 0, name
        assert 2 not in want["exit_ok"], name
