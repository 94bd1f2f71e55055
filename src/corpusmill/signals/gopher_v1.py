"""What datatrove 0.2.0, which FineWeb was made with, counts otherwise than 0.10.1 (Gopher specification §2, §3).

Lines are those of `str.splitlines`, blank ones too, so each blank line but the first is a duplicate. Sentence ends of
other scripts are no symbols. All else is the same: `gopher_…`, with tokens of `nltk_en`, whose family the words are in;
of stop words it counts the occurrences, `gopher_stop_words_nltk_en`.
"""

from __future__ import annotations

import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.segment.pieces import unstripped_lines
from corpusmill.signals import spans
from corpusmill.signals.columns import exact_ratio
from corpusmill.signals.gopher_views import early_kinds
from corpusmill.signals.registry import signal
from corpusmill.signals.tokenized import tokenized, with_tokenizer

SOURCE = "datatrove 0.2.0, GopherRepetitionFilter; Gopher §3"


def duplicate_universal_lines(batch: TextBatch) -> spans.Duplicates:
    """Of the lines of `str.splitlines`, blank ones too. Call through `batch.once`."""
    return spans.duplicates(batch, unstripped_lines(batch))


@signal(
    "gopher_v1_duplicate_line_fraction",
    dtype=pa.float64(),
    unit="fraction of lines",
    source=SOURCE,
    version=1,
    family="gopher_v1",
)
def gopher_v1_duplicate_line_fraction(batch: TextBatch) -> pa.Array:
    """Lines equal to one before, over all: those of `str.splitlines`, blank ones too; null for an empty text."""
    found = batch.once(duplicate_universal_lines)
    return exact_ratio(found.duplicates, found.pieces)


@signal(
    "gopher_v1_duplicate_line_char_fraction",
    dtype=pa.float64(),
    unit="fraction of chars",
    source=SOURCE,
    version=1,
    family="gopher_v1",
)
def gopher_v1_duplicate_line_char_fraction(batch: TextBatch) -> pa.Array:
    """Characters of the lines of `str.splitlines` that equal one before, over those of the text; null for an empty one.

    What ends a line is not of its characters.
    """
    return exact_ratio(batch.once(duplicate_universal_lines).duplicate_chars, batch.chars)


def _word_count(batch: TextBatch, tokenizer: str) -> pa.Array:
    return pa.array(batch.once(with_tokenizer(early_kinds, tokenizer)).words, pa.int64())


def _mean_word_length(batch: TextBatch, tokenizer: str) -> pa.Array:
    found = batch.once(with_tokenizer(early_kinds, tokenizer))
    return exact_ratio(found.word_chars, found.words)


tokenized(
    "gopher_v1_word_count",
    _word_count,
    "Tokens with a character that is no symbol; sentence ends of other scripts, such as `؟`, are no symbols.",
    dtype=pa.int64(),
    unit="words",
    source="datatrove 0.2.0, GopherQualityFilter; Gopher §2",
    version=1,
    tokenizers=("nltk_en",),
)
tokenized(
    "gopher_v1_mean_word_length",
    _mean_word_length,
    "Characters of the words (sentence ends of other scripts, such as `؟`, are no symbols) over words; null if none.",
    dtype=pa.float64(),
    unit="chars",
    source="datatrove 0.2.0, GopherQualityFilter; Gopher §2",
    version=1,
    tokenizers=("nltk_en",),
)
