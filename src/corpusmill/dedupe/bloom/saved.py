"""A Bloom filter as one file: what it is and what it holds, with a hash of all of it.

8 bytes    MAGIC
8 bytes    length of the description, little-endian
…          description: JSON with capacity, error_rate, blocks, probes, kind, added, sha256 of the bits
32 bytes   SHA-256 of the description
…          the bits: 64 bytes a block, little-endian words
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import orjson

from corpusmill.dedupe.bloom.filter import BloomFilter
from corpusmill.dedupe.bloom.parameters import BloomParameters
from corpusmill.errors import ModelRefused
from corpusmill.files import write_whole

MAGIC = b"cmbloom1"
MOST_DESCRIPTION_BYTES = 1 << 16

_AGAIN = "make it anew, or leave --filter out to begin an empty one"


def save(filter_: BloomFilter, path: Path) -> None:
    """Replace `path` by the filter in one step."""
    bits = np.ascontiguousarray(filter_.bits, "<u8").data.cast("B")
    made = filter_.parameters
    described = {
        "capacity": made.capacity,
        "error_rate": made.error_rate,
        "blocks": made.shape.blocks,
        "probes": made.shape.probes,
        "kind": filter_.kind,
        "added": filter_.added,
        "sha256": hashlib.sha256(bits).hexdigest(),
    }
    content = orjson.dumps(described, option=orjson.OPT_SORT_KEYS)
    sha256 = hashlib.sha256(content).digest()
    write_whole(path, MAGIC, len(content).to_bytes(8, "little"), content, sha256, bits)


def describe(path: Path) -> tuple[BloomParameters, str, int]:
    """Parameters of a saved filter, the kind of its keys, and how many were added; reads the description alone.

    Raises ModelRefused where it is none, or was made by other rules.
    """
    with _opened(path) as file:
        described = _described(file, path)
    return BloomParameters(described["capacity"], described["error_rate"]), described["kind"], described["added"]


def open_filter(path: Path, kind: str) -> BloomFilter:
    """A saved filter of keys of `kind`, in memory. Raises ModelRefused where it is damaged, or of other keys."""
    with _opened(path) as file:
        described = _described(file, path)
        if described["kind"] != kind:
            raise ModelRefused(f"{path} is a filter of keys {described['kind']!r}; wanted {kind!r}; {_AGAIN}")
        bits = np.empty((described["blocks"], 8), "<u8")
        content = bits.data.cast("B")
        found = file.readinto(content)  # type: ignore[attr-defined]
        if found < len(content) or file.read(1):
            size = f"{found:,} bytes of bits" if found < len(content) else "more bytes"
            raise ModelRefused(f"{path} is damaged: found {size}, wanted {len(content):,}; {_AGAIN}")
    if hashlib.sha256(content).hexdigest() != described["sha256"]:
        raise ModelRefused(f"{path} is damaged: its bits are not those that were written; {_AGAIN}")
    parameters = BloomParameters(described["capacity"], described["error_rate"])
    return BloomFilter(parameters, kind, bits.astype(np.uint64, copy=False), described["added"])


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise ModelRefused(f"{path} cannot be read: {error.strerror}; leave --filter out to begin one") from error


def _described(file: BinaryIO, path: Path) -> dict[str, Any]:
    if file.read(len(MAGIC)) != MAGIC:
        raise ModelRefused(f"{path} is no Bloom filter of corpusmill (it begins otherwise); {_AGAIN}")
    length = int.from_bytes(file.read(8), "little")
    content = file.read(min(length, MOST_DESCRIPTION_BYTES))
    if hashlib.sha256(content).digest() != file.read(32):
        raise ModelRefused(f"{path} is damaged: its description is not the one that was written; {_AGAIN}")
    described: dict[str, Any] = orjson.loads(content)
    shape = BloomParameters(described["capacity"], described["error_rate"]).shape
    if shape != (described["blocks"], described["probes"]):
        raise ModelRefused(f"{path} was made by another rule for sizes than this version's; {_AGAIN}")
    return described
