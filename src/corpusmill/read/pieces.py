"""What every decompressor hands on: pieces of decoded data of bounded size, with the damage between them.

A compressed file is a row of independent *members* (gzip members, zstd frames); a plain file is one member. A reader
of members checks each one and, after damage, finds the next: so a broken member costs no other.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol

from corpusmill.schema import QUARANTINE_HEAD_BYTES

PIECE_BYTES = 1 << 20  # decoded data held at once; a piece may exceed it by one step of the decompressor
FEED_BYTES = 64 << 10  # compressed data given to a decompressor at once: most members of a crawl fit
_WINDOW_BYTES = 1 << 20
_NOT_ZERO = re.compile(rb"[^\0]")


class Fault(NamedTuple):
    """Damage that follows the data of a piece."""

    reason: str
    message: str
    length: int  # bytes of the file that are lost with it, counted from `offset`
    head: bytes  # the first of those bytes
    offset: int


class Piece(NamedTuple):
    """A part of one member's decoded data."""

    offset: int  # of its member in the file; in a plain file, of the piece itself
    data: bytes
    begins: bool  # first piece of its member
    ends: bool  # last piece of its member, which was whole
    fault: Fault | None = None


class Believable(Protocol):
    """Says of the first decoded bytes of a possible member (whole or not) whether they are one: ends false alarms."""

    def __call__(self, start: bytes, whole: bool, /) -> bool: ...


class Window:
    """Random access to a file through one buffer. Not mapped: a file that shrinks meanwhile just ends sooner."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self._fd = self._file.fileno()
        self.size = os.fstat(self._fd).st_size
        self._base, self._data = 0, memoryview(b"")

    def __enter__(self) -> Window:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def view(self, position: int, length: int) -> memoryview:
        """`length` bytes (at most 1 MiB) from `position`; fewer only at the end of the file."""
        start = position - self._base
        if start < 0 or start + length > len(self._data):
            self._base, self._data, start = position, memoryview(self._read(position)), 0
        return self._data[start : start + length]

    def _read(self, position: int) -> bytes:
        data = os.pread(self._fd, _WINDOW_BYTES, position)
        while data and len(data) < _WINDOW_BYTES:
            more = os.pread(self._fd, _WINDOW_BYTES - len(data), position + len(data))
            if not more:
                break
            data += more
        return data

    def find(self, pattern: re.Pattern[bytes], position: int, overlap: int = 16) -> int:
        """Where `pattern`, at most `overlap` bytes long, is next found from `position` on; -1: nowhere."""
        while block := self.view(position, _WINDOW_BYTES):
            match = pattern.search(block)
            if match is not None:
                return position + match.start()
            if len(block) < _WINDOW_BYTES:
                return -1
            position += len(block) - overlap
        return -1

    def only_zeros_from(self, position: int) -> bool:
        return self.find(_NOT_ZERO, position, overlap=0) < 0

    def head(self, position: int) -> bytes:
        return bytes(self.view(position, QUARANTINE_HEAD_BYTES))


def plain_pieces(window: Window, position: int = 0) -> Iterator[Piece]:
    """An uncompressed file, from `position` on. Zero bytes up to its end are padding."""
    while data := bytes(window.view(position, PIECE_BYTES)):
        if data[-1] == 0 and window.only_zeros_from(position + len(data)):
            data = data.rstrip(b"\0")
            if data:
                yield Piece(position, data, begins=position == 0, ends=False)
            return
        yield Piece(position, data, begins=position == 0, ends=False)
        position += len(data)
