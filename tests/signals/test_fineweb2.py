"""FineWeb-2's settings: which language gets which."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest

from corpusmill.batch import TextBatch
from corpusmill.signals.fineweb2 import CHOSEN, fineweb2_languages, fineweb2_settings
from corpusmill.signals.registry import measure

CODES = [
    ("de", "deu_Latn"),
    ("deu", "deu_Latn"),
    ("deu_Latn", "deu_Latn"),
    ("zh", "cmn_Hani"),
    ("zho", "cmn_Hani"),
    ("yue", "yue_Hani"),
    ("ar", "arb_Arab"),
    ("arz", "arz_Arab"),
    ("arb_Latn", "arb_Latn"),
    ("sr", "srp_Cyrl"),
    ("no", "nob_Latn"),
    ("nn", "nno_Latn"),
    ("sq", "als_Latn"),
    ("als", "gsw_Latn"),  # lid.176's code of Alemannic
    ("als_Latn", "als_Latn"),  # ISO's of Tosk Albanian
    ("hi", "hin_Deva"),  # not in transliteration
    ("ckb", "ckb_Arab"),
    ("en", None),
    ("eng_Latn", None),
    ("und", None),
    ("deu_Cyrl", None),
    ("", None),
]


@pytest.mark.parametrize(("code", "language"), CODES)
def test_codes(code: str, language: str | None) -> None:
    settings = fineweb2_settings(code)
    assert (settings.language if settings else None) == language


def test_german() -> None:
    german = fineweb2_settings("de")
    assert german is not None
    assert german.max_top_ngram_fractions == {2: 0.169, 3: 0.153, 4: 0.137}
    assert german.max_duplicate_ngram_fractions[10] == 0.098
    assert (german.min_mean_word_length, german.max_mean_word_length) == (0, 15)
    assert german.min_alpha_token_fraction == 0.774
    assert german.stop_words[-1] == "für"


def test_every_language_can_be_had() -> None:
    assert len(fineweb2_languages()) == 1929
    for language in fineweb2_languages():
        settings = fineweb2_settings(language)
        assert settings is not None
        assert settings.language == language
        assert set(settings.max_top_ngram_fractions) <= {2, 3, 4}
        assert set(settings.max_duplicate_ngram_fractions) <= set(range(5, 11))
    assert set(CHOSEN.values()) <= set(fineweb2_languages())


def test_stop_words_are_those_of_the_language() -> None:
    texts = pa.array(["der und der", "Der x", "le et une"])
    name = "fineweb2_distinct_stop_words_fast"
    assert measure(TextBatch(texts, "de"), [name])[name].to_pylist() == [2, 0, 0]
    assert measure(TextBatch(texts, "fr"), [name])[name].to_pylist() == [0, 0, 3]
    assert measure(TextBatch(texts, "en"), [name])[name].to_pylist() == [None, None, None]


@pytest.mark.shared
def test_bundled_as_published(shared: Path) -> None:
    with gzip.open(shared / "specs" / "fineweb2_thresholds.json.gz") as file:
        published = json.load(file)
    assert tuple(sorted(published)) == fineweb2_languages()
    for language, given in published.items():
        settings = fineweb2_settings(language)
        assert settings is not None
        assert list(settings.stop_words) == given["stopwords"]
        assert settings.max_newlines_per_token == given["new_line_ratio"]
