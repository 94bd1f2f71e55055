"""Signals as tables text → value, and equality with plain Python (signals/reference.py) on hostile and random text."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.artifacts import Artifacts
from corpusmill.batch import TextBatch
from corpusmill.signals import reference
from corpusmill.signals.registry import measure
from tests.kernels.texts import needs_unicode_14, texts
from tests.signals.vectors import VENDORED

ARTIFACTS = Artifacts(VENDORED / "artifacts")
NAMES = list(reference.REFERENCES)

VALUES = [
    ("rps_doc_word_count", "", 0),
    ("rps_doc_word_count", "Don't panic – it's e-mail...", 5),
    ("rps_doc_curly_bracket", "", 0.0),
    ("rps_doc_curly_bracket", "{}ab", 0.5),
    ("rps_doc_lorem_ipsum", "", 0.0),
    ("rps_doc_lorem_ipsum", "Lorem, ipsum!", round(1 / 11, 8)),
    ("rps_doc_lorem_ipsum", "florem ipsums", round(1 / 13, 8)),
    ("rps_doc_lorem_ipsum", "lorem\n\nipsum lorem ipsum", round(2 / 23, 8)),
    ("rps_doc_stop_word_fraction", "", 0.0),
    ("rps_doc_stop_word_fraction", "...", 0.0),  # raw words, but no normalised ones (Q11)
    ("rps_doc_stop_word_fraction", "The the", 0.5),  # case-sensitive (Q4)
    ("rps_doc_stop_word_fraction", "don't", round(1 / 3, 8)),  # `t` is listed
    ("rps_doc_frac_all_caps_words", "", None),
    ("rps_doc_frac_all_caps_words", "USA B2B 2 a", 0.5),
    ("rps_doc_frac_all_caps_words", "ǅ ÀÉ Ⓐ x", 0.5),  # title case is not upper, a circled letter is
    ("rps_doc_frac_lines_end_with_ellipsis", "", None),
    ("rps_doc_frac_lines_end_with_ellipsis", "a... \n…\n..\n\n", 0.5),
    ("rps_doc_frac_no_alph_words", "", None),
    ("rps_doc_frac_no_alph_words", "é 1 a ...", 0.75),
    ("rps_doc_frac_unique_words", " ", None),
    ("rps_doc_frac_unique_words", "a A b b", 0.5),
    ("rps_doc_mean_word_length", "?!", None),
    ("rps_doc_mean_word_length", "é a", 1.5),  # NFD: two characters
    ("rps_doc_num_sentences", "", 0.0),
    ("rps_doc_num_sentences", "...", 0.0),
    ("rps_doc_num_sentences", "One. Two?! – Three", 3.0),
    ("rps_doc_num_sentences", "3.14 is pi", 2.0),
    ("rps_doc_symbol_to_word_ratio", "", None),
    ("rps_doc_symbol_to_word_ratio", "# a ......", 1.0),  # `......` holds two
    ("rps_doc_symbol_to_word_ratio", "a … ..", round(1 / 3, 8)),
    ("rps_doc_unigram_entropy", "", None),
    ("rps_doc_unigram_entropy", "a a", 0.0),
    ("rps_doc_unigram_entropy", "a b", 0.69314718),
    ("rps_doc_frac_chars_top_2gram", "ha ha ha ha", 1.5),  # not clipped (Q7)
    ("rps_doc_frac_chars_top_2gram", "aa b aa b c d c d", round(6 / 10, 8)),  # of equals the first
    ("rps_doc_frac_chars_top_2gram", "c d c d aa b aa b", round(4 / 10, 8)),
    ("rps_doc_frac_chars_top_3gram", "a b c", 0.0),
    ("rps_doc_frac_chars_top_4gram", "a b c d a b c d", 1.0),
    ("rps_doc_frac_chars_dupe_5grams", "a a a a a", 0.0),
    ("rps_doc_frac_chars_dupe_5grams", "a a a a a a", 1.0),
    ("rps_doc_frac_chars_dupe_5grams", "a b c d e xxxxx a b c d e", round(10 / 15, 8)),
    ("rps_doc_frac_chars_dupe_6grams", "a b c d e xxxxx a b c d e", 0.0),
    ("line_ends", "", []),
    ("line_ends", "é\n\nab", [2, 3, 5]),
    ("rps_lines_num_words", "a b\n\n...\nc", [2, 0, 0, 1]),
    ("rps_lines_javascript_counts", "JavaScript, javascript\njavascript:void", [2.0, 0.0]),
    ("rps_lines_ending_with_terminal_punctution_mark", "a.\nb! \n“c”\nd,\n\n.", [1.0, 1.0, 1.0, 0.0, 0.0, 1.0]),
    ("rps_lines_start_with_bulletpoint", " • a\n- b\n–\n— c\n", [1.0, 0.0, 1.0, 0.0]),
    ("rps_lines_numerical_chars_fraction", "12 ab\n½Ⅷ一٣\n\n", [0.4, 1.0, 0.0]),
    ("rps_lines_uppercase_letter_fraction", "AB\nAB", [round(2 / 3, 8), 1.0]),  # the line's end counts (Q9)
]


@pytest.mark.parametrize(("name", "text", "expected"), VALUES)
def test_value(name: str, text: str, expected: Any) -> None:
    assert measure(TextBatch(pa.array([text]), "en"), [name])[name].to_pylist() == [expected]


def oracle(texts: list[str], language: str) -> dict[str, list[Any]]:
    stop_words = json.loads((VENDORED / "artifacts" / "stop_words.json").read_text(encoding="utf-8"))
    phrases = (VENDORED / "artifacts" / "bad_words" / f"{language}.txt").read_text(encoding="utf-8").split("\n")
    lists = reference.Lists(frozenset(stop_words[language]), frozenset(phrase.strip() for phrase in phrases))
    rows = [reference.measure(reference.Document(text, None, lists)) for text in texts]
    return {name: [row[name] for row in rows] for name in NAMES}


def assert_as_oracle(texts: list[str], language: str = "en") -> None:
    ours = measure(TextBatch(pa.array(texts, pa.string()), language, ARTIFACTS), NAMES).to_pydict()
    for name, expected in oracle(texts, language).items():
        assert ours[name] == expected, name


@needs_unicode_14
@given(st.lists(texts, max_size=4))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_any_text(batch: list[str]) -> None:
    assert_as_oracle(batch)


REPETITIVE = st.lists(
    st.sampled_from(["a", "bb", "é", "The", "ass", "hole", "the", "lorem", "ipsum", "\n"]), max_size=60
)


@needs_unicode_14
@given(st.lists(REPETITIVE.map(" ".join), max_size=4), st.sampled_from(["en", "de", "es", "fr", "it"]))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_repetitive_text(batch: list[str], language: str) -> None:
    assert_as_oracle(batch, language)


@needs_unicode_14
@pytest.mark.parametrize(
    "text",
    [
        "word " * 100_000,
        "a" * 1_000_000,
        "\n" * 300_000,
        "." * 300_000,
        "{#.…" * 50_000,
        "Σ" * 200_000,
        "a" + "\u0301\u0323" * 2_000,
        " ".join(str(number) for number in range(50_000)),
        "a b " * 50_000 + "c",
        "A\u0301Σ'" * 50_000,
        "\x00" * 100_000,
    ],
    ids=["words", "letters", "lines", "dots", "symbols", "sigmas", "marks", "numbers", "pairs", "mixed", "nul"],
)
def test_a_long_text_of_one_kind(text: str) -> None:
    assert_as_oracle([text, "after"])


def test_bad_words_overlap_and_are_not_normalised() -> None:
    """A phrase and a word in it both count; entries with punctuation never match (Q5)."""
    batch = TextBatch(pa.array(["ass hole asshole", "g spot G-SPOT s&m", "two girls one cup 2 girls 1 cup"]), "en")
    assert measure(batch, ["rps_doc_ldnoobw_words"]).column(0).to_pylist() == [2.0, 0.0, 2.0]


def test_batch_size_does_not_matter() -> None:
    texts = ["Ein Satz. Noch einer…", "", "x " * 100, "ΟΔΟΣ\n\n…", "a b a b a b a b a b a b", "\n", "Ende"] * 3
    whole = measure(TextBatch(pa.array(texts), "de"), NAMES)
    single = [measure(TextBatch(pa.array([text], pa.large_string()), "de"), NAMES) for text in texts]
    assert pa.Table.from_batches(single).combine_chunks().to_batches() == [whole]
    parts = pa.array(texts)
    sliced = [measure(TextBatch(parts[at : at + 5], "de"), NAMES) for at in range(0, len(texts), 5)]
    assert pa.Table.from_batches(sliced).combine_chunks().to_batches() == [whole]


def test_an_empty_batch_has_all_columns() -> None:
    batch = measure(TextBatch(pa.array([], pa.string()), "en"), NAMES)
    assert (batch.num_rows, batch.schema.names) == (0, NAMES)
