"""Files that are whole or not there, and what is in them. Knows nothing else of the package."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING, BinaryIO

import orjson

if TYPE_CHECKING:
    import numpy.typing as npt

# What NumPy raises of a file that is no array: headers are Python, and say how much memory is wanted.
NO_NPY = (ValueError, SyntaxError, TokenError, RecursionError, MemoryError)


def json_bytes(value: object) -> bytes:
    """`value` as JSON for people and for hashes: indented, keys sorted, a line feed at the end."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def write_whole(path: Path, *contents: bytes | memoryview) -> None:
    """Replace `path` by `contents`, joined, in one step: readers see the old file or the new one."""
    with whole_file(path) as file:
        for content in contents:
            file.write(content)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, which takes the place of `path` in one step at the end; after an error it is gone."""
    temporary = temporary_of(path)
    with temporary.open("wb") as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    temporary.replace(path)
    flush_folder(path.parent)


def write_npy(path: Path, array: npt.ArrayLike) -> None:
    """The bytes of `numpy.save`, which by itself loses the last of them on a full disk and raises no error."""
    import numpy as np

    class Plain:  # not known to be a file: NumPy hands its bytes over instead of writing them past `file`
        def __init__(self, file: BinaryIO) -> None:
            self.write = file.write

    with path.open("wb") as file:
        np.lib.format.write_array(Plain(file), np.asanyarray(array), allow_pickle=False)


def temporary_of(path: Path) -> Path:
    """Where `whole_file` writes first; a crash may leave it behind, the next write replaces it."""
    return path.with_name(f".{path.name}.tmp")


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return sha256_of_file(file)


def sha256_of_file(file: BufferedReader) -> str:
    """Of what is left to read.

    `hashlib.file_digest` clears 256 KiB first, which takes longer than to hash most files.
    """
    if 0 < os.fstat(file.fileno()).st_size < 1 << 20:
        return hashlib.sha256(file.read()).hexdigest()
    return hashlib.file_digest(file, "sha256").hexdigest()


def flush_folder(folder: Path) -> None:
    """Make a rename inside `folder` survive a power loss."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
