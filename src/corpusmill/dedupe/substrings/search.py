"""Repeated passages of texts at hand, as `corpusmill dedupe --method substring` finds them in a run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.dedupe.bands import partition_width
from corpusmill.dedupe.lsh import MEMORY_BYTES
from corpusmill.dedupe.shuffle import Rows, ShuffleFile, ShuffleWriter
from corpusmill.dedupe.substrings.copies import copies
from corpusmill.dedupe.substrings.parameters import SubstringParameters, WindowPartitions, plan_windows
from corpusmill.dedupe.substrings.spans import Spans, spans_of
from corpusmill.dedupe.substrings.windows import ROW_VALUES, Tokens, tokens_of, window_rows

BATCH_TEXTS = 256
DEFAULTS = SubstringParameters()


def repeated_spans(
    texts: pa.Array, parameters: SubstringParameters = DEFAULTS, memory_bytes: int = MEMORY_BYTES
) -> list[list[tuple[int, int]]]:
    """Spans (start, end), in code points, of each text; a null text has none.

    >>> texts = pa.array(["to be or not to be", "he said: to be or not to be!"])
    >>> repeated_spans(texts, SubstringParameters(min_tokens=5))
    [[], [(9, 27)]]
    >>> repeated_spans(texts, SubstringParameters(min_tokens=5, keep="all"))
    [[(0, 18)], [(9, 27)]]
    """
    plan = plan_windows(texts.nbytes, memory_bytes)
    batches = [texts.slice(at, BATCH_TEXTS) for at in range(0, len(texts), BATCH_TEXTS)]
    with tempfile.TemporaryDirectory(prefix="substrings-") as name:
        path, position = Path(name) / "windows", 0
        with window_writer(path, plan) as writer:
            for batch in batches:
                tokens = tokens_of(TextBatch(batch))
                writer.append(window_rows(tokens, parameters.min_tokens, position))
                position += len(tokens.hashes)
        marked = Marked(position, 0)
        for partition in range(plan.partitions):
            files = [ShuffleFile(path)]
            marked.mark(copies(files, partition, parameters.min_tokens, parameters.keep, plan.table_bytes))
    found = []
    for batch in batches:
        spans = marked.spans(TextBatch(batch), parameters)
        found += [spans.of(text) for text in range(len(batch))]
    return found


def window_writer(path: Path, plan: WindowPartitions) -> ShuffleWriter:
    """Writes the keys of windows."""
    return ShuffleWriter(path, plan.partitions, partition_width(plan.partitions), ROW_VALUES, plan.buffer_rows)


class Marked:
    """Which windows of some consecutive texts are copies: a bit for each token; texts are asked for in their order."""

    def __init__(self, tokens: int, first: int) -> None:
        """Of so many tokens, of which the first has the position `first`."""
        self._bits = np.zeros(-(-tokens // 64), np.uint64)
        self._first, self._tokens, self._done = first, tokens, 0

    def mark(self, positions: Iterable[Rows]) -> None:
        from corpusmill.kernels.duplicates.token_windows import set_bits

        for some in positions:
            set_bits(self._bits, some, np.uint64(self._first))

    def spans(self, batch: TextBatch, parameters: SubstringParameters) -> Spans:
        """Of the texts after those that were asked for before."""
        from corpusmill.kernels.duplicates.token_windows import cover

        tokens: Tokens = tokens_of(batch)
        covered = np.empty(len(tokens.hashes), np.bool_)
        cover(self._bits, self._done, tokens.firsts, parameters.min_tokens, covered)
        self._done += len(covered)
        if self._done > self._tokens:
            raise ValueError(f"wanted texts of {self._tokens} tokens, found {self._done}")
        return spans_of(batch, tokens, covered, parameters.snap)
