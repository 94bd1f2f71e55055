"""What C4 measures on each line, or on each sentence in its place (C4 specification §3 and §6).

One list a document, one entry a piece, in families named as the split's prefix: `c4_lines` (lines), and
`c4_sentences_SPLITTER` (sentences of the whole text). A line is stripped; "without citations" is the
line with `[1]`, `[]`, `[edit]`, `[citation needed]` deleted and not stripped again.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import Int32s, TextBatch
from corpusmill.segment.names import SENTENCES
from corpusmill.segment.pieces import Pieces, without_citations
from corpusmill.segment.splits import SPLITS
from corpusmill.signals.registry import signal

if TYPE_CHECKING:
    from corpusmill.kernels.matching.phrases import Phrases

SOURCE = "C4 specification §3"
INTEGERS = pa.list_(pa.int32())
FLAGS = pa.list_(pa.int8())
MARKS = b'.?!"'
APOSTROPHE = b"'"
PHRASE_GROUPS = ("lorem_ipsum", "javascript", "curly_bracket", "policy")


@dataclass(frozen=True)
class Lines:
    """The pieces of a batch and what they are without citations."""

    pieces: Pieces
    texts: pa.Array  # of the pieces, without citations
    word_counts: Int32s
    longest_words: Int32s  # code points
    word_counts_without_citations: Int32s
    last_bytes: npt.NDArray[np.uint8]  # [pieces, 3]: the last three bytes without citations, 0 where there are fewer
    phrases: npt.NDArray[np.uint8]  # bit g: a phrase of PHRASE_GROUPS[g]


@functools.cache
def _phrases() -> Phrases:
    from corpusmill.kernels.matching.phrases import phrases_of

    listed = tomllib.loads((resources.files("corpusmill.signals") / "data" / "c4_phrases.toml").read_text("utf-8"))
    return phrases_of([listed[group] for group in PHRASE_GROUPS])


@functools.cache
def measured(split: str) -> Callable[[TextBatch], Lines]:
    """What measures the pieces of a split, for `TextBatch.once`."""

    def lines(batch: TextBatch) -> Lines:
        from corpusmill.kernels.lines.pieces import last_bytes, measure_words
        from corpusmill.kernels.matching.phrases import find_phrases

        pieces = SPLITS[split].pieces(batch)
        texts, cuts = without_citations(batch, pieces)
        count = len(pieces.starts)
        words, longest = np.empty(count, np.int32), np.empty(count, np.int32)
        spans = (pieces.offsets, pieces.starts, pieces.ends)
        measure_words(batch.masks, batch.blocks, batch.offsets, *spans, words, longest)
        cited = np.flatnonzero(np.diff(cuts.offsets))
        words_without = words.copy()
        words_without[cited] = _word_counts(texts.take(pa.array(cited)))
        plain = TextBatch(texts)
        ends = np.zeros((count, 3), np.uint8)
        last_bytes(plain.data, plain.offsets, ends)
        phrases = np.empty(count, np.uint8)
        find_phrases(plain.data, plain.offsets, _phrases(), phrases)
        return Lines(pieces, texts, words, longest, words_without, ends, phrases)

    return lines


def _word_counts(texts: pa.Array) -> Int32s:
    from corpusmill.kernels.lines.pieces import measure_words

    batch = TextBatch(texts)
    counts, longest = np.empty(len(texts), np.int32), np.empty(len(texts), np.int32)
    offsets = np.arange(len(texts) + 1)
    whole = (offsets, batch.offsets[:-1], batch.offsets[1:])
    measure_words(batch.masks, batch.blocks, batch.offsets, *whole, counts, longest)
    return counts


def _lists(lines: Lines, values: npt.NDArray[np.generic], dtype: pa.DataType) -> pa.Array:
    offsets = pa.array(lines.pieces.offsets, pa.int32())
    return pa.ListArray.from_arrays(offsets, pa.array(values, dtype.value_type))


def _declare(
    split: str,
    name: str,
    unit: str,
    dtype: pa.DataType,
    definition: str,
    values: Callable[[Lines], npt.NDArray[np.generic]],
) -> None:
    def column(batch: TextBatch) -> pa.Array:
        lines = batch.once(measured(split))
        return _lists(lines, values(lines), dtype)

    prefix = SPLITS[split].prefix
    column.__name__ = f"{prefix}_{name}"
    column.__doc__ = definition
    signal(column.__name__, dtype=dtype, unit=unit, source=SOURCE, version=1, family=prefix)(column)


def _declare_spans(split: str) -> None:
    for edge, name in enumerate(SPLITS[split].span_columns):

        def column(batch: TextBatch, edge: int = edge) -> pa.Array:
            from corpusmill.kernels.lines.pieces import measure_chars

            lines = batch.once(measured(split))
            pieces = lines.pieces
            spans = np.empty((2, len(pieces.starts)), np.int32)
            arguments = (pieces.offsets, pieces.starts, pieces.ends)
            measure_chars(batch.masks, batch.blocks, batch.offsets, *arguments, spans[0], spans[1])
            return _lists(lines, spans[edge], INTEGERS)

        column.__name__ = name
        column.__doc__ = f"Where each piece {('starts', 'ends')[edge]}, stripped, from the start of the text."
        signal(name, dtype=INTEGERS, unit="chars", source=SOURCE, version=1, family=SPLITS[split].prefix)(column)


def _declare_sentences(split: str, splitter: str) -> None:
    def column(batch: TextBatch) -> pa.Array:
        from corpusmill.segment.sentences import sentence_counts

        lines = batch.once(measured(split))
        return _lists(lines, sentence_counts(lines.texts, splitter).astype(np.int32), INTEGERS)

    prefix = SPLITS[split].prefix
    column.__name__ = f"{prefix}_sentences_{splitter}"
    column.__doc__ = f"Sentences that the splitter {splitter} finds in the line without citations."
    family = f"{prefix}_{splitter}"
    signal(column.__name__, dtype=INTEGERS, unit="sentences", source=SOURCE, version=1, family=family)(column)


def _ends_in(lines: Lines, marks: bytes) -> npt.NDArray[np.bool_]:
    return np.isin(lines.last_bytes[:, 2], list(marks))


def _phrase(group: int) -> Callable[[Lines], npt.NDArray[np.generic]]:
    return lambda lines: lines.phrases >> group & 1


def _declare_split(split: str) -> None:
    _declare_spans(split)
    words = "words of `str.split`"
    _declare(split, "word_count", "words", INTEGERS, f"{words}, citations included.", lambda lines: lines.word_counts)
    _declare(
        split,
        "word_count_without_citations",
        "words",
        INTEGERS,
        f"{words} that are left without citations.",
        lambda lines: lines.word_counts_without_citations,
    )
    _declare(
        split,
        "longest_word_chars",
        "chars",
        INTEGERS,
        f"Length of the longest of the {words}, citations included; 0 where there are none.",
        lambda lines: lines.longest_words,
    )
    flag = "0 or 1 per line"
    definition = 'Whether the line without citations ends with `.`, `?`, `!` or `"`; white space may hide that.'
    _declare(split, "ends_with_mark", flag, FLAGS, definition, lambda lines: _ends_in(lines, MARKS))
    _declare(
        split,
        "ends_with_mark_or_apostrophe",
        flag,
        FLAGS,
        f"{definition[:-1]} As datatrove has it, `'` counts too.",
        lambda lines: _ends_in(lines, MARKS + APOSTROPHE),
    )
    _declare(
        split,
        "ends_with_ellipsis",
        flag,
        FLAGS,
        "Whether the line without citations ends with `...`; U+2026 is none.",
        lambda lines: (lines.last_bytes == ord(".")).all(axis=1),
    )
    for number, group in enumerate(PHRASE_GROUPS):
        phrases = "one of the phrases of the policy list" if group == "policy" else f"`{group.replace('_', ' ')}`"
        phrases = "`{`" if group == "curly_bracket" else phrases
        definition = f"Whether the lower-cased line without citations contains {phrases}."
        _declare(split, group, flag, FLAGS, definition, _phrase(number))


_declare_split("c4")
for _splitter in SENTENCES:
    _declare_split(f"c4_sentences_{_splitter}")
    _declare_sentences("c4", _splitter)
