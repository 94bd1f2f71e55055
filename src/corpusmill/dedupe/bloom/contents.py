"""What is repeated inside documents: paragraphs by their text (Dolma), or by their n-grams (DCLM §2, "old-both").

The first occurrence in the order of documents stays unmarked, also where both are in one document. Texts are never
rewritten: marks are spans.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corpusmill.batch import TextBatch, empty
from corpusmill.dedupe.bloom.filter import BloomFilter, Flags, Keys, Numbers

NGRAM_WORDS = 13
REPEATED_FRACTION = 0.8  # of n-grams: a paragraph, or a document, with more of them is repeated (DCLM §2)
SEED = 2

_NEWLINE = 0x0A
_CHUNK_PIECES = 1 << 16


class Marks(NamedTuple):
    """What is repeated in a batch: spans of code points, those of document d at offsets[d]:offsets[d + 1]."""

    starts: Numbers
    ends: Numbers
    offsets: Numbers
    repeated: Numbers  # of each document: n-grams that were there before, or characters of repeated paragraphs
    total: Numbers  # of each document: n-grams, or characters

    @property
    def fractions(self) -> npt.NDArray[np.float64]:
        """repeated / total of each document; 0 of nothing."""
        return self.repeated / np.maximum(self.total, 1)


class Pieces(NamedTuple):
    """Byte spans in TextBatch.data; those of document d at offsets[d]:offsets[d + 1]."""

    starts: Numbers
    ends: Numbers
    offsets: Numbers


def mark_paragraphs(seen: BloomFilter, batch: TextBatch) -> Marks:
    """Paragraphs, the text between two newlines, that were there before; those of white space alone are none.

    A span takes the newline after its paragraph in.

    >>> from corpusmill.dedupe.bloom.parameters import BloomParameters
    >>> import pyarrow as pa
    >>> found = mark_paragraphs(BloomFilter(BloomParameters(9), "x"), TextBatch(pa.array(["a\\n\\nb", "b\\né", "é"])))
    >>> found.starts.tolist(), found.ends.tolist(), found.offsets.tolist()
    ([0, 0], [2, 1], [0, 0, 1, 2])
    """
    starts, ends, offsets = _between_newlines(batch)
    keys, numbers = _text_keys(batch, starts, ends)
    repeated = np.zeros(len(starts), np.bool_)
    repeated[numbers] = seen.add(keys)
    last = np.zeros(len(starts), np.bool_)
    last[offsets[1:] - 1] = True
    chars = _chars_before(batch)
    marked = _spans(Pieces(starts, ends + ~last, offsets), repeated, batch, chars)
    sizes = np.concatenate([[0], np.cumsum(marked[1] - marked[0])])
    return Marks(*marked, np.diff(sizes[marked[2]]), np.diff(chars[batch.offsets]))


def mark_ngrams(
    seen: BloomFilter, batch: TextBatch, ngram_words: int = NGRAM_WORDS, fraction: float = REPEATED_FRACTION
) -> Marks:
    """Paragraphs of which more than `fraction` of the n-grams were there before; their n-grams are not added.

    A paragraph begins with its newline. Words lie between the word bounds of UAX #29, case and punctuation count, those
    of white space alone do not. A paragraph of fewer words has no n-gram: it is never marked.
    """
    from corpusmill.kernels.characters.word_break import word_break_tables
    from corpusmill.kernels.words.word_bounds import hash_pieces, ngram_keys

    starts, ends, offsets = _from_newlines(batch)
    hashes, words = empty(len(batch.data), np.uint64), np.empty(len(starts) + 1, np.int64)
    hash_pieces(batch.data, starts, ends, word_break_tables(), hashes, words)
    keys = empty(2 * int(words[-1]), np.uint64).reshape(-1, 2)
    groups = np.empty(len(starts) + 1, np.int64)
    ngram_keys(hashes, words, _factors(ngram_words), keys, groups)
    held, repeated = seen.add_groups(keys[: groups[-1]], groups, fraction)
    marked = _spans(Pieces(starts, ends, offsets), repeated, batch, _chars_before(batch))
    contained = np.concatenate([[0], np.cumsum(held)])[offsets]
    return Marks(*marked, np.diff(contained), np.diff(groups[offsets]))


def text_keys(values: Iterable[bytes | None]) -> tuple[Keys, Numbers]:
    """Keys of the values that are there, and their numbers: BLAKE2b, of 128 bits."""
    numbers, halves = [], bytearray()
    for number, value in enumerate(values):
        if value is not None:
            numbers.append(number)
            halves += hashlib.blake2b(value, digest_size=16).digest()
    keys = np.frombuffer(bytes(halves), ">u8").reshape(-1, 2).astype(np.uint64)
    return keys, np.array(numbers, np.int64)


def _text_keys(batch: TextBatch, starts: Numbers, ends: Numbers) -> tuple[Keys, Numbers]:
    """Keys of the paragraphs that are not blank."""
    content = batch.data.data
    filled = np.flatnonzero(starts < ends)
    keys, numbers = [np.empty((0, 2), np.uint64)], [np.zeros(0, np.int64)]
    for at in range(0, len(filled), _CHUNK_PIECES):  # Python's integers take ten times the room of the pieces
        some = filled[at : at + _CHUNK_PIECES]
        spans = zip(starts[some].tolist(), ends[some].tolist(), strict=True)
        pieces = (bytes(content[start:end]) for start, end in spans)
        found, places = text_keys(None if _is_blank(piece) else piece for piece in pieces)
        keys.append(found)
        numbers.append(some[places])
    return np.concatenate(keys), np.concatenate(numbers)


def _is_blank(piece: bytes) -> bool:
    return piece.isspace() or (piece[0] >= 0x80 and piece.decode().isspace())


def _between_newlines(batch: TextBatch) -> Pieces:
    """Every document has a piece more than newlines, which belong to none."""
    starts, ends, offsets = _from_newlines(batch)
    first = np.zeros(len(starts), np.bool_)
    first[offsets[:-1]] = True
    return Pieces(starts + ~first, ends, offsets)


def _from_newlines(batch: TextBatch) -> Pieces:
    """Every document has a piece more than newlines: each but its first begins with one."""
    newlines = np.flatnonzero(batch.data == _NEWLINE)
    offsets = np.arange(len(batch) + 1) + np.searchsorted(newlines, batch.offsets)
    starts, ends = np.empty(offsets[-1], np.int64), np.empty(offsets[-1], np.int64)
    inner = np.ones(offsets[-1], np.bool_)
    inner[offsets[:-1]] = False
    starts[inner], starts[~inner] = newlines, batch.offsets[:-1]
    inner[:] = True
    inner[offsets[1:] - 1] = False
    ends[inner], ends[~inner] = newlines, batch.offsets[1:]
    return Pieces(starts, ends, offsets)


def _chars_before(batch: TextBatch) -> Numbers:
    """Code points of the batch before each of its bytes, and before its end."""
    chars = np.zeros(len(batch.data) + 1, np.int64)
    np.cumsum(batch.data & 0xC0 != 0x80, out=chars[1:])
    return chars


def _spans(pieces: Pieces, chosen: Flags, batch: TextBatch, chars: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Starts and ends in code points of their documents, of the chosen pieces, and the first of each document."""
    offsets = np.concatenate([[0], np.cumsum(chosen)])[pieces.offsets]
    origins = np.repeat(chars[batch.offsets[:-1]], np.diff(offsets))
    return chars[pieces.starts[chosen]] - origins, chars[pieces.ends[chosen]] - origins, offsets


@cache
def _factors(ngram_words: int) -> Keys:
    """Odd factors of both halves of a key, for each word of an n-gram."""
    drawn = np.frombuffer(np.random.RandomState(SEED).bytes(16 * ngram_words), "<u8")
    return np.ascontiguousarray(drawn.reshape(-1, 2) | np.uint64(1))
