"""Tokenizers made ready, kept in the user's cache folder from one command to the next: parsed and tried out.

A file a tokenizer, named by a hash of all that decides what is in it: the tokenizer's file, our code, the versions of
what it was held against, and the processor that kernels are compiled for. CORPUSMILL_CACHE names another folder; empty:
none. What cannot be read or written there is made anew.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import os
import sys
import unicodedata
import zipfile
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from corpusmill.files import write_whole
from corpusmill.machine_code.on_disk import user_cache
from corpusmill.tokenize.special import SpecialIds

_CODE = (
    *(f"kernels/{folder}/*.py" for folder in ("byte_pairs", "sentence_pieces", "characters", "hashes")),
    *(f"kernels/{name}.py" for name in ("bits", "words/word_keys")),
    "tokenize/*.py",
)
_MOST_KEPT = 16  # after a change of the code older ones are of no use

Arrays = dict[str, npt.NDArray[Any]]


class Facts(NamedTuple):
    """What is known of a tokenizer without its vocabulary."""

    vocabulary_size: int
    special: SpecialIds


class Prepared(NamedTuple):
    """A tokenizer whose engine was tried out; `file`: what a `BytePairFile` or a `Vocabulary` is made of."""

    facts: Facts
    unsure: Sequence[str]  # characters that the reference has
    sure: Sequence[str]  # those that it need not have
    file: Arrays


def recall(path: Path | None) -> Prepared | None:
    """What was kept under that name, if anything was."""
    if path is None:
        return None
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = dict(stored)
        size, *numbers = map(int, arrays.pop("facts"))
        special = (None if number < 0 else number for number in numbers)
        unsure, sure = ([*map(chr, arrays.pop(name).tolist())] for name in ("unsure", "sure"))
        return Prepared(Facts(size, SpecialIds(*special)), unsure, sure, arrays)
    except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def keep(path: Path | None, prepared: Prepared) -> None:
    if path is None:
        return
    size, special = prepared.facts
    numbers = [-1 if number is None else number for number in (size, special.bos, special.eos, special.pad)]
    characters = {"unsure": prepared.unsure, "sure": prepared.sure}
    points = {name: np.array([*map(ord, each)], np.int32) for name, each in characters.items()}
    content = io.BytesIO()
    arrays: dict[str, Any] = {"facts": np.array(numbers, np.int64), **points, **prepared.file}
    np.savez(content, **arrays)
    with contextlib.suppress(OSError):  # nobody may write there, or the disk is full
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content.getbuffer())
        for old in sorted(path.parent.glob("*.npz"), key=_written)[:-_MOST_KEPT]:
            old.unlink(missing_ok=True)


def _written(path: Path) -> float:
    """When; 0 for one that another process has removed."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def place_of(tokenizer: str, package: str) -> Path | None:
    """Where a tokenizer is kept. `tokenizer`: a digest of its file, and what else it is of; `package`: what has the ids
    that ours are held against.
    """
    cache = user_cache()
    if os.environ.get("CORPUSMILL_CACHE") == "" or cache is None:
        return None
    try:
        versions = sys.version, unicodedata.unidata_version, np.__version__, version("numba"), version(package)
    except PackageNotFoundError:  # nothing to hold it against
        return None
    key = hashlib.sha256(repr((tokenizer, package, *versions, _processor())).encode() + _code())
    return cache / "tokenizers" / f"{key.hexdigest()[:32]}.npz"


def _processor() -> str:
    """The lines that say what it is, but for its speed and the numbers of its cores."""
    with contextlib.suppress(OSError):
        first = Path("/proc/cpuinfo").read_text("utf-8", "replace").partition("\n\n")[0]
        named = ("vendor_id", "cpu family", "model", "stepping", "flags", "Features", "CPU")
        return "\n".join(line for line in first.splitlines() if line.startswith(named) and "MHz" not in line)
    return os.uname().machine


@functools.cache
def _code() -> bytes:
    return b"".join(hashlib.sha256(path.read_bytes()).digest() for path in _files())


def _files() -> list[Path]:
    root = Path(__file__).parent.parent
    return sorted(path for pattern in _CODE for path in root.glob(pattern))
