"""Tokens by each tokenizer of ours against plain Python: what they spell, how long they are, what they are made of."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

from corpusmill.batch import TextBatch
from corpusmill.errors import RecipeError
from corpusmill.kernels.words.reference_chunk_words import words as fast_words
from corpusmill.kernels.words.reference_word_bounds import tokens as uax29_words
from corpusmill.segment.tokenize import tokens
from tests.kernels.texts import needs_unicode_14, texts
from tests.segment.plain import rows

PLAIN = {"fast": fast_words, "uax29": uax29_words}

TABLE = [
    ("fast", "Can't jump 32.3 feet…", ["Ca", "n't", "jump", "32.3", "feet", "…"]),
    ("uax29", "Can't jump 32.3 feet…", ["Can't", "jump", "32.3", "feet", "…"]),
    ("uax29", "a\u3000b\r\n c", ["a", "b", "c"]),
    ("fast", " \n\t", []),
    ("uax29", " \n\t", []),
]


@pytest.mark.parametrize(("tokenizer", "text", "words"), TABLE)
def test_table(tokenizer: str, text: str, words: list[str]):
    found = tokens(TextBatch(pa.array(["", text, "x"])), tokenizer)
    assert rows(found) == [rows_of(each) for each in ([], words, ["x"])]


def rows_of(words: list[str]) -> list[tuple[int, int, int, int]]:
    from tests.segment.plain import row

    return [row(word) for word in words]


@needs_unicode_14
@pytest.mark.parametrize("tokenizer", sorted(PLAIN))
@given(given_=texts.map(lambda text: [text, text[::2], ""]))
@settings(max_examples=100, derandomize=True, deadline=None)
def test_all_texts(tokenizer: str, given_: list[str]):
    found = tokens(TextBatch(pa.array(given_)), tokenizer)
    assert rows(found) == [rows_of(PLAIN[tokenizer](text)) for text in given_]


def test_hashes_can_be_joined():
    """The hash of two tokens one after the other is that of what they spell."""
    from corpusmill.kernels.hashes.modular import join_hashes

    found = tokens(TextBatch(pa.array(["won der é 漢 wonder é漢"])), "fast")
    joined = np.empty(2, np.uint64)
    join_hashes(found.hashes[[0, 2]], found.hashes[[1, 3]], found.powers[[1, 3]], joined)
    assert joined.tolist() == found.hashes[4:].tolist()


def test_a_batch_is_tokenized_once():
    batch = TextBatch(pa.array(["a b"]))
    assert tokens(batch, "fast") is tokens(batch, "fast")


def test_no_texts():
    assert rows(tokens(TextBatch(pa.array([], pa.string())), "uax29")) == []


def test_an_unknown_tokenizer():
    with pytest.raises(RecipeError, match='no tokenizer "spacey"; there are fast, uax29'):
        tokens(TextBatch(pa.array(["a"])), "spacey")
