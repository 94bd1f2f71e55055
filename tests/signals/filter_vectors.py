"""Conformance vectors of the published filters, and the verdicts that follow from our columns by their thresholds."""

from __future__ import annotations

import functools
import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.signals.registry import measure, of_family

Row = dict[str, Any]
Check = tuple[str, bool]  # the reference's reason, whether it drops the document

TOP_NGRAMS = {2: 0.2, 3: 0.18, 4: 0.16}
DUPLICATE_NGRAMS = {5: 0.15, 6: 0.14, 7: 0.13, 8: 0.12, 9: 0.11, 10: 0.1}

# What the vectors call our columns; those with T exist once per tokenizer.
STATISTICS = {
    "n_words": "gopher_token_count_T",
    "n_non_symbol_words": "gopher_word_count_T",
    "mean_word_length": "gopher_mean_word_length_T",
    "bullet_lines": "gopher_bullet_line_fraction",
    "ellipsis_lines": "gopher_ellipsis_line_fraction",
    "alpha_words": "gopher_alpha_token_fraction_T",
    "n_stop_words": "gopher_distinct_stop_words_T",
    "dup_para_frac": "gopher_duplicate_paragraph_fraction",
    "dup_para_char_frac": "gopher_duplicate_paragraph_char_fraction",
    "dup_line_frac": "gopher_duplicate_line_fraction",
    "dup_line_char_frac": "gopher_duplicate_line_char_fraction",
    **{f"top_{n}_gram": f"gopher_top_{n}gram_char_fraction_T" for n in TOP_NGRAMS},
    **{f"dup_{n}_gram": f"gopher_duplicate_{n}gram_char_fraction_T" for n in DUPLICATE_NGRAMS},
    "line_punct_ratio": "fineweb_line_punctuation_fraction",
    "short_line_ratio": "fineweb_short_line_fraction",
    "char_dup_ratio": "fineweb_duplicate_char_fraction",
}
RATIOS = {  # over all tokens
    "hash_ratio": "gopher_hash_count",
    "ellipsis_ratio": "gopher_ellipsis_count",
    "list_ratio": "fineweb_newline_count",
}


@functools.cache
def vectors(folder: Path, name: str) -> dict[str, Row]:
    """The rows of a file by document; `documents` has the texts. Nobody may change them."""
    with gzip.open(folder / "conformance" / "filters" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return {row["id"]: row for row in map(json.loads, file)}


def measured(folder: Path, ids: Iterable[str], language: str, families: Iterable[str]) -> Iterator[tuple[str, Row]]:
    """Each document with all signals of the families, all in one batch."""
    ids = list(ids)
    texts = pa.array([vectors(folder, "documents")[id_]["text"] for id_ in ids])
    names = [name for family in families for name in of_family(family)]
    return zip(ids, measure(TextBatch(texts, language), names).to_pylist(), strict=True)


def first(checks: Iterable[Check]) -> str | None:
    """The reason that a reference gives: that of the first check which drops the document."""
    return next((reason for reason, drops in checks if drops), None)


def repetition(row: Row, tokenizer: str, top: dict[int, float], duplicate: dict[int, float]) -> Iterator[Check]:
    """Gopher's repetition rules on tokens, in datatrove's order."""
    for n, limit in top.items():
        yield f"top_{n}_gram", (row[f"gopher_top_{n}gram_char_fraction_{tokenizer}"] or 0) > limit
    for n, limit in duplicate.items():
        yield f"duplicated_{n}_n_grams", (row[f"gopher_duplicate_{n}gram_char_fraction_{tokenizer}"] or 0) > limit


def quality(
    row: Row,
    tokenizer: str,
    stop_words: int,
    lengths: tuple[float, float] = (3, 10),
    alpha: float = 0.8,
    prefix: str = "gopher",
) -> Iterator[Check]:
    """Gopher's quality rules in datatrove's order; `prefix`: of the columns of words that are no symbols."""
    words, tokens = row[f"{prefix}_word_count_{tokenizer}"], row[f"gopher_token_count_{tokenizer}"]
    yield "gopher_short_doc", words < 50
    yield "gopher_long_doc", words > 100_000
    length = row[f"{prefix}_mean_word_length_{tokenizer}"]
    yield "gopher_below_avg_threshold", length < lengths[0]
    yield "gopher_above_avg_threshold", length > lengths[1]
    yield "gopher_too_many_hashes", row["gopher_hash_count"] / tokens > 0.1
    yield "gopher_too_many_ellipsis", row["gopher_ellipsis_count"] / tokens > 0.1
    yield "gopher_too_many_bullets", row["gopher_bullet_line_fraction"] > 0.9
    yield "gopher_too_many_end_ellipsis", row["gopher_ellipsis_line_fraction"] > 0.3
    yield "gopher_below_alpha_threshold", row[f"gopher_alpha_token_fraction_{tokenizer}"] < alpha
    yield "gopher_enough_stop_words", stop_words < 2
