"""The demo crawl in the repository: small, healthy, whole, and made only of records that may be passed on."""

from __future__ import annotations

import base64
import collections
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

DEMO = Path(__file__).parent.parent.parent / "demo"
ARCHIVES = sorted((DEMO / "crawl").iterdir())


@pytest.fixture(scope="module")
def truth() -> dict[str, dict[str, Any]]:
    lines = (DEMO / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    return {record["id"]: record for record in map(json.loads, lines)}


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    """Every record of the archives as headers, offset, file and raw block."""
    found = []
    for archive in ARCHIVES:
        with archive.open("rb") as stream:
            for record in ArchiveIterator(stream, parse_http=False):
                found.append(
                    {
                        "file": archive.name,
                        "offset": record.stream_pos,
                        "type": record.record_type,
                        "headers": dict(record.headers),
                        "block": record.reader.read(),
                    }
                )
    return found


def responses(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [record for record in records if record["type"] == WarcRecordType.response]


def test_it_is_four_archives_of_at_most_six_megabytes():
    assert [archive.name for archive in ARCHIVES] == [f"demo-{number:05d}.warc.gz" for number in range(4)]
    assert 3_000_000 < sum(archive.stat().st_size for archive in ARCHIVES) <= 6_000_000


def test_each_archive_says_its_snapshot(records):
    said = {
        record["file"]: next(line for line in record["block"].decode().splitlines() if line.startswith("isPartOf"))
        for record in records
        if record["type"] == WarcRecordType.warcinfo
    }
    assert [said[archive.name] for archive in ARCHIVES] == ["isPartOf: 2024-22"] * 3 + ["isPartOf: 2024-38"]


def test_archives_are_healthy(records):
    """Every block has its length and its digest: nothing was cut while copying."""
    assert all(record["type"] in (WarcRecordType.warcinfo, WarcRecordType.response) for record in records)
    for record in responses(records):
        assert len(record["block"]) == int(record["headers"]["Content-Length"])
        digest = base64.b32encode(hashlib.sha1(record["block"]).digest()).decode()
        assert record["headers"]["WARC-Block-Digest"] == f"sha1:{digest}"


def test_truth_has_exactly_the_records_of_the_archives(records, truth):
    found = {record["headers"]["WARC-Record-ID"]: record for record in responses(records)}
    assert found.keys() == truth.keys()
    for identity, record in found.items():
        line = truth[identity]
        assert (record["file"], record["offset"], record["headers"]["WARC-Target-URI"]) == (
            line["file"],
            line["offset"],
            line["url"],
        )


def test_every_record_and_its_original_may_be_passed_on(truth):
    allowed = {"debian-handbook": "CC-BY-SA-3.0", "sympy-doc": "BSD-3-Clause", "synthetic": "CC0-1.0"}
    for line in truth.values():
        assert line["licence"] == allowed[line["source"]]
        original = truth[line["dup_of"]] if "dup_of" in line else line  # a KeyError here: original is not in the demo
        assert (original["source"], original["licence"]) == (line["source"], line["licence"])


def test_licence_file_names_every_source_and_author(truth):
    text = (DEMO / "LICENSES.md").read_text(encoding="utf-8")
    for source in {line["source"] for line in truth.values()}:
        assert f"`{source}`" in text
    for name in ("Raphaël Hertzog", "Roland Mas", "SymPy Development Team", "by-sa/3.0", "THIS SOFTWARE IS PROVIDED"):
        assert name in text


def test_the_five_languages_and_the_interesting_kinds_are_well_present(truth):
    handbook = collections.Counter(
        line.get("language") for line in truth.values() if line["source"] == "debian-handbook"
    )
    assert min(handbook[language] for language in ("en", "de", "fr", "es", "it")) >= 15, handbook
    assert collections.Counter(line["kind"] for line in truth.values()).keys() == {
        "real",
        "real-transcoded",
        "derived",
        "synthetic",
    }
    duplicates = {line["dup_type"].split(":")[0] for line in truth.values() if "dup_type" in line}
    assert duplicates >= {"near-edit", "near-boilerplate", "exact-url", "same-text", "recrawl"}
    assert len({line["charset"] for line in truth.values() if "charset" in line}) >= 8
    assert len({line["junk"] for line in truth.values() if "junk" in line}) >= 20


@pytest.mark.shared
def test_building_again_gives_the_same_bytes(shared, tmp_path):
    benchmark = shared / "data" / "crawl-bench"
    if not benchmark.is_dir():
        pytest.skip(f"no benchmark crawl at {benchmark}")
    shutil.copy(DEMO / "build_demo_crawl.py", tmp_path)
    subprocess.run([sys.executable, tmp_path / "build_demo_crawl.py", benchmark], check=True)
    for built in [*ARCHIVES, DEMO / "truth.jsonl"]:
        assert (tmp_path / built.relative_to(DEMO)).read_bytes() == built.read_bytes(), built.name
