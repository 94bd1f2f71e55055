"""SentencePiece models by our own kernel, straight over Arrow's strings, where it gives the ids of the package."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import pyarrow as pa

from corpusmill.kernels.sentence_pieces.encoder import KEPT_SLOTS, SLACK_BYTES, SentencePieces, Vocabulary
from corpusmill.schema import numbers_of
from corpusmill.tokenize.cuts import Rows
from corpusmill.tokenize.flat import FlatIds
from corpusmill.tokenize.placing import Placed
from corpusmill.tokenize.sentence_piece_file import MARK, PieceModel
from corpusmill.tokenize.trial import probe_texts

# Whose sums the kernel has: others begin anew at no height, and score otherwise what users define.
FIRST_VERSION = (0, 2, 3)
_OWN_PROBES = 2_000
_PROBE_PIECES = 12
_LONG_PIECES = 60_000  # so that sums begin anew more than once


class SentencePieceEngine:
    """Encodes as the package does, to ids of `dtype`, which are valid until the next call.

    `reference` has the texts that the kernel is not sure of: those with a mark (U+2581) in them.
    """

    def __init__(
        self, vocabulary: Vocabulary, reference: Rows, dtype: np.dtype[Any], kept_slots: int = KEPT_SLOTS
    ) -> None:
        self._pieces = SentencePieces(vocabulary, kept_slots, dtype)
        self._reference = reference
        self._placed = Placed(SLACK_BYTES)

    def __call__(self, texts: pa.Array) -> FlatIds:
        ids, lengths, noted = self._pieces.encode(*self._placed(texts))
        flat = FlatIds(ids, lengths)
        if noted.any():
            places = np.flatnonzero(noted)
            flat = flat.replaced(places.tolist(), self._reference(texts.take(numbers_of(places)).to_pylist()))
        return flat

    def rows(self, texts: Sequence[str]) -> list[list[int]]:
        """The same of Python's strings."""
        return [row.tolist() for row in self(pa.array(texts, pa.large_string())).rows()]


def is_known_version() -> bool:
    """Whether the package that is installed is one whose sums are known."""
    known = re.match(r"(\d+)\.(\d+)\.(\d+)", version("sentencepiece"))
    return known is not None and tuple(map(int, known.groups())) >= FIRST_VERSION


def encodes_as(engine: SentencePieceEngine, reference: Rows, model: PieceModel) -> bool:
    """Whether probe texts have the ids that the reference gives them."""
    texts = [*probe_texts([piece.content for piece in model.pieces[:40]]), *_own_probes(model)]
    own, other = engine.rows(texts), reference(texts)
    return all(one == [*two] for one, two in zip(own, other, strict=True))


def _own_probes(model: PieceModel) -> Iterator[str]:
    """Texts of the model's own pieces, the same every time: many short ones, one that is long."""
    chosen = random.Random(0)
    pieces = [piece.content.replace(MARK, " ") for piece in model.pieces]
    for _ in range(_OWN_PROBES):
        yield "".join(chosen.choices(pieces, k=chosen.randrange(_PROBE_PIECES)))
    yield "".join(chosen.choices(pieces, k=_LONG_PIECES))
