"""Our export against RedPajama-V2's own output: every id, span, null, signal and MinHash byte."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

import corpusmill
from corpusmill.api import annotate_documents
from corpusmill.store.rpv2 import export_rpv2

VENDORED = Path(__file__).parent.parent / "data" / "rpv2"


def lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rb") as file:
        return [orjson.loads(line) for line in file]


def tolerance(name: str, golden: float) -> float:
    """What the vectors' README allows; everything that is not listed there is exact but for the last digit."""
    if name.startswith("rps_doc_ml_"):
        return 1e-4
    return 1e-6 * max(1.0, abs(golden)) if "_importance" in name else 1e-8


def differences(ours: dict[str, Any], golden: dict[str, Any]) -> list[str]:
    found = [field for field in ("id", "id_int", "metadata") if ours[field] != golden[field]]
    if list(ours["quality_signals"]) != list(golden["quality_signals"]):
        return [*found, "names or order of the signals"]
    for name, expected in golden["quality_signals"].items():
        spans = ours["quality_signals"][name]
        same = len(spans) == len(expected) and all(
            o[:2] == g[:2]
            and (
                o[2] is g[2]
                if o[2] is None or g[2] is None
                else math.isclose(o[2], g[2], rel_tol=0, abs_tol=tolerance(name, g[2]))
            )
            for o, g in zip(spans, expected, strict=True)
        )
        if not same:
            found.append(name)
    return found


def compare(golden: Path, tmp_path: Path, leave_out: frozenset[str] = frozenset()) -> int:
    """Annotate, export, compare; returns the number of documents compared."""
    annotate_documents(golden / "documents", tmp_path / "run", artifacts=golden / "artifacts", workers=2)
    export_rpv2(tmp_path / "run", tmp_path / "export")
    compared = 0
    for path in sorted((golden / "quality_signals").rglob("*.signals.json.gz")):
        name = path.relative_to(golden / "quality_signals")
        ours = {row["id"]: row for row in lines(tmp_path / "export/quality_signals" / name)}
        expected = [row for row in lines(path) if row["id"] not in leave_out]
        assert list(ours) == [row["id"] for row in expected], name
        wrong = {row["id"]: found for row in expected if (found := differences(ours[row["id"]], row))}
        assert not wrong, json.dumps(wrong, indent=1)[:2000]
        compared += len(expected)
    for path in sorted((golden / "minhash").rglob("*.minhash.parquet")):
        ours_table = pq.read_table(tmp_path / "export/minhash" / path.relative_to(golden / "minhash"))
        expected_table = pq.read_table(path)
        assert ours_table.column_names == expected_table.column_names
        assert ours_table.to_pylist() == expected_table.to_pylist(), path.name
    exported = {p.name for p in (tmp_path / "export/quality_signals").rglob("*_tail*")}
    assert not exported, "the tail is not annotated"
    return compared


def test_the_vendored_vectors(tmp_path: Path):
    assert compare(VENDORED, tmp_path) > 100


@pytest.mark.shared
def test_all_vectors(shared: Path, tmp_path: Path):
    assert compare(shared / "conformance/rpv2", tmp_path) == 727


@pytest.mark.shared
def test_malformed_lines_are_quarantined_as_the_reference_skips_them(shared: Path, tmp_path: Path):
    golden = shared / "conformance/rpv2"
    listed = json.loads((golden / "malformed_lines.json").read_text())
    annotate_documents(golden / "documents", tmp_path / "run", workers=1)
    source = listed["file"].removesuffix(".json.gz")
    fates = pq.read_table(tmp_path / f"run/pages/{source}.pages.parquet").to_pylist()
    assert {f["ordinal"]: f["fate"] == "kept" for f in fates} == {
        line["index"]: line["reference"] == "annotated" for line in listed["lines"]
    }


def gopher_rules_pass(sample: dict[str, Any]) -> bool:
    """The data card's rules (spec §15), written against the loader's dicts alone."""
    signals = json.loads(sample["quality_signals"])
    count = signals["rps_doc_word_count"][0][2]
    if count < 50 or count > 10_000:
        return False
    mean_length = signals["rps_doc_mean_word_length"][0][2]
    if mean_length < 3 or mean_length > 10:
        return False
    if signals["rps_doc_symbol_to_word_ratio"][0][2] > 0.1:
        return False
    bullets = sum(line[2] for line in signals["rps_lines_start_with_bulletpoint"])
    if bullets / signals["ccnet_nlines"][0][2] > 0.9:
        return False
    return signals["rps_doc_frac_chars_top_2gram"][0][2] <= 0.2


def test_the_cards_filter_runs_on_the_loader_and_agrees_with_the_recipe(demo_run: Path):
    kept = {sample["doc_id"] for sample in corpusmill.load(demo_run) if gopher_rules_pass(sample)}
    verdicts = corpusmill.open(demo_run).selection("demo").to_table(columns=["doc_id", "keep"]).to_pylist()
    assert kept == {row["doc_id"] for row in verdicts if row["keep"]}
    assert 0 < len(kept) < len(verdicts)
