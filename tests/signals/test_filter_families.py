"""The families of Gopher, FineWeb and DCLM: tables text → value, plain Python on hostile text, any cut of a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings

from corpusmill.batch import TextBatch
from corpusmill.kernels.words.reference_chunk_words import words as fast_words
from corpusmill.kernels.words.reference_word_bounds import tokens as uax29_words
from corpusmill.segment.characters import symbols
from corpusmill.segment.names import WORDS
from corpusmill.signals import reference_filters as plain
from corpusmill.signals.fineweb import terminal_punctuation
from corpusmill.signals.registry import SIGNALS, measure, of_family
from tests.kernels.texts import needs_unicode_14
from tests.signals.repetitive import batches

MARKS = frozenset(map(chr, terminal_punctuation().tolist()))


def _tokens(tokenizer: str, words: Callable[[str], list[str]]) -> Callable[[str], dict[str, Any]]:
    def found(text: str) -> dict[str, Any]:
        return {f"{name}_{tokenizer}": v for name, v in plain.gopher_tokens(words(text), symbols()).items()}

    return found


def _repetition(tokenizer: str, words: Callable[[str], list[str]]) -> Callable[[str], dict[str, Any]]:
    def found(text: str) -> dict[str, Any]:
        return {f"{name}_{tokenizer}": v for name, v in plain.gopher_repetition(text, words(text)).items()}

    return found


FAMILIES: dict[str, Callable[[str], dict[str, Any]]] = {
    "gopher": plain.gopher,
    "gopher_v1": plain.gopher_v1,
    "gopher_fast": _tokens("fast", fast_words),
    "gopher_uax29": _tokens("uax29", uax29_words),
    "gopher_repetition_fast": _repetition("fast", fast_words),
    "gopher_repetition_uax29": _repetition("uax29", uax29_words),
    "fineweb": lambda text: plain.fineweb(text, MARKS),
    "fineweb_v1": plain.fineweb_v1,
    "dclm": lambda text: plain.dclm(text, uax29_words(text)),
}
ALL = [name for family in FAMILIES for name in of_family(family)]

VALUES = [
    ("gopher_char_count", "aé\n", 3),
    ("gopher_hash_count", "# ## ＃", 3),
    ("gopher_ellipsis_count", "....... …", 3),
    ("gopher_bullet_line_fraction", "", None),
    ("gopher_bullet_line_fraction", " • a\r\n-b\u2028* c\n\n", 0.5),
    ("gopher_ellipsis_line_fraction", "a... \n…\x0bb..\n. . .", 0.5),
    ("gopher_duplicate_paragraph_fraction", "", None),
    ("gopher_duplicate_paragraph_fraction", " \n\n ", 0.0),
    ("gopher_duplicate_paragraph_fraction", "\n\na\n\n\na\n\nb\n", 1 / 3),
    ("gopher_duplicate_paragraph_fraction", "a \n\na", 0.0),  # the text is stripped, its paragraphs are not
    ("gopher_duplicate_paragraph_fraction", "a\n \na", 0.0),  # one paragraph
    ("gopher_duplicate_paragraph_char_fraction", "ab\n\nab", 1 / 3),
    ("gopher_duplicate_line_fraction", "\na\n", 1 / 3),  # the empty piece behind the last newline is a copy
    ("gopher_duplicate_line_fraction", "a\n\n\na\nb", 1 / 3),
    ("gopher_duplicate_line_fraction", "a\na \nA", 0.0),
    ("gopher_duplicate_line_fraction", "\n", 0.5),
    ("gopher_duplicate_line_char_fraction", "aé\naé\n", 1 / 3),
    ("gopher_v1_duplicate_line_fraction", "a\n\n\nb\n\n", 0.4),  # blank lines count
    ("gopher_v1_duplicate_line_fraction", "", None),
    ("gopher_v1_duplicate_line_char_fraction", "ab\r\nab", 1 / 3),
    ("gopher_token_count_fast", "It's… •", 4),
    ("gopher_word_count_fast", "It's… • ؟", 3),  # `•` is no symbol
    ("gopher_mean_word_length_fast", "?!", None),
    ("gopher_mean_word_length_fast", "ab, abcd", 3.0),
    ("gopher_alpha_token_fraction_fast", "a1, 1", 1 / 3),
    ("gopher_alpha_token_fraction_fast", " ", None),
    ("gopher_distinct_stop_words_fast", "the the The of", 2),
    ("gopher_stop_words_fast", "the the The of", 3),
    ("gopher_top_2gram_char_fraction_fast", "", None),
    ("gopher_top_2gram_char_fraction_fast", "a", None),
    ("gopher_top_2gram_char_fraction_fast", "ab c", 1.0),  # once is enough
    ("gopher_top_2gram_char_fraction_fast", "a b a b ccc dd ccc dd", 6 / 21),  # the first of equals
    ("gopher_top_3gram_char_fraction_fast", "a a a a", 10 / 7),
    ("gopher_top_4gram_char_fraction_fast", "a b c", None),
    ("gopher_duplicate_5gram_char_fraction_fast", "a b c d", 0.0),
    ("gopher_duplicate_5gram_char_fraction_fast", "", None),
    ("gopher_duplicate_5gram_char_fraction_fast", "a a a a a a a", 5 / 13),
    ("gopher_duplicate_5gram_char_fraction_fast", "ab c d e f x a bc d e f", 6 / 23),  # `ab c` spells `a bc`
    ("gopher_duplicate_10gram_char_fraction_uax29", "a b c d e f g h i j " * 2, 0.25),
    ("fineweb_line_count", "a\n \n\u3000\nb", 2),
    ("fineweb_newline_count", "\n\na\n", 3),
    ("fineweb_line_punctuation_fraction", "a.\nb. \nc”\n؟", 0.5),  # white space hides the mark, quotes are none
    ("fineweb_line_punctuation_fraction", "\n", None),
    ("fineweb_short_line_fraction", "é" * 30 + "\n" + "é" * 31, 0.5),
    ("fineweb_duplicate_char_fraction", "ab\n\nab\n", 0.5),
    ("fineweb_duplicate_char_fraction", " \n \n", None),
    ("fineweb_v1_line_punctuation_fraction", 'a"\n\nb\n', 0.25),
    ("fineweb_v1_short_line_fraction", "", 1.0),
    ("fineweb_v1_short_line_fraction", "x" * 31 + "\n", 0.5),
    ("fineweb_v1_line_count", "\n", 2),
    ("dclm_uax29_word_count", "It's 3.14, ok - _a", 3),
    ("dclm_fasttext_word_count", "It's 3.14, ok - (a)\x1cb c\0d", 5),
    ("dclm_white_space_word_count", "It's 3.14, ok - (a)\x1cb c\0d", 7),
    ("dclm_mean_word_length", "é abc", 2.0),
    ("dclm_mean_word_length", "\n", None),
    ("dclm_non_alphabetic_word_fraction", "a1 1 ٣ é", 0.5),
    ("dclm_stop_words", "The THE the, of_ oF", 3),
    ("dclm_symbol_count", "#... . . . . . …", 5),
    ("dclm_line_count", " a\n\n\u3000\n b", 2),
    ("dclm_bullet_line_count", " ● a\n*\n•\n– b\n - c", 4),
    ("dclm_ellipsis_line_count", "a. . . \nb...\nc…\n. .", 3),
    ("dclm_repeated_line_fraction", "", None),
    ("dclm_repeated_line_fraction", "a\n a \nb", 2 / 3),  # the first counts too
    ("dclm_repeated_line_char_fraction", "a\na\nbb", 0.5),
    ("dclm_repeated_paragraph_fraction", "a\n\n\n\na\n\n\nb", 2 / 3),
    ("dclm_repeated_paragraph_char_fraction", " \n\n ", None),
    ("dclm_top_2gram_char_fraction", "a b", 0.0),
    ("dclm_top_2gram_char_fraction", "", None),
    ("dclm_top_2gram_char_fraction", "a b a b ccc dd ccc dd", 10 / 14),  # the longest of equals
    ("dclm_repeated_5gram_char_fraction", "a a a a a a", 1.0),
    ("dclm_repeated_5gram_char_fraction", "!?", 0.0),
]


@pytest.mark.parametrize(("name", "text", "expected"), VALUES)
def test_value(name: str, text: str, expected: Any) -> None:
    assert measure(TextBatch(pa.array(["x x\nx", text]), "en"), [name])[name].to_pylist()[1] == expected


@needs_unicode_14
@given(given_=batches)
@settings(max_examples=400, derandomize=True, deadline=None)
def test_all_families_are_what_plain_python_counts(given_: list[str]) -> None:
    measured = measure(TextBatch(pa.array(given_, pa.string()), "und"), ALL).to_pylist()
    for text, row in zip(given_, measured, strict=True):
        expected = {name: value for family in FAMILIES.values() for name, value in family(text).items()}
        assert {name: row[name] for name in expected} == expected
        assert {name for name in ALL if not name.startswith("fineweb2")} == set(expected)


@given(given_=batches)
@settings(max_examples=25, derandomize=True, deadline=None)
def test_cut_and_order_of_a_batch_change_nothing(given_: list[str]) -> None:
    whole = measure(TextBatch(pa.array(given_, pa.string()), "de"), ALL).to_pylist()
    reverse = measure(TextBatch(pa.array(given_[::-1], pa.large_string()), "de"), ALL).to_pylist()
    single = [measure(TextBatch(pa.array([text]), "de"), ALL).to_pylist()[0] for text in given_]
    assert whole == reverse[::-1] == single


def test_no_texts() -> None:
    assert measure(TextBatch(pa.array([], pa.string())), ALL).num_rows == 0


def test_long_repetition() -> None:
    texts = ["spam and eggs.\n" * 5000, "x" * 100_000, "\n" * 100_000, " " * 100_000]
    row = measure(TextBatch(pa.array(texts)), ALL).to_pylist()[0]
    assert row["gopher_duplicate_line_fraction"] == 4999 / 5001  # with the empty piece at the end
    assert row["dclm_repeated_10gram_char_fraction"] == 1.0


def test_families_of_all_tokenizers_hold_the_same() -> None:
    without = {name.removesuffix("_fast") for name in of_family("gopher_fast")}
    for tokenizer in WORDS:
        names = {name.removesuffix(f"_{tokenizer}") for name in of_family(f"gopher_{tokenizer}")}
        early = {"gopher_v1_word_count", "gopher_v1_mean_word_length"} if tokenizer == "nltk_en" else set()
        assert names | {"fineweb2_distinct_stop_words"} == without | early
        repetition = of_family(f"gopher_repetition_{tokenizer}")
        assert len(repetition) == 9
        listed = (*of_family(f"gopher_{tokenizer}"), *repetition)
        assert all(WORDS[tokenizer] in SIGNALS[name].definition for name in listed)


def test_early_symbols() -> None:
    pytest.importorskip("nltk")
    names = ["gopher_word_count_nltk_en", "gopher_v1_word_count_nltk_en", "gopher_v1_mean_word_length_nltk_en"]
    row = measure(TextBatch(pa.array(["abc . ؟ ?"])), names).to_pylist()[0]
    assert list(row.values()) == [1, 2, 2.0]
