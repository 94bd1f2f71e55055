"""Lines of decoded pieces, ended by a line feed alone, with a limit on their length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from corpusmill.read.pieces import Piece
from corpusmill.schema import QUARANTINE_HEAD_BYTES

BOM = b"\xef\xbb\xbf"  # some editors write it before the first line


class Line(NamedTuple):
    """A line without its line feed, or (`reason` set) a line that is lost; then `data` is its first 4 KiB."""

    offset: int  # plain: of the line; compressed: of the member in which it begins
    data: bytes
    reason: str = ""
    message: str = ""
    length: int = -1


def split_lines(pieces: Iterator[Piece], plain: bool, max_line_bytes: int) -> Iterator[Line]:
    """Every line of the file; a last one without a line feed counts. U+2028, CR and others end no line.

    A line longer than the limit ("oversize") is passed over without being held. A fault takes the line that is under
    way with it: one item.
    """
    parts: list[bytes] = []  # the line under way
    held = length = 0
    begun = 0  # where it begins
    for piece in pieces:
        offset = piece.offset
        *whole, rest = piece.data.split(b"\n")
        for data in whole:
            if length:
                length += len(data)
                if length > max_line_bytes:
                    yield _oversize(begun, parts, data, length, max_line_bytes)
                else:
                    yield Line(begun, b"".join([*parts, data]))
                parts, held, length = [], 0, 0
            elif len(data) > max_line_bytes:
                yield _oversize(offset, parts, data, len(data), max_line_bytes)
            else:
                yield Line(offset, data)
            if plain:
                offset += len(data) + 1
        if rest:
            if not length:
                begun = offset
            length += len(rest)
            if held <= max_line_bytes:
                parts.append(rest)
                held += len(rest)
        if piece.fault is not None:
            fault = piece.fault
            head = b"".join(parts)[:QUARANTINE_HEAD_BYTES] if length else fault.head
            yield Line(begun if length else fault.offset, head, fault.reason, fault.message, fault.length)
            parts, held, length = [], 0, 0
    if length > max_line_bytes:
        yield _oversize(begun, parts, b"", length, max_line_bytes)
    elif length:
        yield Line(begun, b"".join(parts))


def _oversize(offset: int, parts: list[bytes], data: bytes, length: int, limit: int) -> Line:
    head = (parts[0] if parts else data)[:QUARANTINE_HEAD_BYTES]
    message = f"the line has {length} bytes; at most {limit} are read (max_line_bytes)"
    return Line(offset, head, "oversize", message, length)
