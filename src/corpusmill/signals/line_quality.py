"""How likely people would keep each line of a text, by a model of boosted trees, and what that says of the document.

The model is the folder `line_quality/` of the artifacts folder, which `corpusmill train lines` makes of labelled lines.
A missing one gives nulls and a warning; a damaged one is refused.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.segment.pieces import stripped_lines
from corpusmill.signals.registry import signal

if TYPE_CHECKING:
    from corpusmill.models.trees.model import TreeModel

FOLDER = "line_quality"
SOURCE = "this project"
LINES, DOCUMENTS = "quality_lines", "line_quality"  # families
LOW = 0.5  # lines below it are more likely noise than not

_loading = threading.Lock()


@signal("quality_lines_start", dtype=pa.list_(pa.int32()), unit="chars", source=SOURCE, version=1, family=LINES)
def quality_lines_start(batch: TextBatch) -> pa.Array:
    """Where each line of `str.splitlines` starts, stripped, from the start of the text."""
    return _lists(batch, batch.once(_char_spans)[0])


@signal("quality_lines_end", dtype=pa.list_(pa.int32()), unit="chars", source=SOURCE, version=1, family=LINES)
def quality_lines_end(batch: TextBatch) -> pa.Array:
    """Where each line of `str.splitlines` ends, stripped, from the start of the text."""
    return _lists(batch, batch.once(_char_spans)[1])


@signal("quality_lines_score", dtype=pa.list_(pa.float32()), unit="probability", source=SOURCE, version=1, family=LINES)
def quality_lines_score(batch: TextBatch) -> pa.Array:
    """How likely people would keep the line, to four decimals. Null for a blank line, and for all without a model."""
    scores = batch.once(_scores)
    return _lists(batch, pa.array(scores, pa.float32(), mask=np.isnan(scores)))


@signal("line_quality_mean", dtype=pa.float64(), unit="probability", source=SOURCE, version=1, family=DOCUMENTS)
def line_quality_mean(batch: TextBatch) -> pa.Array:
    """Mean score of the lines, each counted by its characters. Null for a blank text, or without a model."""
    return _mean(batch, batch.once(_scores).astype(np.float64))


@signal("line_quality_low_fraction", dtype=pa.float64(), unit="fraction", source=SOURCE, version=1, family=DOCUMENTS)
def line_quality_low_fraction(batch: TextBatch) -> pa.Array:
    """Share of the characters that stand in lines with a score below 0.5. Null for a blank text, or without a model."""
    scores = batch.once(_scores)
    return _mean(batch, np.where(np.isnan(scores), np.nan, scores < LOW))


def _scores(batch: TextBatch) -> npt.NDArray[np.float32]:
    """[lines]; NaN: null."""
    from corpusmill.models.lines.model import line_scores

    folder = batch.artifacts.path(FOLDER)
    if folder is None:
        batch.artifacts.missing(f"{FOLDER}/ is missing: quality_lines_score and line_quality_* are null")
        return np.full(len(batch.once(stripped_lines).starts), np.nan, np.float32)
    return line_scores(load_model(folder), batch)


def _char_spans(batch: TextBatch) -> npt.NDArray[np.int32]:
    """[2, lines]: starts and ends."""
    from corpusmill.kernels.lines.pieces import measure_chars

    pieces = batch.once(stripped_lines)
    spans = np.empty((2, len(pieces.starts)), np.int32)
    arguments = (pieces.offsets, pieces.starts, pieces.ends)
    measure_chars(batch.masks, batch.blocks, batch.offsets, *arguments, spans[0], spans[1])
    return spans


def _lists(batch: TextBatch, values: npt.NDArray[np.int32] | pa.Array) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(batch.once(stripped_lines).offsets, pa.int32()), pa.array(values))


def _mean(batch: TextBatch, values: npt.NDArray[np.float64]) -> pa.Array:
    """Of each document over the characters of its lines that have a value; null where none has."""
    starts, ends = batch.once(_char_spans)
    offsets = batch.once(stripped_lines).offsets
    chars = np.where(np.isnan(values), 0, ends - starts).astype(np.float64)
    owners = np.repeat(np.arange(len(batch)), np.diff(offsets))
    weights = np.bincount(owners, chars, len(batch))
    totals = np.bincount(owners, chars * np.nan_to_num(values), len(batch))
    return pa.array(totals / np.maximum(weights, 1), pa.float64(), mask=weights == 0)


def load_model(folder: Path) -> TreeModel:
    """The line model in `folder`, loaded once; ModelRefused if it is damaged."""
    from corpusmill.models.card import CARD

    card = folder / CARD
    with _loading:
        return _load(folder, card.stat().st_mtime_ns if card.is_file() else 0)


@lru_cache(maxsize=4)
def _load(folder: Path, modified_ns: int) -> TreeModel:
    from corpusmill.models.lines.model import load_line_model

    return load_line_model(folder)
