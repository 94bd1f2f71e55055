"""A batch of pages to UTF-8 at once: those that are UTF-8 already, as most are, never become Python objects."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import empty
from corpusmill.read.charset import SHORT_UTF8_EXTRA_BYTES, TWO_BYTE, decode_html
from corpusmill.read.charset_declared import LATE_META_BYTES, encoding_named, may_declare

_FIRST_BYTES = 64  # of ASCII under a label of UTF-16, in which a `<` says that it is none


class Decoded(NamedTuple):
    """Pages as UTF-8, in their order."""

    pages: pa.Array  # large_string, without byte order marks
    charsets: pa.Array  # string: names of their encodings
    meaningless: npt.NDArray[np.int64]  # controls but those that part words, and U+FFFD; -1: not counted


def decode_pages(bodies: pa.Array, labels: pa.Array) -> Decoded:
    """What `decode_html` makes of each of `bodies` (large_binary) under the HTTP label beside it (string).

    >>> bodies = pa.array(["né".encode(), b"caf\\xe9 \\x93so\\x94"], pa.large_binary())
    >>> found = decode_pages(bodies, pa.nulls(2, pa.string()))
    >>> found.pages.to_pylist(), found.charsets.to_pylist()
    (['né', 'café “so”'], ['utf-8', 'windows-1252'])
    """
    from corpusmill.kernels.characters import utf8_check as u  # loads kernels

    offsets, data = _buffers(bodies)
    found = u.check_pages(data, offsets)
    ready = _utf8_as_they_are(bodies, labels, data, offsets, found)
    meaningless = np.where(ready, found[:, u.MEANINGLESS], -1)
    if ready.all():
        whole = pa.LargeStringArray.from_buffers(len(bodies), pa.py_buffer(offsets), pa.py_buffer(data))
        return Decoded(whole, pa.array(["utf-8"] * len(bodies), pa.string()), meaningless)
    names = ["utf-8"] * len(bodies)
    decoded: dict[int, bytes] = {}
    lengths = np.diff(offsets)
    for row in np.flatnonzero(~ready).tolist():
        text, names[row] = decode_html(bytes(bodies[row].as_buffer()), labels[row].as_py(), _marked)
        decoded[row] = text.encode("utf-8", "replace")
        lengths[row] = len(decoded[row])
    ends = np.concatenate(([0], np.cumsum(lengths)))
    joined = empty(ends[-1], np.uint8)
    row = 0
    for other in (*decoded, len(bodies)):  # what needs no decoding, up to the next page that does
        joined[ends[row] : ends[other]] = data[offsets[row] : offsets[other]]
        if other < len(bodies):
            joined[ends[other] : ends[other + 1]] = np.frombuffer(decoded[other], np.uint8)
        row = other + 1
    pages = pa.LargeStringArray.from_buffers(len(bodies), pa.py_buffer(ends), pa.py_buffer(joined))
    return Decoded(pages, pa.array(names, pa.string()), meaningless)


def _marked(body: bytes, tags: bool) -> list[bytes]:
    """`marked_tokens` by a kernel."""
    from corpusmill.kernels.characters.high_tokens import high_tokens  # loads kernels

    return [body[start:end] for start, end in high_tokens(np.frombuffer(body, np.uint8), tags).tolist()]


def _buffers(bodies: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    _, offset_buffer, buffer = bodies.buffers()
    data = np.zeros(0, np.uint8) if buffer is None else np.frombuffer(buffer, np.uint8)
    if not len(bodies):
        return np.zeros(1, np.int64), data
    return np.frombuffer(offset_buffer, np.int64)[bodies.offset : bodies.offset + len(bodies) + 1], data


def _utf8_as_they_are(
    bodies: pa.Array, labels: pa.Array, data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64], found: Any
) -> npt.NDArray[np.bool_]:
    """Pages that `decode_html` would take for UTF-8 without a mark: by what was counted, and a look at some of them."""
    from corpusmill.kernels.characters import utf8_check as u

    extra = found[:, u.CONTINUATIONS]
    plain = (found[:, u.VALID] == 1) & (found[:, u.NULS] == 0)
    marked = np.zeros(len(bodies), bool)
    long = np.flatnonzero(np.diff(offsets) >= 3)
    marked[long] = (data[offsets[long]] == 0xEF) & (data[offsets[long] + 1] == 0xBB) & (data[offsets[long] + 2] == 0xBF)
    ready: npt.NDArray[np.bool_] = plain & ~marked & (extra >= SHORT_UTF8_EXTRA_BYTES)
    for row in np.flatnonzero(plain & ~marked & (extra < SHORT_UTF8_EXTRA_BYTES)).tolist():
        start, end = int(offsets[row]), int(offsets[row + 1])
        label = labels[row].as_py()
        if extra[row]:
            head = bytes(data[start : min(end, start + LATE_META_BYTES)])
            ready[row] = not found[row, u.STRANGE] and not may_declare(TWO_BYTE, head, label)
        elif found[row, u.ESCAPES] == 0:  # ASCII, without the shifts of ISO-2022-JP
            wide = encoding_named(label) in ("utf-16le", "utf-16be")
            ready[row] = not wide or 0x3C in data[start : min(end, start + _FIRST_BYTES)]
    return ready
