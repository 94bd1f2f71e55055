"""Gzip members, each checked (CRC-32 and length), with a new start at the next sound member after damage."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import cast

from isal.igzip_lib import DECOMP_GZIP, IgzipDecompressor, IsalError

from corpusmill.read.pieces import FEED_BYTES, PIECE_BYTES, Believable, Fault, Piece, Window

MAGIC = b"\x1f\x8b\x08"
GzipError = cast("type[Exception]", IsalError)  # its stub declares it as a value
# A header that may begin a member: reserved flags unset, and a first block that is not of the invalid kind 3 where
# no optional field stands before it. Without this, data full of the magic would be tried at every occurrence.
_MEMBER = re.compile(rb"\x1f\x8b\x08(?:[\x01-\x1f]|\x00.{6}[^\x06\x07\x0e\x0f])", re.DOTALL)
_OVERLAP = 16
_SALVAGE_FEED_BYTES = 32  # an error loses what its own step decoded: so steps are small where an error is known to be
_LOOK_BACK = 1 << 20


def gzip_pieces(window: Window, believable: Believable, position: int = 0) -> Iterator[Piece]:
    """The members of a file from `position` on.

    Damage is one `Fault`: "truncated_gzip" (the file or the next member begins too soon), "gzip_crc" (wrong CRC or
    length), "gzip_damaged" (no deflate data) or "garbage" (no member at all). Zero bytes up to the end are padding.
    """
    while start := window.view(position, FEED_BYTES):
        if start[:3] == MAGIC:
            position = yield from _member(window, believable, position, start)
            continue
        if start[0] == 0 and window.only_zeros_from(position):
            return
        found = next_member(window, believable, position)
        head = window.head(position)
        message = f"no gzip member at byte {position}: {found - position} bytes beginning {head[:16]!r}"
        fault = Fault("garbage", message, found - position, head, position)
        yield Piece(position, b"", begins=True, ends=False, fault=fault)
        position = found


def next_member(window: Window, believable: Believable, position: int) -> int:
    """Where the next sound member begins, from `position` on; the file's size where there is none."""
    while True:
        position = window.find(_MEMBER, position, _OVERLAP)
        if position < 0:
            return window.size
        trial = IgzipDecompressor(flag=DECOMP_GZIP)
        try:
            start = trial.decompress(window.view(position, FEED_BYTES), 4096)
            if believable(start, trial.eof):
                return position
        except GzipError:
            pass
        position += 1


def _member(window: Window, believable: Believable, offset: int, feed: memoryview) -> Generator[Piece, None, int]:
    """The member at `offset`, whose first bytes are `feed`; returns where the next should begin."""
    decompressor = IgzipDecompressor(flag=DECOMP_GZIP)
    position = offset + len(feed)  # of the next compressed byte to feed
    begins, handed_on = True, 0
    parts: list[bytes] = []
    waiting = 0  # bytes in parts
    while True:
        try:
            data = decompressor.decompress(feed, PIECE_BYTES)
        except GzipError as error:
            failed, salvaged = yield from _salvage(window, offset, position - len(feed), handed_on)
            reason = "gzip_crc" if "checksum" in str(error) else "gzip_damaged"
            return (yield from _fault(window, believable, offset, failed, reason, begins and not salvaged))
        if decompressor.eof:
            parts.append(data)
            whole = parts[0] if len(parts) == 1 else b"".join(parts)
            yield Piece(offset, whole, begins, ends=True)
            return position - len(decompressor.unused_data)
        parts.append(data)
        waiting += len(data)
        if waiting >= PIECE_BYTES:
            yield Piece(offset, b"".join(parts), begins, ends=False)
            handed_on += waiting
            begins, parts, waiting = False, [], 0
        if not decompressor.needs_input:
            feed = memoryview(b"")
            continue
        feed = window.view(position, FEED_BYTES)
        if not feed:
            if waiting:
                yield Piece(offset, b"".join(parts), begins, ends=False)
                begins = False
            return (yield from _fault(window, believable, offset, position, "truncated_gzip", begins))
        position += len(feed)


def _salvage(window: Window, offset: int, sure: int, handed_on: int) -> Generator[Piece, None, tuple[int, int]]:
    """Decodes the member again up to its error and hands on what lies behind the first `handed_on` bytes.

    `sure`: up to here in the file no error is. Returns up to where in the file it went well, and the bytes salvaged.
    """
    decompressor = IgzipDecompressor(flag=DECOMP_GZIP)
    position, skip, salvaged = offset, handed_on, 0
    step = FEED_BYTES
    feed = fed = memoryview(b"")
    while True:
        if decompressor.needs_input:
            step = min(FEED_BYTES, sure - position) if position < sure else _SALVAGE_FEED_BYTES
            feed = fed = window.view(position, step)
            position += len(feed)
        try:
            data = decompressor.decompress(feed, PIECE_BYTES)
        except GzipError:
            return position - len(fed), salvaged
        if decompressor.eof or (not feed and decompressor.needs_input):
            return position, salvaged  # the file changed meanwhile
        feed = memoryview(b"")
        if skip:
            data, skip = data[skip:], skip - min(skip, len(data))
        if data:
            yield Piece(offset, data, begins=not (handed_on or salvaged), ends=False)
            salvaged += len(data)


def _fault(
    window: Window, believable: Believable, offset: int, failed: int, reason: str, begins: bool
) -> Generator[Piece, None, int]:
    """The damage of the member at `offset`, found at `failed`; returns where the next sound member begins.

    The search starts right behind the member's header, not where decoding failed: a member that was cut short is
    noticed only some way into its neighbours. In a member so long that its data was handed on, it starts a little
    before the failure.
    """
    found = next_member(window, believable, max(offset + 1, failed - _LOOK_BACK))
    if found <= failed:  # sound members begin before the one that failed did fail
        reason = "truncated_gzip"
    message = {
        "truncated_gzip": f"the gzip member at byte {offset} is cut short",
        "gzip_crc": f"the gzip member at byte {offset} does not match its own CRC or length",
        "gzip_damaged": f"the gzip member at byte {offset} cannot be decoded near byte {failed}",
    }[reason]
    fault = Fault(reason, message, found - offset, window.head(offset), offset)
    yield Piece(offset, b"", begins, ends=False, fault=fault)
    return found
