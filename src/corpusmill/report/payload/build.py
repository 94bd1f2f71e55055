"""The payload of a run: everything that the page's scripts show."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.report.bins import Histogram
from corpusmill.report.card import card
from corpusmill.report.figures import number
from corpusmill.report.payload.chosen import MOST_DOCUMENTS, Chosen, Rows, choose, taken, taken_of
from corpusmill.report.payload.clusters import clusters
from corpusmill.report.payload.codes import Coded, encode
from corpusmill.report.payload.measured import Measures, measures, tables_of
from corpusmill.report.payload.pack import packed
from corpusmill.report.payload.selections import SIDES, Selection, described, published, selections_of
from corpusmill.report.payload.texts import border, failing_first, order_of_texts, texts
from corpusmill.report.payload.verdicts import Verdicts, verdicts
from corpusmill.report.queries import Tables
from corpusmill.report.sections import Manifest, mapping, records
from corpusmill.rules.blame import pareto
from corpusmill.rules.rule import Rule

VERSION = 1
_URL_CHARS, _URL_BYTES = 200, 1_500_000
_DOMAINS = 400  # hosts with a code of their own in the sample
_WORD_COUNTS = "rps_doc_word_count", "gopher_word_count", "gopher_v1_word_count", "dclm_uax29_word_count"
_FAILING = 8  # documents of each rule whose text is wanted


def payload(run: Path, manifest: Manifest, tables: Tables, most_documents: int = MOST_DOCUMENTS) -> dict[str, Any]:
    """What the page is given; absent tables leave empty lists, from which the page says what to run."""
    chosen = choose(run, most_documents)
    selections = selections_of(manifest)
    measured = measures(run, chosen, sorted({name for one in selections for name in one.compared.values()}))
    coded = _coded(measured, selections)
    dimensions = {name: (place, one) for place, (name, one) in enumerate(coded.items())}
    hosts = [host for host, *_ in tables.documents_by("source_domain", _DOMAINS) if host]
    judged = {one.name: verdicts(run, one.name, one.rules, chosen, hosts) for one in selections}
    found = [(one, verdict) for one in selections if (verdict := judged[one.name]) is not None]
    known = published(coded)
    shown = _documents(run, chosen, hosts)
    return {
        "version": VERSION,
        "served": False,
        "views": [],
        "name": str(manifest.get("name") or "run"),
        "documents": {
            "total": chosen.documents,
            "sampled": chosen.size,
            **{name: packed(value) if isinstance(value, np.ndarray) else value for name, value in shown.items()},
            **_texts(run, chosen, measured, coded, found),
        },
        "dimensions": [_dimension(name, one, measured, known) for name, one in coded.items()],
        "selections": [described(one, verdict, dimensions, chosen.size) for one, verdict in found],
        "stages": records(manifest.get("stages")),
        "losses": [
            {"stage": stage, "fate": fate, "reason": reason, "records": count}
            for stage, fate, reason, count, _, _ in tables.losses()
        ],
        "examples": [
            dict(zip(("stage", "reason", "url", "ordinal", "offset", "source"), row, strict=True))
            for row in tables.examples()
        ],
        "faults": [
            dict(zip(("stage", "reason", "file", "offset", "records", "message"), row[:6], strict=True))
            for row in tables.faults()[0]
        ],
        "pareto": [
            {"name": name, **pareto(measured.values[name], np.asarray(shown["words"], np.float64))._asdict()}
            for name in coded
            if "score" in name
        ],
        "read": number(manifest.get("read")),
        "languages": mapping(manifest.get("languages")),
        "tokens": records(manifest.get("tokens")),
        "warnings": [str(line) for line in manifest.get("warnings") or [] if isinstance(line, str)],
        "duplicates": clusters(run, manifest, tables),
        "card": card(manifest),
    }


def _coded(measured: Measures, selections: list[Selection]) -> dict[str, Coded]:
    """What rules compare first, then all other signals by name; those that are null throughout are left out."""
    rules: dict[str, list[Rule]] = {}
    for one in selections:
        for name, rule in one.definitions.items():
            rules.setdefault(one.compared[name], []).append(rule)
    coded = {
        name: encode(measured.values[name], rules.get(name, ()))
        for name in dict.fromkeys([*rules, *sorted(measured.values)])
        if name in measured.values
    }
    return {name: one for name, one in coded.items() if one.codes.any()}


def _dimension(name: str, coded: Coded, measured: Measures, known: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    bars = coded.bars
    return {
        "name": name,
        "unit": measured.units.get(name, ""),
        "codes": packed(coded.codes),
        "starts": _finite(coded.starts.tolist()),
        "least": _finite(coded.least),
        "most": _finite(coded.most),
        "axis": None if bars is None else _axis(bars),
        "median": None if bars is None else bars.median,
        "missing": int((coded.codes == 0).sum()),
        "published": known.get(name, []),
    }  # fmt: skip


def _axis(bars: Histogram) -> dict[str, Any]:
    return {"kind": bars.axis, "low": bars.low, "high": bars.high, "bars": len(bars.kept)}


def _finite(values: list[Any]) -> list[float | None]:
    """JSON has no infinity: the greatest number stands for it."""
    most = sys.float_info.max
    return [None if value is None else max(-most, min(most, float(value))) for value in values]


def _documents(run: Path, chosen: Chosen, hosts: list[str]) -> dict[str, Any]:
    """Per chosen document: key and line of its id, host, characters, words, address."""
    columns = ["doc_id", "url", "length", "source_domain"]
    lines: list[int] = []
    urls: list[str | None] = []
    characters, words, domains = [], [], []
    known = pa.array(hosts, pa.string())
    for path, rows in zip(chosen.paths, chosen.rows, strict=True):
        found = taken(run / "documents" / f"{path}.parquet", columns, rows)
        ids = found.get("doc_id")
        lines += rows.tolist() if ids is None else [int(doc_id.rpartition("/")[2]) for doc_id in ids.to_pylist()]
        characters.append(_counts(found.get("length"), len(rows)))
        words.append(_counts(words_of(run, path, rows), len(rows)))
        domain = found.get("source_domain", pa.nulls(len(rows), pa.string()))
        domains.append(pc.index_in(domain, known).fill_null(len(hosts)).to_numpy(zero_copy_only=False))
        urls += found["url"].to_pylist() if "url" in found else [None] * len(rows)
    shown = [url[:_URL_CHARS] if url else "" for url in urls]
    left = _URL_BYTES
    for number_ in np.argsort(chosen.ranks).tolist():
        left -= len(shown[number_].encode())
        if left < 0:
            shown[number_] = ""
    keys = np.repeat(np.arange(len(chosen.paths)), [len(rows) for rows in chosen.rows])
    return {
        "paths": list(chosen.paths),
        "hosts": hosts,
        "key": keys.astype(np.uint32),
        "line": np.array(lines, np.uint32),
        "host": np.concatenate([np.zeros(0), *domains]).astype(np.uint16),
        "characters": np.concatenate([np.zeros(0), *characters]).astype(np.uint32),
        "words": np.concatenate([np.zeros(0), *words]).astype(np.uint32),
        "rank": chosen.ranks.astype(np.uint32),
        "urls": shown,
    }


def words_of(run: Path, path: str, rows: Rows) -> pa.Array | None:
    """RedPajama-V2's count of words, or where the run has none another of the stored text; None without any."""
    for table, text in tables_of(run, path):
        if text or not table.is_file():
            continue
        with pq.ParquetFile(table) as file:
            name = next((name for name in file.schema_arrow.names if name.startswith(_WORD_COUNTS)), None)
            if name is not None:
                return taken_of(file, [name], rows)[name]
    return None


def _counts(column: pa.Array | None, rows: int) -> np.ndarray:
    return np.zeros(rows) if column is None else column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)


def _texts(
    run: Path, chosen: Chosen, measured: Measures, coded: dict[str, Coded], found: list[tuple[Selection, Verdicts]]
) -> dict[str, Any]:
    """Texts, and all values of their documents: [texts, dimensions]."""
    keep = found[0][1].keep if found else None
    shown = texts(run, chosen, order_of_texts(chosen, keep, _borders(chosen, measured, found)))
    numbers = np.array([one.number for one in shown], np.int64)
    values = [measured.values[name][numbers] for name in coded]
    flat = np.stack(values, axis=1).ravel() if values else np.zeros(0)
    return {"texts": [list(one) for one in shown], "textValues": packed(flat.astype(np.float64))}


def _borders(chosen: Chosen, measured: Measures, found: list[tuple[Selection, Verdicts]]) -> Iterator[np.ndarray]:
    for selection, verdict in found:
        for place, name in enumerate(selection.rules):
            rule = selection.definitions.get(name)
            values = None if rule is None else measured.values.get(selection.compared[name])
            for side in SIDES if values is not None else ():
                limit = getattr(rule, side, None)
                if values is not None and limit is not None:
                    yield border(values, limit, chosen.ranks)
            yield np.array(failing_first(verdict.fails[place], chosen.ranks, _FAILING), np.int64)
