"""FineWeb-2's thresholds and stop words of each language (FineWeb specification §6): `data/fineweb2.json.gz`."""

from __future__ import annotations

import functools
import gzip
import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

from corpusmill.language.codes import agree, common

# The variety and the script of most texts, by codes of ISO 639-3 that stand for several of FineWeb-2's.
CHOSEN = {
    "ara": "arb_Arab",
    "aze": "azj_Latn",
    "bih": "bho_Deva",
    "est": "ekk_Latn",
    "hbs": "hrv_Latn",
    "kur": "kmr_Latn",
    "lav": "lvs_Latn",
    "mlg": "plt_Latn",
    "mon": "khk_Cyrl",
    "msa": "zsm_Latn",
    "nep": "npi_Deva",
    "nor": "nob_Latn",
    "ori": "ory_Orya",
    "pus": "pbt_Arab",
    "ron": "ron_Latn",
    "sqi": "als_Latn",
    "srp": "srp_Cyrl",
    "swa": "swh_Latn",
    "tgl": "fil_Latn",
    "tuk": "tuk_Latn",
    "uig": "uig_Arab",
    "uzb": "uzn_Latn",
    "yid": "ydd_Hebr",
    "zho": "cmn_Hani",
}


@dataclass(frozen=True)
class FineWeb2Settings:
    """What a text of one language must meet. Fractions of repetition are of the characters of the text.

    Odd values are FineWeb-2's own: a `min_line_punctuation_fraction` of -1 lets everything pass, and so do in datatrove
    a `max_duplicate_line_fraction` and a `min_mean_word_length` of 0.
    """

    language: str  # ISO 639-3 and script, as `deu_Latn`
    min_language_score: float  # of GlotLID
    max_duplicate_line_fraction: float
    max_top_ngram_fractions: dict[int, float]  # by n, 2 to 4
    max_duplicate_ngram_fractions: dict[int, float]  # by n, 5 to 10
    min_line_punctuation_fraction: float
    max_newlines_per_token: float
    min_mean_word_length: float
    max_mean_word_length: float
    min_alpha_token_fraction: float
    stop_words: tuple[str, ...]  # two distinct ones at least


def fineweb2_settings(language: str) -> FineWeb2Settings | None:
    """The settings of a language: a code of ISO 639-1, of ISO 639-3, or of lid.176, with or without a script.

    Without a script, and for a macrolanguage, those of the variety and the script that most of its texts are in. None
    where FineWeb-2 has none: for English, and languages that it does not know.

    >>> fineweb2_settings("de").stop_words[:3], fineweb2_settings("en")
    (('der', 'und', 'die'), None)
    >>> fineweb2_settings("srp").language, fineweb2_settings("srp_Latn").language, fineweb2_settings("zh").language
    ('srp_Cyrl', 'srp_Latn', 'cmn_Hani')
    """
    key = _key(language)
    return None if key is None else _settings(key)


def fineweb2_languages() -> tuple[str, ...]:
    """All 1,929, as `deu_Latn`, in alphabetical order."""
    return tuple(sorted(_bundled()))


@functools.cache
def _key(language: str) -> str | None:
    if "_" in language:
        return language if language in _bundled() else None
    bare = common(language)
    if bare in CHOSEN:
        return CHOSEN[bare]
    found = [key for key in fineweb2_languages() if key[:3] == bare]
    found = found or [key for key in fineweb2_languages() if agree(language, key)]
    # The Latin script beside another is nearly always that of transliterated texts.
    return min(found, key=lambda key: (key.endswith("_Latn"), key), default=None)


@functools.cache
def _settings(key: str) -> FineWeb2Settings:
    given = _bundled()[key]
    return FineWeb2Settings(
        language=key,
        min_language_score=given["language_score"],
        max_duplicate_line_fraction=given["dup_line_frac"],
        max_top_ngram_fractions=dict(given["top_n_grams"]),
        max_duplicate_ngram_fractions=dict(given["dup_n_grams"]),
        min_line_punctuation_fraction=given["line_punct_thr"],
        max_newlines_per_token=given["new_line_ratio"],
        min_mean_word_length=given["min_avg_word_length"],
        max_mean_word_length=given["max_avg_word_length"],
        min_alpha_token_fraction=given["max_non_alpha_words_ratio"],  # its name says the opposite
        stop_words=tuple(given["stopwords"]),
    )


@functools.cache
def _bundled() -> dict[str, dict[str, Any]]:
    packed = resources.files("corpusmill.signals").joinpath("data", "fineweb2.json.gz").read_bytes()
    found: dict[str, dict[str, Any]] = json.loads(gzip.decompress(packed))
    return found
