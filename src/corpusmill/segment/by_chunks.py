"""Tokens of a batch by the memo of its chunks; texts in which chunks are not all that matters go to the library."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from corpusmill.batch import Int64s, TextBatch
from corpusmill.segment.libraries import cuts_of
from corpusmill.segment.measure import measured_words
from corpusmill.segment.memo import Memo, chunks_of, with_cuts
from corpusmill.segment.tokens import Tokens


def tokens_by_chunks(batch: TextBatch, memo: Memo, words: Callable[[str], list[str]]) -> Tokens:
    """Tokens of each text; `words` are those of a text by the library itself."""
    chunks, cut = with_cuts(batch, chunks_of(batch), cuts_of)
    with memo.lock:
        entries = memo.entries_of(batch.data, chunks.starts, chunks.ends)
        linked = memo.linked(batch, chunks, entries)
        linked[cut] = False
        if not linked.any():
            return memo.gathered(chunks.offsets, entries)
        entries[np.repeat(linked, np.diff(chunks.offsets))] = -1
        texts = np.flatnonzero(linked)
        others = measured_words([words(batch.texts[text].as_py()) for text in texts.tolist()])
        return inserted(memo.gathered(chunks.offsets, entries), texts, others)


def inserted(tokens: Tokens, texts: Int64s, others: Tokens) -> Tokens:
    """`tokens` with those of `others` in `texts`, which have none."""
    places = np.repeat(tokens.offsets[texts], others.counts)
    counts = tokens.counts
    counts[texts] = others.counts
    return Tokens(
        np.insert(tokens.hashes, places, others.hashes),
        np.insert(tokens.powers, places, others.powers),
        np.insert(tokens.lengths, places, others.lengths),
        np.insert(tokens.kinds, places, others.kinds),
        np.append(0, np.cumsum(counts)),
    )
