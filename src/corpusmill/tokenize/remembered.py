"""What came of trying out an engine, remembered from one command to the next in the user's cache folder.

A file a trial, named by a hash of all that decides the outcome: the tokenizer's file, our code, the versions of what it
was held against, and the processor that it was compiled for. CORPUSMILL_CACHE names another folder; empty: none.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import sys
import unicodedata
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import orjson

from corpusmill.files import write_whole

_CODE = ("kernels/byte_pair*.py", "kernels/bits.py", "kernels/utf8.py", "kernels/categories.py", "tokenize/*.py")

Unsure = list[str] | None  # as of `trial.unsure_characters`


def remembered(tokenizer: bytes, package: str, find: Callable[[], Unsure]) -> Unsure:
    """What `find` gives, or gave for the same `tokenizer`; `package` is what the engine is held against.

    >>> import tempfile; os.environ["CORPUSMILL_CACHE"] = tempfile.mkdtemp()
    >>> remembered(b"x", "numba", lambda: ["a"]), remembered(b"x", "numba", lambda: [])
    (['a'], ['a'])
    """
    path = _path(tokenizer, package)
    if path is None:
        return find()
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        unsure = orjson.loads(path.read_bytes())["unsure"]
        return None if unsure is None else [str(character) for character in unsure]
    found = find()
    with contextlib.suppress(OSError):  # nobody may write there, or the disk is full
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, orjson.dumps({"unsure": found}))
    return found


def _path(tokenizer: bytes, package: str) -> Path | None:
    folder = os.environ.get("CORPUSMILL_CACHE")
    if folder == "":
        return None
    try:
        above = Path(folder) if folder else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # without a home
        return None
    import llvmlite.binding  # compiled code is of one processor

    versions = sys.version, unicodedata.unidata_version, version(package), version("numba")
    key = hashlib.sha256(tokenizer)
    key.update(repr((package, *versions, llvmlite.binding.get_host_cpu_name())).encode())
    key.update(_code())
    return above / "corpusmill" / "trials" / f"{key.hexdigest()[:32]}.json"


@functools.cache
def _code() -> bytes:
    root = Path(__file__).parent.parent
    files = sorted(path for pattern in _CODE for path in root.glob(pattern))
    return b"".join(hashlib.sha256(path.read_bytes()).digest() for path in files)
