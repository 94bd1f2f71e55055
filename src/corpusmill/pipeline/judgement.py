"""What a recipe says of a table of texts: kept, dropped, why, and what other thresholds would say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.errors import Refused, nearest
from corpusmill.language.codes import short
from corpusmill.pipeline.definitions import rethresholded
from corpusmill.pipeline.judge import Judge, JudgedBatch, by_language, documents_of
from corpusmill.pipeline.judge_lines import LANGUAGES
from corpusmill.read.rows import TEXT_NAMES
from corpusmill.rules.settings import settings_of
from corpusmill.rules.verdicts import failing_each, select

IDS = ("id", "doc_id")


@dataclass(frozen=True)
class _Part:
    """The rows of one language."""

    language: str
    rows: npt.NDArray[np.int64]
    judged: JudgedBatch


@dataclass(frozen=True)
class Judgement:
    """A table of texts and the verdicts on it, row by row. `print` it to see how many documents each rule drops."""

    documents: pa.Table
    judge: Judge
    text_column: str
    parts: tuple[_Part, ...]

    @cached_property
    def verdicts(self) -> pa.Table:
        """schema.SELECTION: keep, and every failing rule with value and threshold."""
        return self._in_order([part.judged.verdicts for part in self.parts])

    @cached_property
    def texts(self) -> pa.ChunkedArray:
        """The texts after the edits of the recipe."""
        tables = [pa.table({"text": part.judged.texts}) for part in self.parts]
        return self._in_order(tables)["text"] if tables else self.documents[self.text_column]

    @cached_property
    def kept(self) -> pa.Table:
        """The rows that are kept, with their texts as edited."""
        place = self.documents.column_names.index(self.text_column)
        edited = self.documents.set_column(place, self.text_column, self.texts)
        return edited.filter(self.verdicts["keep"])

    @cached_property
    def dropped(self) -> pa.Table:
        """The rows that are not, with a column `failed`: every failing rule with value and threshold."""
        return self.documents.append_column("failed", self.verdicts["failed"]).filter(pc.invert(self.verdicts["keep"]))

    @cached_property
    def reasons(self) -> dict[str, int]:
        """Documents that fail each rule, in the order of the recipe; one may fail several."""
        bits = self.verdicts["failed_rules"].to_numpy()
        return failing_each(bits, self.judge.recipe.rule_set.names)

    def rethreshold(self, *settings: str) -> Judgement:
        """The same texts under other thresholds, as `rule.gopher_short_doc.min=20`; nothing is measured again.

        Raises RecipeError for settings that are wrong, or that change an edit.
        """
        recipe = rethresholded(self.judge.recipe, settings)
        parts = []
        for part in self.parts:
            judged = part.judged
            thresholds = settings_of(recipe.settings, part.language)
            doc_ids = judged.verdicts["doc_id"]
            verdicts = select(doc_ids, judged.columns, recipe.rule_set, thresholds, judged.edited)
            parts.append(
                _Part(part.language, part.rows, JudgedBatch(verdicts, judged.texts, judged.columns, judged.edited))
            )
        return Judgement(self.documents, Judge(recipe, self.judge.artifacts), self.text_column, tuple(parts))

    def _in_order(self, tables: Sequence[pa.RecordBatch | pa.Table]) -> pa.Table:
        order = np.argsort(np.concatenate([np.zeros(0, np.int64), *(part.rows for part in self.parts)]))
        batches = [
            batch for table in tables for batch in (table.to_batches() if isinstance(table, pa.Table) else [table])
        ]
        return pa.Table.from_batches(batches).take(pa.array(order)) if batches else self.documents.slice(0, 0)

    def __repr__(self) -> str:
        total, kept = self.documents.num_rows, self.kept.num_rows
        share = f" ({100 * kept / total:.1f} %)" if total else ""
        rows = [f"{self.judge.recipe.name}: {kept:,} of {total:,} documents kept{share}"]
        rows += [f"  {name:<32}{count:>12,}" for name, count in self.reasons.items() if count]
        return "\n".join(rows)


def judged(table: Any, judge: Judge, language: str) -> Judgement:
    """Verdicts on a table: pyarrow, anything that hands out Arrow streams (polars, pandas), or a list of dicts.

    Looked at are its columns `text` (or raw_content, content), `language` (or lang; else all are in `language`) and
    `url`. Raises Refused where there is no text, or a text is missing.
    """
    documents = as_table(table)
    names = documents.column_names
    text_column = next((name for name in TEXT_NAMES if name in names), None)
    if text_column is None:
        raise Refused(f"the table has no column text.{nearest('text', names)}")
    texts = documents[text_column]
    if texts.null_count or not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
        raise Refused(f"column {text_column!r} is {texts.type} with {texts.null_count} nulls; wanted strings, no nulls")
    doc_ids = _strings(documents, IDS) or [str(number) for number in range(documents.num_rows)]
    languages = [short(code or language) for code in _strings(documents, LANGUAGES) or [language] * len(texts)]
    urls = _strings(documents, ("url",)) or [None] * len(texts)
    batch = documents_of([identity or "" for identity in doc_ids], texts.to_pylist(), languages, urls)
    parts = [_Part(code, rows, judge(batch.take(pa.array(rows)), code)) for code, rows in by_language(batch)]
    return Judgement(documents, judge, text_column, tuple(parts))


def as_table(table: Any) -> pa.Table:
    """A pyarrow table of what has rows."""
    if isinstance(table, pa.Table):
        return table
    if isinstance(table, pa.RecordBatch):
        return pa.Table.from_batches([table])
    if hasattr(table, "__arrow_c_stream__"):
        return pa.table(table)
    rows = list(table)
    wrong = next((row for row in rows if not isinstance(row, Mapping)), None)
    if wrong is not None:
        raise Refused(f"a row is {type(wrong).__name__}; wanted a table, or dicts with a text")
    return pa.Table.from_pylist([dict(row) for row in rows])


def _strings(table: pa.Table, names: Sequence[str]) -> list[str | None] | None:
    name = next((name for name in names if name in table.column_names), None)
    if name is None:
        return None
    found: list[str | None] = table[name].cast(pa.string()).to_pylist()
    return found
