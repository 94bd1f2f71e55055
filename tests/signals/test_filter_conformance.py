"""What datatrove and DCLM measured and decided on 610 documents, against our columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpusmill.signals.fineweb2 import FineWeb2Settings, fineweb2_settings
from tests.kernels.texts import needs_unicode_14
from tests.signals import filter_vectors as vectors
from tests.signals.filter_vectors import DUPLICATE_NGRAMS, RATIOS, STATISTICS, TOP_NGRAMS, Check, Row, first

pytestmark = [pytest.mark.shared, needs_unicode_14]
SHARED = DUPLICATE_NGRAMS  # DCLM counts them otherwise, with the same limits
LANGUAGES = {"deu": "de", "fra": "fr", "spa": "es", "ita": "it"}


@pytest.mark.parametrize("tokenizer", ["spacy", "nltk"])
def test_statistics_of_datatrove_0_10_1(shared: Path, tokenizer: str) -> None:
    pytest.importorskip(tokenizer)
    golden = vectors.vectors(shared, f"datatrove_0.10.1_{tokenizer}")
    assert len(golden) == 610
    families = (f"gopher_{tokenizer}_en", f"gopher_repetition_{tokenizer}_en", "gopher", "fineweb")
    differ = []
    for id_, row in vectors.measured(shared, golden, "und", families):
        wanted = golden[id_]["stats"]
        for statistic, column in STATISTICS.items():
            found = row[column.replace("_T", f"_{tokenizer}_en")]
            if found != wanted.get(statistic):
                differ.append((id_, statistic, found, wanted.get(statistic)))
        for statistic, column in RATIOS.items():
            if (value := wanted.get(statistic)) is not None and row[column] / wanted["n_words"] != value:
                differ.append((id_, statistic, row[column], value))
    assert differ == []


@pytest.mark.parametrize("tokenizer", ["spacy", "nltk"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_verdicts_of_fineweb2(shared: Path, tokenizer: str, language: str) -> None:
    pytest.importorskip(tokenizer)
    golden = vectors.vectors(shared, f"datatrove_0.10.1_{tokenizer}")
    documents = vectors.vectors(shared, "documents")
    ids = [id_ for id_ in golden if "fineweb2" in golden[id_] and documents[id_]["lang"] == language]
    assert len(ids) >= 13
    code = LANGUAGES[language]
    limits = fineweb2_settings(code)
    assert limits is not None
    families = (f"gopher_{tokenizer}", f"gopher_repetition_{tokenizer}", "gopher", "fineweb")
    for id_, row in vectors.measured(shared, ids, code, families):
        stop_words = row[f"fineweb2_distinct_stop_words_{tokenizer}"]
        lengths = (limits.min_mean_word_length, limits.max_mean_word_length)
        found = {
            "gopher_repetition": first(_repetition_of_fineweb2(row, tokenizer, limits)),
            "fineweb": first(_quality_of_fineweb2(row, tokenizer, limits)),
            "gopher_quality": first(
                vectors.quality(row, tokenizer, stop_words, lengths, limits.min_alpha_token_fraction)
            ),
        }
        assert (id_, found) == (id_, {name: verdict["reason"] for name, verdict in golden[id_]["fineweb2"].items()})
        assert row[f"gopher_token_count_{tokenizer}"] == golden[id_]["native_n_words"]


def _repetition_of_fineweb2(row: Row, tokenizer: str, limits: FineWeb2Settings) -> Iterator[Check]:
    yield "dup_line_frac", row["gopher_duplicate_line_fraction"] > limits.max_duplicate_line_fraction
    yield from vectors.repetition(row, tokenizer, limits.max_top_ngram_fractions, limits.max_duplicate_ngram_fractions)


def _quality_of_fineweb2(row: Row, tokenizer: str, limits: FineWeb2Settings) -> Iterator[Check]:
    yield "line_punct_ratio", row["fineweb_line_punctuation_fraction"] < limits.min_line_punctuation_fraction
    yield "char_dup_ratio", row["fineweb_duplicate_char_fraction"] > 0.1
    newlines = row["fineweb_newline_count"] / row[f"gopher_token_count_{tokenizer}"]
    yield "list_ratio", newlines > limits.max_newlines_per_token


def test_verdicts_of_datatrove_0_2_0(shared: Path) -> None:
    pytest.importorskip("nltk")
    golden = vectors.vectors(shared, "datatrove_0.2.0")
    families = ("gopher_nltk_en", "gopher_repetition_nltk_en", "gopher", "gopher_v1", "fineweb", "fineweb_v1")
    for id_, row in vectors.measured(shared, golden, "und", families):
        stop_words = row["gopher_stop_words_nltk_en"]
        found = {
            "gopher_quality": first(vectors.quality(row, "nltk_en", stop_words, prefix="gopher_v1")),
            "gopher_repetition": first(_repetition_of_0_2_0(row)),
            "fineweb": first(_fineweb_of_0_2_0(row)),
        }
        wanted = {name: golden[id_][name]["reason"] for name in found}
        if row["gopher_char_count"] == 0:
            assert wanted["gopher_repetition"] == "EXCEPTION ZeroDivisionError division by zero"
            wanted["gopher_repetition"] = None
        assert (id_, found) == (id_, wanted)


def _repetition_of_0_2_0(row: Row) -> Iterator[Check]:
    yield "dup_para_frac", (row["gopher_duplicate_paragraph_fraction"] or 0) > 0.3
    yield "dup_para_char_frac", (row["gopher_duplicate_paragraph_char_fraction"] or 0) > 0.2
    yield "dup_line_frac", (row["gopher_v1_duplicate_line_fraction"] or 0) > 0.3
    yield "dup_line_char_frac", (row["gopher_v1_duplicate_line_char_fraction"] or 0) > 0.2
    yield from vectors.repetition(row, "nltk_en", TOP_NGRAMS, DUPLICATE_NGRAMS)


def _fineweb_of_0_2_0(row: Row) -> Iterator[Check]:
    yield "line_punct_ratio", row["fineweb_v1_line_punctuation_fraction"] <= 0.12
    yield "short_line_ratio", row["fineweb_v1_short_line_fraction"] >= 0.67
    yield "char_dup_ratio", row["fineweb_duplicate_char_fraction"] >= 0.01
    yield "list_ratio", row["fineweb_newline_count"] / row["gopher_token_count_nltk_en"] > 0.3


def test_verdicts_of_dclm(shared: Path) -> None:
    golden = vectors.vectors(shared, "dclm_361714bd")
    assert len(golden) == 235
    for id_, row in vectors.measured(shared, golden, "en", ("dclm",)):
        values = {name.removeprefix("dclm_"): value for name, value in row.items()}
        repetition = {
            "line_count": _within(values["repeated_line_fraction"], 0.3),
            "paragraph_count": _within(values["repeated_paragraph_fraction"], 0.3),
            "line_chars": _within(values["repeated_line_char_fraction"], 0.2),
            "paragraph_chars": _within(values["repeated_paragraph_char_fraction"], 0.2),
            **{f"ngram_{n}": _within(values[f"top_{n}gram_char_fraction"], t) for n, t in TOP_NGRAMS.items()},
            **{
                f"ngram_{n}": _within(values[f"repeated_{n}gram_char_fraction"], t) for n, t in DUPLICATE_NGRAMS.items()
            },
        }
        words, length = values["white_space_word_count"], values["mean_word_length"]
        filters = {
            "page_length": 50 <= values["fasttext_word_count"] <= 100_000,
            "word_length": length is not None and 3 <= length <= 10,
            "symbol_ratio": words > 0 and values["symbol_count"] / words <= 0.1,
            "bullet": values["bullet_line_count"] <= 0.9 * values["line_count"],
            "ellipsis": values["ellipsis_line_count"] <= 0.3 * values["line_count"],
            "alphabetic": _within(values["non_alphabetic_word_fraction"], 0.2),
            "stop_word": values["stop_words"] >= 2,
            "repetition": all(repetition.values()),
        }
        assert (id_, filters) == (id_, golden[id_]["filters"])
        assert (id_, repetition) == (id_, golden[id_]["repetition"])
        counts = {"n_words_alnum": values["fasttext_word_count"], "n_words_uniseg": values["uax29_word_count"]}
        assert counts == {name: golden[id_][name] for name in counts}


def _within(value: float | None, limit: float) -> bool:
    return value is not None and value <= limit
