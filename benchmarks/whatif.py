"""How long `whatif` and `why` take on a large run: a finished run whose tables are repeated to a million documents.

    .venv/bin/python benchmarks/whatif.py --crawl demo/crawl --documents 1000000

The run is a real one (all signals of RedPajama-V2, and those that the recipe names); its rows are repeated under ids of
their own. Prints the median of five of each question, in seconds of wall time, each in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import corpusmill
from corpusmill.store import layout
from corpusmill.store.tables import TableWriter

RECIPE = "gopher-fast"
REPEATED = ("documents", "quality_signals", "measured", "selections", "pages")
ROWS_AT_ONCE = 50_000


def repeated(source: Path, target: Path, times: int) -> int:
    """One table with its rows `times` over; ids and URLs are told apart. Returns its rows."""
    table = pq.read_table(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    rows = 0
    with TableWriter(target, table.schema) as writer:
        per_step = max(ROWS_AT_ONCE // max(table.num_rows, 1), 1)
        for first in range(0, times, per_step):
            copies = min(per_step, times - first)
            part = table.take(pa.array(np.tile(np.arange(table.num_rows), copies)))
            numbers = np.repeat(np.arange(first, first + copies), table.num_rows)
            for name in {"doc_id", "url", "record_id"} & set(table.column_names):
                own = [
                    None if value is None else renumbered(name, value, number, table.num_rows)
                    for value, number in zip(part[name].to_pylist(), numbers.tolist(), strict=True)
                ]
                field = table.schema.field(name)
                part = part.set_column(part.column_names.index(name), field, pa.array(own, field.type))
            for batch in part.combine_chunks().to_batches():
                writer.write(batch)
            rows += part.num_rows
    return rows


def renumbered(name: str, value: str, copy: int, rows: int) -> str:
    if name != "doc_id":
        return f"{value}#{copy}"
    source, _, line = value.rpartition("/")
    return f"{source}/{int(line) + copy * 100_000}"


def make(run: Path, large: Path, documents: int) -> int:
    manifest = json.loads((run / layout.MANIFEST).read_bytes())
    times = -(-documents // manifest["kept"])
    outputs = {}
    total = 0
    for path, sha256 in manifest["outputs"].items():
        if path.startswith(REPEATED) and path.endswith(".parquet"):
            rows = repeated(run / path, large / path, times)
            total += rows if path.startswith("documents/") else 0
            outputs[path] = sha256
    manifest["outputs"] = outputs
    (large / layout.MANIFEST).write_text(json.dumps(manifest))
    (large / layout.LEDGER).write_text("")
    return total


def median(command: list[str]) -> tuple[float, list[float]]:
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds), seconds


IN_PROCESS = """
import sys, time, statistics, corpusmill
run = corpusmill.open(sys.argv[1])
seconds = []
for number in range(5):
    started = time.perf_counter()
    {question}
    seconds.append(time.perf_counter() - started)
print(statistics.median(seconds))
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--crawl", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="leave the runs in this folder, and use those that are there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        run, large = folder / "run", folder / "large"
        if not (large / layout.MANIFEST).exists():
            corpusmill.run("keep-all", [arguments.crawl], run)
            corpusmill.open(run).select(RECIPE)
            make(run, large, arguments.documents)
        opened = corpusmill.open(large)
        signals = len(opened.signals.schema.names) - 2
        signals += sum(
            len(table.schema.names) - 1 for name, table in opened.tables.items() if name.startswith("measured")
        )
        page = opened.pages.to_table(columns=["doc_id", "url"]).filter(pa.compute.field("doc_id").is_valid())
        last = page.slice(page.num_rows - 1).to_pylist()[0]
        print(f"{opened.documents.count_rows():,} documents, {signals} signals, {opened.pages.count_rows():,} pages")
        program = [str(Path(sys.executable).with_name("corpusmill"))]
        one = "rule.gopher_below_alpha_threshold.min=0.75"
        many = [one, "rule.gopher_short_doc.min=100", "rule.dup_line_frac.max=0.2", "rule.top_2_gram.max=0.1"]
        questions = {
            "whatif, one rule": (["whatif", str(large), "--set", one], f"run.whatif({one!r})"),
            "whatif, four rules": (
                ["whatif", str(large), *(part for each in many for part in ("--set", each))],
                f"run.whatif(*{many!r})",
            ),
            "why, by id": (["why", str(large), last["doc_id"]], f"run.why({last['doc_id']!r})"),
            "why, by URL": (["why", str(large), last["url"]], f"run.why({last['url']!r})"),
        }
        print(f"{'median of five, seconds':<24}{'in Python':>12}{'command':>12}")
        for name, (command, question) in questions.items():
            code = IN_PROCESS.format(question=question)
            inside = subprocess.run(
                [sys.executable, "-c", code, str(large)], check=True, capture_output=True, text=True
            )
            print(f"{name:<24}{float(inside.stdout):>12.2f}{median(program + command)[0]:>12.2f}")


if __name__ == "__main__":
    main()
