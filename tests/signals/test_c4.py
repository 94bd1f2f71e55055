"""C4's signals of pages and lines: text to value."""

from __future__ import annotations

import pyarrow as pa
import pytest

from corpusmill.batch import TextBatch
from corpusmill.signals.registry import SIGNALS, measure


def value(name: str, text: str) -> object:
    column = measure(TextBatch(pa.array([text])), [name]).column(0)
    assert column.type == SIGNALS[name].dtype
    return column[0].as_py()


PAGES = [
    ("c4_char_count", "", 0),
    ("c4_char_count", "né\n", 3),
    ("c4_third_longest_line_chars", "", None),
    ("c4_third_longest_line_chars", "a\nb", None),
    ("c4_third_longest_line_chars", "a\nb\n", 0),  # the piece behind the last newline counts
    ("c4_third_longest_line_chars", "éé\na\nbbb\ncccc", 2),
    ("c4_third_longest_line_chars", "a\rb\rc", None),  # newlines alone end these lines
]


@pytest.mark.parametrize(("name", "text", "expected"), PAGES)
def test_pages(name: str, text: str, expected: int | None):
    assert value(name, text) == expected


LINES = [
    ("start", " é \r\n\n b", [1, 5, 7]),
    ("end", " é \r\n\n b", [2, 5, 8]),
    ("word_count", "a b\u3000c [1]\n\n ", [4, 0, 0]),
    ("word_count_without_citations", "a[1]b [2] c\n[1]", [2, 0]),
    ("longest_word_chars", "a éé [1234]\n", [6]),
    ("ends_with_mark", "a.\na?\na!\na\"\na'\na”\na…\na. [1]\na.[1]\n\n[1]", [1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0]),
    ("ends_with_mark_or_apostrophe", "a'\na’\na.", [1, 0, 1]),
    ("ends_with_ellipsis", "a...\na..\n...\na…\na..[1].", [1, 0, 1, 0, 1]),
    ("lorem_ipsum", "LOREM ipsum\nlorem\nipsum\nlor[1]em ipsum", [1, 0, 0, 1]),
    ("javascript", "a JavaScripts\njava script", [1, 0]),
    ("curly_bracket", "}\na{b", [0, 1]),
    ("policy", "Our Privacy Policy.\nprivacy\npolicy\nit uses cookies", [1, 0, 0, 1]),
    ("sentences_fast", "One. Two!\n[1]\nThree", [2, 0, 1]),
]


@pytest.mark.parametrize(("name", "text", "expected"), LINES)
def test_lines(name: str, text: str, expected: list[int]):
    assert value(f"c4_lines_{name}", text) == expected


def test_sentences_in_place_of_lines():
    text = " One two.  Three [1]\nfour! x"
    starts, ends = value("c4_sentences_fast_start", text), value("c4_sentences_fast_end", text)
    assert [text[a:b] for a, b in zip(starts, ends, strict=True)] == ["One two.", "Three [1]\nfour!", "x"]
    assert value("c4_sentences_fast_word_count", text) == [2, 3, 1]


def test_an_empty_text_has_no_lines():
    for name, signal in SIGNALS.items():
        if name.startswith("c4_lines_") and not name.endswith(("spacy_en", "punkt_en")):
            assert value(name, "") == [], name
            assert signal.definition
            assert signal.family in ("c4_lines", "c4_lines_fast")
