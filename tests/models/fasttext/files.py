"""fastText model files of any kind, with random weights: what training would make, in a few kilobytes."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from corpusmill.models.fasttext.file import MAGIC

HIERARCHICAL, NEGATIVE, SOFTMAX, ONE_VS_ALL = range(1, 5)


@dataclass(frozen=True)
class Recipe:
    """What to write. Labels come with their counts."""

    words: Sequence[bytes] = (b"</s>", b"the", b"cat", b"sat", b"Haus", "кот".encode(), "猫".encode())
    labels: Mapping[bytes, int] = field(
        default_factory=lambda: {b"__label__a": 40, b"__label__b": 30, b"__label__c": 2}
    )
    dimensions: int = 16
    loss: int = SOFTMAX
    word_ngrams: int = 1
    buckets: int = 0
    shortest: int = 0
    longest: int = 0
    version: int = 12
    quantised: int = 0  # dimensions in each part of the quantised input; 0: dense
    quantised_output: int = 0
    norms: bool = False
    pruned: Sequence[tuple[int, int]] | None = None  # pairs of bucket and row
    scale: float = 1.0
    seed: int = 0


def model(recipe: Recipe) -> bytes:
    """The file."""
    random = np.random.default_rng(recipe.seed)
    head = struct.pack("<2i", MAGIC, recipe.version)
    arguments = struct.pack(
        "<12id",
        *(recipe.dimensions, 5, 5, 1, 5, recipe.word_ngrams, recipe.loss, 3, recipe.buckets),
        *(recipe.shortest, recipe.longest, 100, 1e-4),
    )
    entries = [(word, 1, 0) for word in recipe.words] + [(label, count, 1) for label, count in recipe.labels.items()]
    pruned = -1 if recipe.pruned is None else len(recipe.pruned)
    counts = struct.pack("<3i2q", len(entries), len(recipe.words), len(recipe.labels), 1000, pruned)
    dictionary = b"".join(text + b"\0" + struct.pack("<qb", count, kind) for text, count, kind in entries)
    pairs = b"".join(struct.pack("<2i", *pair) for pair in recipe.pruned or ())
    rows = len(recipe.words) + (recipe.buckets if pruned < 0 else pruned)
    return b"".join(
        [
            head,
            arguments,
            counts,
            dictionary,
            pairs,
            struct.pack("<?", recipe.quantised > 0),
            _matrix(recipe, rows, recipe.quantised, random),
            struct.pack("<?", recipe.quantised_output > 0),
            _matrix(recipe, len(recipe.labels), recipe.quantised_output, random),
        ]
    )


def _matrix(recipe: Recipe, rows: int, size: int, random: np.random.Generator) -> bytes:
    shape = rows, recipe.dimensions
    if size == 0:
        weights = (random.standard_normal(shape) * recipe.scale).astype("<f4")
        return struct.pack("<2q", *shape) + weights.tobytes()
    parts = -(-recipe.dimensions // size)
    last = recipe.dimensions - (parts - 1) * size
    head = struct.pack("<?2qi", recipe.norms, *shape, rows * parts)
    body = random.bytes(rows * parts) + _quantiser(recipe.dimensions, parts, size, last, random)
    if recipe.norms:
        body += random.bytes(rows) + _quantiser(1, 1, 1, 1, random)
    return head + body


def _quantiser(dimensions: int, parts: int, size: int, last: int, random: np.random.Generator) -> bytes:
    centroids = random.standard_normal(dimensions * 256).astype("<f4")
    return struct.pack("<4i", dimensions, parts, size, last) + centroids.tobytes()
