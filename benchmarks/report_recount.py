"""How long the report's recount takes while a handle is dragged, in the machine's Chromium; and what the file costs.

    .venv/bin/python benchmarks/report_recount.py --documents 50000 --signals 50

A run of random signals with one rule on each: 60 moves of a handle by mouse, and once all rules anew.
The explorer then counts the same rules over the full run on five releases of a handle.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.keys import Key, id_int
from corpusmill.report.explorer.server import Explorer
from corpusmill.report.page import write_report
from corpusmill.rules.rule import Rule
from corpusmill.rules.ruleset import RuleSet
from corpusmill.rules.verdicts import select
from corpusmill.schema import DOCUMENTS, batch_of

KEY = Key("2024-22", 0, "en", "all")
MOVES, RELEASES = 60, 5


def make(run: Path, documents: int, signals: int) -> None:
    """A finished run's tables: lognormal signals, each with a rule that keeps 99 % of the documents."""
    random = np.random.default_rng(11)
    ids = [KEY.document_id(line) for line in range(documents)]
    columns = {f"signal_{number:02}": pa.array(random.lognormal(3, 1, documents)) for number in range(signals)}
    rules = tuple(
        Rule(f"rule_{name[-2:]}", name, min=float(f"{np.quantile(values.to_numpy(), 0.01):.4g}"))
        for name, values in columns.items()
    )
    verdicts = select(pa.array(ids), columns, RuleSet(rules), {}, {})
    hashes = pa.array([id_int(doc_id) for doc_id in ids], pa.int64())
    words = pa.array(random.lognormal(6, 1, documents).astype(np.int64))
    text = [f"document {line}: " + "some words of a page " * 40 for line in range(documents)]
    lengths = pa.array([len(one) for one in text], pa.int64())
    tables = {
        f"quality_signals/{KEY.path}.signals.parquet": pa.table(
            {"doc_id": ids, "id_int": hashes, "rps_doc_word_count": words, **columns}
        ),
        f"selections/random/{KEY.path}.selection.parquet": pa.Table.from_batches([verdicts]),
        f"documents/{KEY.path}.parquet": pa.Table.from_batches(
            [batch_of(DOCUMENTS, {"doc_id": ids, "raw_content": text, "length": lengths}, documents)]
        ),
    }
    for path, table in tables.items():
        (run / path).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, run / path)
    kept = int(verdicts["keep"].to_numpy(zero_copy_only=False).sum())
    names = [rule.name for rule in rules]
    listed = [{"name": rule.name, "value": rule.value, "min": rule.min, "pass_missing": False} for rule in rules]
    selection = {
        "documents": documents, "kept": kept, "rules": dict.fromkeys(names, 0), "only": dict.fromkeys(names, 0),
        "definitions": {"rules": listed, "edits": [], "settings": None, "order": names},
    }  # fmt: skip
    manifest = {"name": "random", "kept": documents, "selections": {"random": selection}}
    manifest["outputs"] = dict.fromkeys(tables, "")
    (run / "manifest.json").write_text(json.dumps(manifest))


def drag(page: object, address: str) -> list[float]:
    """Milliseconds of each recount while the handle of the first rule is moved."""
    page.goto(address + "#/signals")
    grip = page.locator('figure[data-rule="rule_00"] .handle.low')
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("performance.clearMeasures()")
    for move in range(MOVES):
        page.mouse.move(x + 3 + 3 * move, y)
    page.mouse.up()
    return page.evaluate("performance.getEntriesByName('recount').map((entry) => entry.duration)")


def whole(page: object) -> list[float]:
    """Milliseconds of a recount by all rules, as a screen does it when it is opened."""
    found = []
    for screen in ("compare", "signals") * RELEASES:
        page.evaluate("performance.clearMeasures()")
        page.evaluate("hash => { location.hash = hash }", f"#/{screen}")
        page.wait_for_function("() => performance.getEntriesByName('recount').length > 0")
        found.append(page.evaluate("performance.getEntriesByName('recount')[0].duration"))
    return found


def releases(page: object) -> list[float]:
    """Seconds from the release of a handle to the server's exact number on the page."""
    grip = page.locator('figure[data-rule="rule_00"] .handle.low')
    grip.focus()
    seconds = []
    for _ in range(RELEASES):
        started = time.perf_counter()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("() => /^exact/.test(document.querySelector('.recipe-bar .exact').textContent)")
        seconds.append(time.perf_counter() - started)
    return seconds


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=50_000)
    parser.add_argument("--signals", type=int, default=50)
    arguments = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        run = Path(folder)
        make(run, arguments.documents, arguments.signals)
        started = time.perf_counter()
        report = write_report(run)
        written = time.perf_counter() - started
        print(f"{arguments.documents:,} documents, {arguments.signals} signals, a rule on each")
        print(f"report: {report.stat().st_size / 1e6:.1f} MB, written in {written:.1f} s")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        found = drag(page, report.as_uri())
        line = f"median {statistics.median(found):.2f} ms, most {max(found):.2f} ms, first {found[0]:.2f} ms"
        print(f"recount while dragging, {len(found)} moves: {line}")
        print(f"recount by all rules anew: median {statistics.median(whole(page)):.2f} ms")
        started = time.perf_counter()
        with Explorer(run) as explorer:
            explorer.start()
            print(f"explorer: ready in {time.perf_counter() - started:.1f} s")
            drag(page, explorer.address)
            seconds = releases(page)
            print(
                f"exact numbers after a release: median {statistics.median(seconds):.2f} s, most {max(seconds):.2f} s"
            )
            explorer.stop()
        browser.close()


if __name__ == "__main__":
    main()
