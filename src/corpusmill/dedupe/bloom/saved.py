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
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import orjson

from corpusmill.dedupe.bloom.filter import BloomFilter
from corpusmill.dedupe.bloom.parameters import BloomParameters
from corpusmill.errors import ModelRefused
from corpusmill.files import write_whole

MAGIC = b"cmbloom1"
MOST_DESCRIPTION_BYTES = 1 << 16
_CHUNK_BYTES = 1 << 20

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


class Saved(NamedTuple):
    """What a saved filter says of itself."""

    parameters: BloomParameters
    kind: str  # of its keys
    added: int  # keys that were new when they were added
    sha256: str  # of its bits


def check(path: Path, kind: str) -> Saved:
    """What the filter in a file is, once all of it was read and found whole; takes little memory.

    Raises ModelRefused where it is damaged, no filter, or of keys of another kind.
    """
    with _opened(path) as file:
        saved = _described(file, path, kind)
        left, sha256 = saved.parameters.shape.bytes, hashlib.sha256()
        while chunk := file.read(min(left, _CHUNK_BYTES)):
            sha256.update(chunk)
            left -= len(chunk)
        _refuse_damaged(path, saved, left, bool(file.read(1)), sha256.hexdigest())
    return saved


def open_filter(path: Path, kind: str, sha256: str | None = None) -> BloomFilter:
    """A saved filter of keys of `kind`, in memory. Raises as `check`, and where its hash is not `sha256`, if given."""
    with _opened(path) as file:
        saved = _described(file, path, kind)
        bits = np.empty((saved.parameters.shape.blocks, 8), "<u8")
        content = bits.data.cast("B")
        left = len(content) - file.readinto(content)  # type: ignore[attr-defined]
        _refuse_damaged(path, saved, left, bool(file.read(1)), hashlib.sha256(content).hexdigest())
    if sha256 not in (None, saved.sha256):
        raise ModelRefused(f"{path} changed while it was used; run the same command again")
    return BloomFilter(saved.parameters, kind, bits.astype(np.uint64, copy=False), saved.added)


def _refuse_damaged(path: Path, saved: Saved, missing_bytes: int, goes_on: bool, sha256: str) -> None:
    if missing_bytes or goes_on:
        size = f"{missing_bytes:,} bytes are missing" if missing_bytes else "it goes on behind its end"
        raise ModelRefused(f"{path} is damaged: {size}; {_AGAIN}")
    if sha256 != saved.sha256:
        raise ModelRefused(f"{path} is damaged: its bits are not those that were written; {_AGAIN}")


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise ModelRefused(f"{path} cannot be read: {error.strerror}; leave --filter out to begin one") from error


def _described(file: BinaryIO, path: Path, kind: str) -> Saved:
    if file.read(len(MAGIC)) != MAGIC:
        raise ModelRefused(f"{path} is no Bloom filter of corpusmill (it begins otherwise); {_AGAIN}")
    length = int.from_bytes(file.read(8), "little")
    content = file.read(min(length, MOST_DESCRIPTION_BYTES))
    if hashlib.sha256(content).digest() != file.read(32):
        raise ModelRefused(f"{path} is damaged: its description is not the one that was written; {_AGAIN}")
    described: dict[str, Any] = orjson.loads(content)
    parameters = BloomParameters(described["capacity"], described["error_rate"])
    if parameters.shape != (described["blocks"], described["probes"]):
        raise ModelRefused(f"{path} was made by another rule for sizes than this version's; {_AGAIN}")
    if described["kind"] != kind:
        raise ModelRefused(f"{path} is a filter of keys {described['kind']!r}; wanted {kind!r}; {_AGAIN}")
    return Saved(parameters, kind, described["added"], described["sha256"])
