"""Spans of repeated passages, in code points, snapped to the borders of words or of lines."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corpusmill.batch import TextBatch
from corpusmill.dedupe.substrings.windows import Numbers, Tokens

SNAPS = ("word", "line")

Flags = npt.NDArray[np.bool_]

_NEWLINE = 0x0A


class Spans(NamedTuple):
    """Of n texts: text t has the spans offsets[t] to offsets[t + 1], ascending, none touching the next."""

    starts: Numbers  # code points from the start of the text
    ends: Numbers
    offsets: Numbers
    repeated: Numbers  # of each text: code points of its spans
    total: Numbers  # of each text: its code points
    left: Numbers  # of each text: code points of the tokens outside of its spans

    @property
    def fractions(self) -> npt.NDArray[np.float64]:
        """repeated / total of each text; 0 of nothing."""
        return self.repeated / np.maximum(self.total, 1)

    def of(self, text: int) -> list[tuple[int, int]]:
        mine = slice(self.offsets[text], self.offsets[text + 1])
        return list(zip(self.starts[mine].tolist(), self.ends[mine].tolist(), strict=True))


def spans_of(batch: TextBatch, tokens: Tokens, covered: Flags, snap: str) -> Spans:
    """The runs of covered tokens.

    Snapped to words, a span reaches from the start of its first token to the end of its last. Snapped to lines, it is
    made of whole lines, with the newlines that end them: a line stays whole unless all of its tokens are covered. Lines
    without a token go where both neighbours do.
    """
    begins, ends = tokens.starts, tokens.ends
    if snap == "line":
        lines, starts = _lines(batch, tokens)
        whole = np.bincount(lines, covered, len(starts)) == np.bincount(lines, minlength=len(starts))
        covered = covered & whole[lines]
        begins, ends = starts[lines], np.append(starts[1:], len(batch.data))[lines]
    first, last = _runs(covered, tokens.firsts)
    offsets = np.searchsorted(first, tokens.firsts)
    chars = _chars_before(batch)
    origins = np.repeat(chars[batch.offsets[:-1]], np.diff(offsets))
    span_starts, span_ends = chars[begins[first]] - origins, chars[ends[last]] - origins
    left = np.where(covered, 0, chars[tokens.ends] - chars[tokens.starts])
    return Spans(
        span_starts,
        span_ends,
        offsets,
        _sums(span_ends - span_starts, offsets),
        np.diff(chars[batch.offsets]),
        _sums(left, tokens.firsts),
    )


def _lines(batch: TextBatch, tokens: Tokens) -> tuple[Numbers, Numbers]:
    """The line of each token, and where in the data lines start; no token has a newline in it."""
    newlines = np.flatnonzero(batch.data == _NEWLINE)
    starts = np.unique(np.concatenate([batch.offsets[:-1], newlines + 1]))
    return np.searchsorted(starts, tokens.starts, "right") - 1, starts


def _runs(covered: Flags, firsts: Numbers) -> tuple[Numbers, Numbers]:
    """First and last token of each run of covered tokens within one text."""
    inner = np.ones(len(covered) + 1, np.bool_)  # between the tokens before and after
    inner[firsts] = False
    before, after = np.zeros(len(covered), np.bool_), np.zeros(len(covered), np.bool_)
    before[1:], after[:-1] = covered[:-1], covered[1:]
    return np.flatnonzero(covered & ~(before & inner[:-1])), np.flatnonzero(covered & ~(after & inner[1:]))


def _chars_before(batch: TextBatch) -> Numbers:
    """Code points of the batch before each of its bytes, and before its end."""
    chars = np.zeros(len(batch.data) + 1, np.int64)
    np.cumsum(batch.data & 0xC0 != 0x80, out=chars[1:])
    return chars


def _sums(values: Numbers, offsets: Numbers) -> Numbers:
    return np.diff(np.concatenate([[0], np.cumsum(values)])[offsets])
