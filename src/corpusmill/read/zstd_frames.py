"""Zstandard frames, fed block by block: no block decodes to more than 128 KiB, so a bomb never grows unseen."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

import zstandard

from corpusmill.read.pieces import PIECE_BYTES, Believable, Fault, Piece, Window

MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
_DICTIONARY_FRAME = b"\x5d\x2a\x4d\x18"  # of the WARC-zstd format, before the first record
_DICTIONARY_MAGIC = b"\x37\xa4\x30\xec"
_FRAME = re.compile(re.escape(MAGIC))
_MAX_WINDOW_BYTES = 128 << 20  # what the zstd tool itself accepts unasked
_MAX_DICTIONARY_BYTES = 8 << 20


class Zstd:
    """Reads the frames of one file; keeps the dictionary that the file may carry in its first frame."""

    def __init__(self, window: Window, believable: Believable) -> None:
        self._window, self._believable = window, believable
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES)

    def pieces(self, position: int = 0) -> Iterator[Piece]:
        """The frames from `position` on; damage as in `gzip_pieces` ("truncated_zstd", "zstd_damaged", "garbage")."""
        window = self._window
        while len(start := window.view(position, 8)):
            if start[:4] == MAGIC:
                end, reason = yield from self._frame(position)
                position = (yield from self._fault(position, end, reason)) if reason else end
            elif len(start) == 8 and _SKIPPABLE.match(start):
                end = position + 8 + int.from_bytes(start[4:], "little")
                if start[:4] == _DICTIONARY_FRAME and end - position <= _MAX_DICTIONARY_BYTES:
                    self._load_dictionary(bytes(_slice(window, position + 8, end)))
                if end > window.size:
                    position = yield from self._fault(position, position + 1, "truncated_zstd")
                else:
                    position = end
            elif start[0] == 0 and window.only_zeros_from(position):
                return
            else:
                position = yield from self._fault(position, position, "garbage")

    def _load_dictionary(self, data: bytes) -> None:
        if data.startswith(MAGIC):
            try:
                data = zstandard.ZstdDecompressor().stream_reader(data).read(_MAX_DICTIONARY_BYTES)
            except zstandard.ZstdError:
                return  # the frames that need it say so, one by one
        if data.startswith(_DICTIONARY_MAGIC):
            dictionary = zstandard.ZstdCompressionDict(data)
            self._decompressor = zstandard.ZstdDecompressor(dictionary, max_window_size=_MAX_WINDOW_BYTES)

    def _frame(self, offset: int) -> Generator[Piece, None, tuple[int, str]]:
        """The frame at `offset`; returns where it ends or fails, and the reason of the failure ("": it is sound)."""
        window, decoder = self._window, self._decompressor.decompressobj()
        begins, last, waiting, position = True, False, 0, offset
        parts: list[bytes] = []
        length = _header_bytes(window.view(offset, 5))  # of the next step: the header, then block by block
        checksum_bytes = 4 if length and window.view(offset + 4, 1)[0] & 4 else 0
        reason = ""
        while not reason:
            step = window.view(position, length)
            if not length or len(step) < length:
                reason = "truncated_zstd"
                break
            try:
                data = decoder.decompress(step)
            except zstandard.ZstdError:
                position += length  # a sound frame that begins inside this step means that this one was cut
                reason = "zstd_damaged"
                break
            position += length
            parts.append(data)
            waiting += len(data)
            if decoder.eof:
                yield Piece(offset, b"".join(parts), begins, ends=True)
                return position, ""
            if waiting >= PIECE_BYTES:
                yield Piece(offset, b"".join(parts), begins, ends=False)
                begins, parts, waiting = False, [], 0
            if last:
                length, checksum_bytes = checksum_bytes, 0
                continue
            header = int.from_bytes(window.view(position, 3), "little")
            last, kind, size = bool(header & 1), header >> 1 & 3, header >> 3
            length = 3 + (1 if kind == 1 else size)
            if kind == 3 or (kind != 1 and size > 128 << 10):
                reason = "zstd_damaged"
        if waiting:
            yield Piece(offset, b"".join(parts), begins, ends=False)
        return position, reason

    def _fault(self, offset: int, failed: int, reason: str) -> Generator[Piece, None, int]:
        """The damage at `offset`, found at `failed`; returns where the next sound frame begins."""
        found = self._next_frame(offset + 1)
        if reason != "garbage" and found < failed:
            reason = "truncated_zstd"
        head = self._window.head(offset)
        message = {
            "truncated_zstd": f"the zstd frame at byte {offset} is cut short",
            "zstd_damaged": f"the zstd frame at byte {offset} cannot be decoded near byte {failed}",
            "garbage": f"no zstd frame at byte {offset}: {found - offset} bytes beginning {head[:16]!r}",
        }[reason]
        fault = Fault(reason, message, found - offset, head, offset)
        yield Piece(offset, b"", begins=False, ends=False, fault=fault)
        return found

    def _next_frame(self, position: int) -> int:
        while (position := self._window.find(_FRAME, position)) >= 0:
            for piece in self._frame(position):
                if self._believable(piece.data[:4096], piece.ends):
                    return position
                break
            position += 1
        return self._window.size


def _header_bytes(start: memoryview) -> int:
    """Bytes of the frame header that begins with `start`; 0 where it is cut."""
    if len(start) < 5:
        return 0
    descriptor = start[4]
    single_segment = descriptor >> 5 & 1
    content_size = (1 if single_segment else 0, 2, 4, 8)[descriptor >> 6]
    return 5 + (1 - single_segment) + (0, 1, 2, 4)[descriptor & 3] + content_size


def _slice(window: Window, start: int, end: int) -> bytes:
    parts = []
    while start < end and (part := bytes(window.view(start, min(end - start, PIECE_BYTES)))):
        parts.append(part)
        start += len(part)
    return b"".join(parts)
