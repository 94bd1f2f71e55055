"""TextBatch: one Arrow batch of texts and the views that all signals share, each computed once.

    words      normalised words: ASCII punctuation deleted, lower case, white space collapsed, NFD   (RedPajama-V2 §4)
    raw_words  matches of `\\w+|[^\\w\\s]+` in the text as it is                                       (RedPajama-V2 §4)
    lines      pieces ending in U+000A                                                               (RedPajama-V2 §4)

All views are ragged arrays: what belongs to document d lies at `offsets[d]:offsets[d + 1]`.
`\\w`, white space, case and NFD are those of CPython 3.11 (Unicode 14.0), whatever interpreter runs.

>>> batch = TextBatch(pa.array(["Don't panic!", ""]))
>>> [bytes(batch.words.data[s:e]).decode() for s, e in zip(batch.words.starts, batch.words.ends)]
['dont', 'panic']
>>> batch.words.offsets.tolist()
[0, 2, 2]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.artifacts import Artifacts

Bytes = npt.NDArray[np.uint8]
Int8s = npt.NDArray[np.int8]
Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Result = TypeVar("Result")
Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True)
class Words:
    """Normalised words; words of one document are joined with exactly one space, documents follow without separator."""

    data: Bytes  # UTF-8 of the normalised texts
    starts: Int64s  # byte span of each word in data
    ends: Int64s
    lengths: Int32s  # code points
    hashes: Hashes  # of the word's UTF-8, see kernels/hashes/hashing.py
    offsets: Int64s  # [n+1] first word of each document

    @property
    def counts(self) -> Int64s:
        """Words of each document."""
        return np.diff(self.offsets)

    @property
    def spans(self) -> tuple[Int64s, Int64s]:
        """Where the normalised text of each document starts and ends in data."""
        ends = np.concatenate(([0], self.ends))[self.offsets]  # a document without words ends where it starts
        return ends[:-1], ends[1:]


@dataclass(frozen=True)
class RawWords:
    """Tokens of the text as it is; spans are bytes of `TextBatch.data`. The counts are per document."""

    starts: Int64s
    ends: Int64s
    hashes: Hashes
    offsets: Int64s  # [n+1] first token of each document
    capitals: Int64s  # tokens with `str.isupper()`
    alphabetic: Int64s  # tokens with an ASCII letter
    segments: Int64s  # pieces between `.`, `!` and `?` that hold a character of a word
    number_signs: Int64s  # `#`
    dots: Int64s  # `...`, not overlapping
    ellipses: Int64s  # U+2026
    braces: Int64s  # `{` and `}`

    @property
    def counts(self) -> Int64s:
        """Tokens of each document."""
        return np.diff(self.offsets)


@dataclass(frozen=True)
class Lines:
    """Lines and what is measured on each; a line includes the U+000A that ends it."""

    starts: Int64s  # byte span in TextBatch.data
    ends: Int64s
    char_starts: Int64s  # span in code points, from the start of the document
    char_ends: Int64s
    offsets: Int64s  # [n+1] first line of each document
    first_words: Int64s  # [lines+1] first normalised word of each line
    uppercase_chars: Int32s  # `str.isupper()`
    numeric_chars: Int32s  # `str.isnumeric()` in the normalised line
    first_char: Int32s  # first code point that is not white space; -1: a blank line
    last_char: Int32s  # last code point that is not white space; -1: a blank line
    final_dots: Int8s  # full stops the right-stripped line ends in, at most 3


class TextBatch:
    """`texts` with their views. Null texts count as empty.

    `language` chooses word lists and models, `artifacts` holds them, `columns` are other columns of the same documents
    (`source_domain`, the CCNet fields: see schema.DOCUMENTS). String, large_string and sliced arrays are read in place.
    """

    def __init__(
        self,
        texts: pa.Array | pa.ChunkedArray,
        language: str = "und",
        artifacts: Artifacts | None = None,
        columns: Mapping[str, pa.Array] | None = None,
    ) -> None:
        self.texts = _one_array(texts)
        self.language = language
        self.artifacts = Artifacts() if artifacts is None else artifacts
        self.columns: Mapping[str, pa.Array] = {} if columns is None else columns
        self.data, self.offsets = _buffers(self.texts)
        self._derived: dict[Callable[[TextBatch], object], object] = {}

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def with_texts(self, texts: pa.Array) -> TextBatch:
        """The same documents with other texts, as an edit leaves them."""
        return TextBatch(texts, self.language, self.artifacts, self.columns)

    def once(self, function: Callable[[TextBatch], Result]) -> Result:
        """`function(self)`, computed at the first call only: for measurements that several signals share."""
        if function not in self._derived:
            self._derived[function] = function(self)
        return cast(Result, self._derived[function])

    @cached_property
    def blocks(self) -> Int64s:
        """[n+1] first block of 64 bytes of each document, see kernels/characters/classify.py."""
        from corpusmill.kernels.characters.classify import block_offsets

        return block_offsets(self.offsets)

    @cached_property
    def masks(self) -> Hashes:
        """[blocks + 1, 14] bit masks of character classes, see kernels/characters/classify.py."""
        from corpusmill.kernels.bits import MASKS
        from corpusmill.kernels.characters.classify import BLOCK, classify
        from corpusmill.kernels.characters.tables import unicode_tables

        masks = empty(int(self.blocks[-1] + 1) * MASKS, np.uint64).reshape(-1, MASKS)
        classify(self.data, self.offsets, self.blocks, unicode_tables(), np.empty(BLOCK, np.uint8), masks)
        return masks

    @cached_property
    def _line_offsets(self) -> tuple[Int64s, Int64s]:
        from corpusmill.kernels.lines.lines import count_lines

        offsets, chars = np.empty(len(self) + 1, np.int64), np.empty(len(self), np.int64)
        count_lines(self.data, self.offsets, self.masks, self.blocks, offsets, chars)
        return offsets, chars

    @cached_property
    def _line_spans(self) -> tuple[Int64s, Int64s]:
        from corpusmill.kernels.lines.lines import find_lines

        offsets, _ = self._line_offsets
        starts, ends = empty(offsets[-1], np.int64), empty(offsets[-1], np.int64)
        find_lines(self.masks, self.blocks, self.offsets, offsets, starts, ends)
        return starts, ends

    @property
    def chars(self) -> Int64s:
        """[n] code points of each document."""
        return self._line_offsets[1]

    @cached_property
    def _words(self) -> tuple[Words, Int64s]:
        from corpusmill.kernels.characters.tables import unicode_tables
        from corpusmill.kernels.words.normalise import SLACK
        from corpusmill.kernels.words.normalised_words import count_runs, find_words

        runs, non_ascii, longest = count_runs(self.masks, self.blocks)
        out = empty(len(self.data) + 2 * non_ascii + SLACK, np.uint8)  # NFD makes at most three bytes of one
        starts, ends = empty(runs, np.int64), empty(runs, np.int64)
        lengths, hashes = empty(runs, np.int32), empty(runs, np.uint64)
        offsets = empty(len(self) + 1, np.int64)
        line_offsets, (_, line_ends) = self._line_offsets[0], self._line_spans
        first_words = empty(len(line_ends) + 1, np.int64)
        size, count = find_words(
            self.data,
            self.masks,
            self.blocks,
            self.offsets,
            unicode_tables(),
            line_offsets,
            line_ends,
            longest,
            empty(2 * longest, np.uint32),
            out,
            starts,
            ends,
            lengths,
            hashes,
            offsets,
            first_words,
        )
        words = Words(out[:size], starts[:count], ends[:count], lengths[:count], hashes[:count], offsets)
        return words, first_words

    @property
    def words(self) -> Words:
        return self._words[0]

    @cached_property
    def raw_words(self) -> RawWords:
        from corpusmill.kernels.words.tokens import COUNTS, count_symbols, count_tokens, find_tokens, measure_tokens

        offsets = empty(len(self) + 1, np.int64)
        count_tokens(self.masks, self.blocks, offsets)
        starts, ends = empty(offsets[-1], np.int64), empty(offsets[-1], np.int64)
        find_tokens(self.masks, self.blocks, self.offsets, starts, ends)
        hashes = empty(offsets[-1], np.uint64)
        counts = np.empty((len(self), COUNTS), np.int64)
        measure_tokens(self.data, self.masks, self.blocks, self.offsets, offsets, starts, ends, hashes, counts)
        count_symbols(self.data, self.masks, self.blocks, self.offsets, counts)
        return RawWords(starts, ends, hashes, offsets, *np.ascontiguousarray(counts.T))

    @cached_property
    def lines(self) -> Lines:
        from corpusmill.kernels.lines.lines import measure_lines

        offsets, (starts, ends) = self._line_offsets[0], self._line_spans
        count = len(starts)
        char_ends = empty(count, np.int64)
        uppercase, numeric, first, last = (empty(count, np.int32) for _ in range(4))
        dots = empty(count, np.int8)
        measure_lines(
            self.data,
            self.masks,
            self.blocks,
            self.offsets,
            offsets,
            starts,
            ends,
            char_ends,
            uppercase,
            numeric,
            first,
            last,
            dots,
        )
        char_starts = np.zeros(count, np.int64)
        char_starts[1:] = char_ends[:-1]
        char_starts[offsets[:-1][offsets[:-1] < offsets[1:]]] = 0
        return Lines(
            starts, ends, char_starts, char_ends, offsets, self._words[1], uppercase, numeric, first, last, dots
        )


def empty(count: int, kind: type[Number]) -> npt.NDArray[Number]:
    """An uninitialised array in Arrow's memory pool, which keeps freed pages for the next batch.

    Fresh pages from the system would cost as much time as the kernels' own work.
    """
    if count == 0:
        return np.empty(0, kind)
    return np.frombuffer(pa.allocate_buffer(int(count) * np.dtype(kind).itemsize), kind)


def _one_array(texts: pa.Array | pa.ChunkedArray) -> pa.Array:
    """`texts` as one array of string or large_string without nulls."""
    if isinstance(texts, pa.ChunkedArray):
        if texts.num_chunks != 1 and not pa.types.is_large_string(texts.type):
            texts = texts.cast(pa.large_string())  # 32-bit offsets may not span all chunks
        texts = texts.chunk(0) if texts.num_chunks == 1 else texts.combine_chunks()
    if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
        texts = texts.cast(pa.large_string())
    return pc.fill_null(texts, "") if texts.null_count else texts


def _buffers(texts: pa.Array) -> tuple[Bytes, Int64s]:
    """The UTF-8 of `texts`, in place, and where each text starts in it."""
    kind = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    _, offset_buffer, data_buffer = texts.buffers()
    if len(texts) == 0 or offset_buffer is None:
        return np.zeros(0, np.uint8), np.zeros(len(texts) + 1, np.int64)
    offsets = np.frombuffer(offset_buffer, kind)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    first, last = int(offsets[0]), int(offsets[-1])
    data = np.zeros(0, np.uint8) if data_buffer is None else np.frombuffer(data_buffer, np.uint8)[first:last]
    return data, offsets - first
