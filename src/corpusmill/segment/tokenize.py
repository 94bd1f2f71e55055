"""Tokens of a batch by the name of a tokenizer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from corpusmill.batch import TextBatch, empty
from corpusmill.errors import RecipeError
from corpusmill.segment.characters import word_marks
from corpusmill.segment.languages import punkt_name, spacy_code
from corpusmill.segment.measure import measured
from corpusmill.segment.memo import chunks_of
from corpusmill.segment.nltk_rules import nltk_tokens
from corpusmill.segment.spacy_rules import spacy_tokens
from corpusmill.segment.tokens import Tokens

# Blank tokenizers of spaCy that take a word with hyphens for one.
HYPHENATED = frozenset(["ca", "da", "de", "el", "es", "fi", "hu", "ky", "lb", "nb", "nl", "pt", "ro", "sr", "sv", "tt"])


def tokens(batch: TextBatch, tokenizer: str) -> Tokens:
    """Tokens of a batch, found once.

    fast      our own, near to spaCy's at the speed of a scan: see kernels/words/chunk_words.py
    uax29     words between the default boundaries of UAX #29, Unicode 14.0, without those that are white space alone
    spacy_en  spaCy's blank English tokenizer, as datatrove 0.10.1 uses it; `spacy`: that of the batch's language
    nltk_en   NLTK's `word_tokenize` with English Punkt; `nltk`: Punkt of the batch's language

    spaCy's tokens are the library's but in chunks of thousands of marks, which are cut (libraries.cuts_of); languages
    for which datatrove takes another tool than spaCy get its "xx" (data/spacy_languages.toml). NLTK's are NLTK's.

    Raises RecipeError for any other name, ModelRefused where spaCy, NLTK or Punkt's parameters are not installed.
    """
    if tokenizer not in TOKENIZERS:
        raise RecipeError([f'there is no tokenizer "{tokenizer}"; there are {", ".join(TOKENIZERS)}'])
    return batch.once(TOKENIZERS[tokenizer])


def _fast(batch: TextBatch) -> Tokens:
    from corpusmill.kernels.words.chunk_words import find_words

    chunks = chunks_of(batch)
    starts, ends = empty(len(batch.data), np.int64), empty(len(batch.data), np.int64)
    offsets: npt.NDArray[np.int64] = empty(len(batch) + 1, np.int64)
    find_words(
        batch.data,
        batch.masks,
        batch.blocks,
        batch.offsets,
        chunks.starts,
        chunks.ends,
        chunks.offsets,
        word_marks(hyphens_part=spacy_code(batch.language) not in HYPHENATED),
        starts,
        ends,
        offsets,
    )
    return measured(batch.data, starts[: offsets[-1]], ends[: offsets[-1]], offsets)


def _uax29(batch: TextBatch) -> Tokens:
    from corpusmill.kernels.characters.word_break import word_break_tables
    from corpusmill.kernels.words.word_bounds import find_words

    offsets: npt.NDArray[np.int64] = empty(len(batch) + 1, np.int64)
    starts, ends = empty(len(batch.data), np.int64), empty(len(batch.data), np.int64)
    find_words(batch.data, batch.offsets, word_break_tables(), starts, ends, offsets)
    return measured(batch.data, starts[: offsets[-1]], ends[: offsets[-1]], offsets)


def _spacy_en(batch: TextBatch) -> Tokens:
    return spacy_tokens(batch, "en")


def _spacy(batch: TextBatch) -> Tokens:
    return spacy_tokens(batch, spacy_code(batch.language))


def _nltk_en(batch: TextBatch) -> Tokens:
    return nltk_tokens(batch, "english")


def _nltk(batch: TextBatch) -> Tokens:
    return nltk_tokens(batch, punkt_name(batch.language))


TOKENIZERS: Mapping[str, Callable[[TextBatch], Tokens]] = {
    "fast": _fast,
    "uax29": _uax29,
    "spacy_en": _spacy_en,
    "spacy": _spacy,
    "nltk_en": _nltk_en,
    "nltk": _nltk,
}
