"""Lists of any length on disk: a table of hashes beside each, made once, mapped by whoever looks something up.

The table of `domains.txt` is `.domains.txt.<first 16 digits of its SHA-256>.hashes`, about 11 bytes an entry. Where the
folder cannot be written to it is made in memory.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch

_MAGIC = b"corpusmill hashes 1\n".ljust(32, b"\0")
_CHUNK_BYTES = 8 << 20
_LEAST_SLOTS = 16

Slots = npt.NDArray[np.uint64]


def listed(path: Path, texts: pa.Array, *, lower: bool = False, parents: bool = False) -> npt.NDArray[np.int64]:
    """1 for each of `texts` (string, without nulls) that is a line of `path`, else 0.

    `lower`: the list is read in lower case. `parents`: hosts of which a parent domain is listed count too.
    """
    from corpusmill.kernels.hashes.hashed_lists import find_listed

    wanted = TextBatch(texts)
    found = np.empty(len(wanted), np.int64)
    find_listed(wanted.data, wanted.offsets, _table(path, lower), parents, found)
    return found


@functools.cache
def _table(path: Path, lower: bool) -> Slots:
    digest, lines = _measured(path)
    target = path.with_name(f".{path.name}.{digest[:16]}{'.lower' if lower else ''}.hashes")
    slots = max(_LEAST_SLOTS, 4 * lines // 3)
    found = _mapped(target, slots)
    if found is not None:
        return found
    temporary = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(_MAGIC)
            file.truncate(len(_MAGIC) + 8 * slots)
    except OSError:
        temporary.unlink(missing_ok=True)
        return _filled(np.zeros(slots, np.uint64), path, lower)
    made: np.memmap[tuple[int], np.dtype[np.uint64]] = np.memmap(temporary, "<u8", "r+", len(_MAGIC), (slots,))
    _filled(np.asarray(made), path, lower)
    made.flush()
    temporary.replace(target)
    found = _mapped(target, slots)
    assert found is not None
    return found


def _mapped(path: Path, slots: int) -> Slots | None:
    """The table in `path`; None where there is none, or one of another form."""
    try:
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC or path.stat().st_size != len(_MAGIC) + 8 * slots:
                return None
    except OSError:
        return None
    return np.asarray(np.memmap(path, "<u8", "r", len(_MAGIC), (slots,)))


def _filled(slots: Slots, path: Path, lower: bool) -> Slots:
    from corpusmill.kernels.hashes.hashed_lists import insert_lines

    for chunk in _chunks(path):
        text = chunk.decode("utf-8", "surrogateescape").lower().encode("utf-8", "surrogateescape") if lower else chunk
        insert_lines(np.frombuffer(text, np.uint8), slots)
    return slots


def _measured(path: Path) -> tuple[str, int]:
    """SHA-256 of a file and how many lines it may have."""
    digest, lines = hashlib.sha256(), 0
    for chunk in _chunks(path):
        digest.update(chunk)
        lines += chunk.count(b"\n") + 1
    return digest.hexdigest(), lines


def _chunks(path: Path) -> Iterator[bytes]:
    """The file in pieces that end at the ends of lines."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk + file.readline()
