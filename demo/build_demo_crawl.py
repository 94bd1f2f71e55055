"""Writes demo/crawl/ and demo/truth.jsonl from the benchmark crawl. Run by maintainers; users need only the result.

    python demo/build_demo_crawl.py PATH/TO/crawl-bench

Only records whose licence lets anyone pass them on are taken: pages of the Debian Administrator's Handbook and of the
SymPy documentation, variants made from those pages, and junk written for the benchmark (see LICENSES.md). The gzip
member of every record is copied byte for byte, so the same input gives the same bytes on any machine.
"""

from __future__ import annotations

import gzip
import json
import struct
import sys
import uuid
import zlib
from pathlib import Path
from typing import Any, TypedDict, cast

HERE = Path(__file__).parent
LICENCES = {
    "debian-handbook": "CC-BY-SA-3.0",  # the benchmark's "GPL-2+ / CC-BY-SA-3.0": either, at the recipient's choice
    "sympy-doc": "BSD-3-Clause",
    "synthetic": "CC0-1.0",
}
LICENCES_IN_BENCHMARK = {
    "debian-handbook": "GPL-2+ / CC-BY-SA-3.0",
    "sympy-doc": "BSD-3-Clause",
    "synthetic": "CC0 (made for this collection)",
}
JUNK_PER_KIND = 16  # of the benchmark's 40: enough for every rule to fire, little enough for a checkout
SYMPY_BYTES = 1_000_000  # compressed; its pages are long and all English, so a part is enough
SHARDS = {"2024-22": 3, "2024-38": 1}
SNAPSHOT_DATES = {"2024-22": "2024-05-18T00:00:00Z", "2024-38": "2024-09-08T00:00:00Z"}


class Record(TypedDict):
    """One response record: its line of the truth file and its compressed bytes."""

    truth: dict[str, Any]
    member: bytes


def gzip_member(archive: bytes, offset: int) -> bytes:
    """The bytes of the one gzip member that starts at `offset`."""
    inflate = zlib.decompressobj(wbits=31)
    inflate.decompress(archive[offset:])
    if not inflate.eof:
        raise ValueError(f"gzip member at byte {offset} has no end")
    return archive[offset : len(archive) - len(inflate.unused_data)]


def original_of(truth: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> dict[str, Any]:
    while truth.get("dup_of"):
        truth = by_id[truth["dup_of"]]
    return truth


def may_be_passed_on(truth: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> bool:
    """Whether the record *and* the page it was made from, if any, carry one of the three licences."""
    return all(
        record["source"] in LICENCES and record["licence"] == LICENCES_IN_BENCHMARK[record["source"]]
        for record in (truth, original_of(truth, by_id))
    )


def choose(benchmark: Path) -> list[Record]:
    """Every handbook record, SymPy records up to their budget, the first junk of each kind; in archive order.

    A variant is taken only with the page it was made from, so that duplicates are found by whoever looks.
    """
    with gzip.open(benchmark / "crawl-bench.truth.jsonl.gz", "rt", encoding="utf-8") as lines:
        truths = [cast("dict[str, Any]", json.loads(line)) for line in lines]
    by_id = {truth["id"]: truth for truth in truths}
    candidates = [truth for truth in truths if may_be_passed_on(truth, by_id)]
    archives = {name: (benchmark / name).read_bytes() for name in sorted({truth["file"] for truth in candidates})}
    members = {truth["id"]: gzip_member(archives[truth["file"]], truth["offset"]) for truth in candidates}

    chosen: set[str] = set()
    junk_taken: dict[str, int] = {}
    sympy_bytes = 0
    # Variants and transcoded pages first: they are rare, and they are what the demo is to show.
    for truth in sorted(candidates, key=lambda one: one["kind"] == "real"):
        with_original = {truth["id"], original_of(truth, by_id)["id"]} - chosen
        if truth["source"] == "synthetic":
            junk_taken[truth["junk"]] = junk_taken.get(truth["junk"], 0) + 1
            if junk_taken[truth["junk"]] > JUNK_PER_KIND:
                continue
        elif truth["source"] == "sympy-doc":
            added = sum(len(members[identity]) for identity in with_original)
            if sympy_bytes + added > SYMPY_BYTES:
                continue
            sympy_bytes += added
        chosen |= with_original
    return [{"truth": truth, "member": members[truth["id"]]} for truth in candidates if truth["id"] in chosen]


def warcinfo(name: str, snapshot: str) -> bytes:
    """The compressed warcinfo record that opens an archive; all its dates and ids are fixed."""
    block = (
        "software: corpusmill demo/build_demo_crawl.py\r\n"
        f"isPartOf: {snapshot}\r\n"
        "description: Free manuals and made-up junk, re-wrapped for demonstration; not a real crawl\r\n"
        "license: see LICENSES.md beside this folder\r\n"
        "format: WARC File Format 1.1\r\n"
    ).encode()
    head = (
        "WARC/1.0\r\n"
        "WARC-Type: warcinfo\r\n"
        f"WARC-Record-ID: <urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'corpusmill-demo/{name}')}>\r\n"
        f"WARC-Filename: {name}\r\n"
        f"WARC-Date: {SNAPSHOT_DATES[snapshot]}\r\n"
        "Content-Type: application/warc-fields\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    ).encode()
    record = head + block + b"\r\n\r\n"
    # Stored, not deflated, under a fixed header: deflate differs between zlib builds, and this must not.
    stored = b"\x01" + struct.pack("<HH", len(record), 0xFFFF - len(record)) + record
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + stored + struct.pack("<II", zlib.crc32(record), len(record))


def split(records: list[Record], parts: int) -> list[list[Record]]:
    """`records` cut, in order, into `parts` of about equal compressed size."""
    total = sum(len(record["member"]) for record in records)
    cut: list[list[Record]] = [[] for _ in range(parts)]
    before = 0
    for record in records:
        cut[min(parts - 1, before * parts // total)].append(record)
        before += len(record["member"])
    return cut


def truth_line(file: str, offset: int, truth: dict[str, Any]) -> str:
    """One line of truth.jsonl: what a test or a reader may want to know, and the licence."""
    line = {
        "id": truth["id"],
        "url": truth["url"],
        "file": file,
        "offset": offset,
        "snapshot": truth["crawl"],
        "status": truth["status"],
        "kind": truth["kind"],
        "source": truth["source"],
        "source_file": truth["source_file"],
        "licence": LICENCES[truth["source"]],
        "language": truth.get("lang"),
        "junk": truth.get("junk"),
        "charset": truth.get("charset"),
        "dup_type": truth.get("dup_type"),
        "dup_of": truth.get("dup_of"),
    }
    return json.dumps({key: value for key, value in line.items() if value is not None}, ensure_ascii=False) + "\n"


def main(benchmark: Path) -> None:
    records = choose(benchmark)
    (HERE / "crawl").mkdir(exist_ok=True)
    number = 0
    truth_lines: list[str] = []
    for snapshot, shards in SHARDS.items():
        for shard in split([record for record in records if record["truth"]["crawl"] == snapshot], shards):
            name = f"demo-{number:05d}.warc.gz"
            archive = bytearray(warcinfo(name, snapshot))
            for record in shard:
                truth_lines.append(truth_line(name, len(archive), record["truth"]))
                archive += record["member"]
            (HERE / "crawl" / name).write_bytes(archive)
            sys.stderr.write(f"{name}  {snapshot}  {len(shard):5,} records  {len(archive):9,} bytes\n")
            number += 1
    (HERE / "truth.jsonl").write_text("".join(truth_lines), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} PATH/TO/crawl-bench")
    main(Path(sys.argv[1]))
