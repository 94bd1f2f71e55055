"""A run folder made from the schemas alone, with page text that means harm."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpusmill.keys import Key
from corpusmill.schema import CLUSTERS, DOCUMENTS, FATES, QUARANTINE, SELECTION, batch_of

SCRIPT = "</title></style><script>window.__pwned=1</script><img src=x onerror='window.__pwned=1'>"
QUOTES = """"' onload="window.__pwned=1" x='"""
BIDI = "\u202egnp.exe \x01\x1b[31m עברית"
TEXTS = [
    SCRIPT,
    "</script><script>window.__pwned=1</script>",
    "<!--<script>window.__pwned=1//-->",
    "\u202egnp.exe\u2066 \x00\x07 \u2028window.__pwned=1\u2029",
    "x" * 20_000,
    "العربية: نص من اليمين إلى اليسار\n日本語の本文。\n" * 20,
    "${window.__pwned=1} {{constructor.constructor('window.__pwned=1')()}} javascript:window.__pwned=1",
]
LONG_URL = "https://long.example/" + "a" * 100_000
KEYS = {Key("2024-22", 0, "en", "head"): 250, Key("2024-22", 0, "en", "tail"): 230, Key("2024-38", 0, "de", "all"): 120}
RULES = {"min_words": ("rps_doc_word_count", 50, None), "max_symbols": ("rps_doc_symbol_to_word_ratio", None, 0.1)}


def signals(documents: int, random: np.random.Generator) -> dict[str, Any]:
    words = random.lognormal(5.6, 1.3, documents).astype(np.int64)
    return {
        "rps_doc_word_count": pa.array(words, pa.int64()),
        "rps_doc_symbol_to_word_ratio": random.exponential(0.04, documents),
        "rps_doc_mean_word_length": random.normal(4.9, 0.6, documents),
        "rps_doc_stop_word_fraction": random.beta(4, 6, documents),
        "rps_doc_lorem_ipsum": np.zeros(documents),
        "rps_doc_curly_bracket": np.where(random.random(documents) < 0.97, 0.0, random.random(documents)),
        "rps_doc_ut1_blacklist": pa.nulls(documents, pa.int32()),
        "rps_doc_num_sentences": pa.array((words // 17).tolist(), pa.int64()),
        "rps_doc_ml_palm_score": pa.array([None if i % 5 else i / documents for i in range(documents)], pa.float64()),
        "rps_doc_ldnoobw_words": pa.array(random.poisson(0.4, documents), pa.int32()),
        "rps_doc_bool": pa.array((words % 3 == 0).tolist(), pa.bool_()),
        "rps_doc_nan": pa.array([float("nan"), float("inf")] * (documents // 2), pa.float64()),
        "ccnet_perplexity": random.lognormal(6, 0.7, documents),
        "ccnet_language_score": np.clip(random.normal(0.9, 0.1, documents), 0, 1),
        "ccnet_bucket": ["head"] * documents,
        "rps_lines_num_words": [[1, 2]] * documents,
    }


def write(path: Path, table: pa.Table | pa.RecordBatch) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(table) if isinstance(table, pa.RecordBatch) else table, path)


def clusters(key: Key) -> pa.RecordBatch:
    """One cluster of the first documents: each with another of TEXTS."""
    ids = [key.document_id(line) for line in range(len(TEXTS))]
    columns = {
        "doc_id": ids,
        "cluster": [ids[0]] * len(ids),
        "survivor": [line == 0 for line in range(len(ids))],
        "similarity": [None, *(0.8 + line / 100 for line in range(1, len(ids)))],
    }
    return batch_of(CLUSTERS, columns, len(ids))


def fill(run: Path) -> dict[str, Any]:
    """Write all tables of the run; gives its manifest."""
    random = np.random.default_rng(7)
    failing = dict.fromkeys(RULES, 0)
    kept = 0
    languages = {}
    for key, documents in KEYS.items():
        measured = signals(documents, random)
        ids = [key.document_id(line) for line in range(documents)]
        fields = []
        for name, values in measured.items():
            kind = pa.array(values).type
            fields.append(pa.field(name, kind, metadata={"unit": "words"} if name.endswith("word_count") else None))
        table = pa.table(
            [pa.array(ids), *map(pa.array, measured.values())], pa.schema([("doc_id", pa.string()), *fields])
        )
        write(run / f"quality_signals/{key.path}.signals.parquet", table)
        lengths = (measured["rps_doc_word_count"].to_numpy() * 6).tolist()
        hosts = [
            ("handbook.example", SCRIPT, "münchen.example", BIDI, None)[i % 5 if i % 7 == 0 else 0]
            for i in range(documents)
        ]
        columns = {
            "doc_id": ids,
            "length": lengths,
            "source_domain": hosts,
            "charset": [
                ("utf-8", "utf-8", "windows-1252", QUOTES)[i % 4 if i % 3 == 0 else 0] for i in range(documents)
            ],
            "title": [SCRIPT] * documents,
            "url": [
                ("https://a.example/", SCRIPT, QUOTES, BIDI, "javascript:window.__pwned=1", None)[i % 6]
                for i in range(documents)
            ],
            "raw_content": [TEXTS[i % len(TEXTS)] for i in range(documents)],
        }
        write(run / f"documents/{key.path}.parquet", batch_of(DOCUMENTS, columns, documents))
        verdicts = []
        for number in range(documents):
            failed = []
            for rule, (signal, least, most) in RULES.items():
                value = float(pa.array(measured[signal])[number].as_py())
                limit = least if least is not None else most
                if (least is not None and value < least) or (most is not None and value > most):
                    failed.append({"rule": rule, "value": value, "threshold": limit})
                    failing[rule] += 1
            verdicts.append(failed)
        keep = [not failed for failed in verdicts]
        order = list(RULES)
        bits = [sum(1 << order.index(one["rule"]) for one in failed) for failed in verdicts]
        kept += sum(keep)
        verdict = batch_of(
            SELECTION, {"doc_id": ids, "keep": keep, "failed": verdicts, "failed_rules": bits}, documents
        )
        write(run / f"selections/gopher/{key.path}.selection.parquet", verdict)
        languages[f"{key.language}_{key.bucket}"] = {"documents": documents, "characters": sum(lengths)}
    documents = sum(KEYS.values())
    losses = [("dropped", "read", "http_status", 190), ("dropped", "read", "media_type", 90)]
    losses += [("dropped", "extract", "empty_text", 60), ("dropped", "language", "low_score", 41)]
    losses += [("quarantined", "extract", "too_deep", 3), ("quarantined", "read", "truncated_gzip", 2)]
    urls = ["https://a.example/", SCRIPT, QUOTES, BIDI, LONG_URL, None]
    fates, quarantine = [], []
    for (fate, stage, reason, count), url in zip(losses, urls, strict=True):
        for number in range(count):
            fates.append(
                {"ordinal": number, "offset": number * 1000, "url": url, "fate": fate, "stage": stage, "reason": reason}
            )
            if fate == "quarantined":
                message = f"wanted {SCRIPT} {QUOTES}" if number == 0 else "later"
                file = f"crawl/{SCRIPT}.warc.gz" if reason == "too_deep" else "crawl/b.warc.gz"
                row = {"input_file": file, "ordinal": number, "offset": 4096 + number, "length": -1, "url": url}
                quarantine.append(row | {"stage": stage, "reason": reason, "message": message, "head": b"\x1f\x8b"})
    write(run / "pages/2024-22/0000.pages.parquet", pa.Table.from_pylist(fates, FATES))
    write(run / "quarantine/2024-22/0000.quarantine.parquet", pa.Table.from_pylist(quarantine, QUARANTINE))
    write(run / f"clusters/near/{next(iter(KEYS)).path}.clusters.parquet", clusters(next(iter(KEYS))))
    counted = {fate: {r: n for f, _, r, n in losses if f == fate} for fate in ("dropped", "quarantined")}
    read = documents + sum(n for *_, n in losses)
    stages, inside = [], read
    for stage in ("read", "extract", "language"):
        lost = {fate: {r: n for f, s, r, n in losses if (f, s) == (fate, stage)} for fate in ("dropped", "quarantined")}
        out = inside - sum(sum(found.values()) for found in lost.values())
        stages.append({"stage": stage, "in": inside, "kept": out, **lost})
        inside = out
    return {
        "name": f"demo {SCRIPT}",
        "recipe": {
            "name": "gopher",
            "description": QUOTES,
            "rule": [{"name": n, "value": s, "min": a, "max": b} for n, (s, a, b) in RULES.items()],
        },
        "code": {"version": "0.1.0", "sha256": "ab" * 32},
        "models": {"language": "cd" * 32},
        "read": read,
        "kept": documents,
        **counted,
        "faults": 5,
        "stages": stages,
        "languages": languages,
        "selections": {
            "gopher": {
                "documents": documents,
                "kept": kept,
                "rules": failing,
                "only": {n: c - 1 for n, c in failing.items()},
            }
        },
        "tokens": [
            {
                "selection": "gopher",
                "tokenizer": "t5",
                "language": "en",
                "bucket": "head",
                "documents": 200,
                "tokens": 81234,
            },
            {
                "selection": "gopher",
                "tokenizer": "t5",
                "language": "de",
                "bucket": "all",
                "documents": 90,
                "tokens": 30111,
            },
        ],
        "inputs": [{"path": f"crawl/{SCRIPT}.warc.gz", "bytes": 1_375_136, "sha256": "ef" * 32}, {"path": "b.warc.gz"}],
        "outputs": {path.relative_to(run).as_posix(): "12" * 32 for path in sorted(run.rglob("*.parquet"))},
        "duplicates": {"near": {"documents": documents, "duplicates": 6, "clusters": 1, "largest_cluster": 7}},
        "warnings": [f"no bad-word list for {SCRIPT}"],
    }


@pytest.fixture(scope="session")
def hostile() -> SimpleNamespace:
    """What the run's tables hold: texts that mean harm, and the keys."""
    return SimpleNamespace(script=SCRIPT, long_url=LONG_URL, first_key=next(iter(KEYS)))


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic run folder, written once."""
    run = tmp_path_factory.mktemp("run")
    (run / "manifest.json").write_text(json.dumps(fill(run)), encoding="utf-8")
    return run
