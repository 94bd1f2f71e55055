"""Write a dense supervised model in fastText's format, version 12: what `file.py` checks."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.files import temporary_of
from corpusmill.kernels.fasttext.output import SOFTMAX
from corpusmill.models.fasttext.file import MAGIC, SUPERVISED, Arguments
from corpusmill.models.fasttext.parameters import ClassifierParameters

Floats = npt.NDArray[np.float32]

_WINDOW, _NEGATIVES, _SAMPLING = 5, 5, 1e-4  # fastText's defaults, which classifiers do not use
_FLOATS_AT_ONCE = 1 << 24


@dataclass(frozen=True)
class DenseModel:
    """Words come in descending order of count, labels too."""

    words: pa.Array  # binary, each with a NUL behind
    word_counts: npt.NDArray[np.int64]
    labels: Sequence[str]
    label_counts: Sequence[int]
    tokens: int  # of the training text, labels and ends of lines included
    input: Floats  # [words + buckets, dim]
    output: Floats  # [labels, dim]


def write_fasttext(path: Path, model: DenseModel, parameters: ClassifierParameters) -> None:
    """The model at `path`, in one step: readers see the old file or the new one."""
    arguments = Arguments(
        parameters.dim,
        _WINDOW,
        parameters.epoch,
        parameters.min_count,
        _NEGATIVES,
        parameters.word_ngrams,
        SOFTMAX,
        SUPERVISED,
        parameters.buckets,
        parameters.minn,
        parameters.maxn,
        parameters.lr_update_rate,
    )
    entries = struct.Struct("<qb").pack
    temporary = temporary_of(path)
    with temporary.open("wb") as file:
        file.write(struct.pack("<2i12id", MAGIC, 12, *arguments, _SAMPLING))
        words, labels = len(model.words), len(model.labels)
        file.write(struct.pack("<3i2q", words + labels, words, labels, model.tokens, -1))
        for word, count in zip(model.words.to_pylist(), model.word_counts.tolist(), strict=True):
            file.write(word + entries(count, 0))
        for label, count in zip(model.labels, model.label_counts, strict=True):
            file.write(label.encode() + b"\0" + entries(count, 1))
        for matrix in (model.input, model.output):
            file.write(struct.pack("<?2q", False, *matrix.shape))
            flat = matrix.reshape(-1)
            for start in range(0, len(flat), _FLOATS_AT_ONCE):
                file.write(flat[start : start + _FLOATS_AT_ONCE].astype("<f4", copy=False).data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
