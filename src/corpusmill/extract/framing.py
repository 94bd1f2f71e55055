"""The wire between parent and child: length-prefixed frames over two pipes, little-endian, no pickles.

Parent → child, a batch: count u32, then per page: label length i32 (-1: none), body length u32, label, body.
Child → parent: one byte ACK when it holds the whole batch, then per page, in order: status u8, charset length u32,
title length i32 (-1: none), text length u32, charset, title, text. The text of a failure is a message for people.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

ACK = b"A"
TEXT, EMPTY, BINARY, ERROR, MEMORY, UNCLOSED = range(6)

COUNT = struct.Struct("<I")
PAGE = struct.Struct("<iI")
RESULT = struct.Struct("<BIiI")

PIPE_BYTES = 1 << 20  # what an unprivileged process may ask for


class Page(NamedTuple):
    """What the child is told of a page."""

    label: str | None
    body: bytes


class Result(NamedTuple):
    """What the child found; `text` is UTF-8."""

    status: int
    charset: bytes
    title: bytes | None
    text: bytes


def pack_batch(pages: list[Page]) -> bytes:
    parts = [COUNT.pack(len(pages))]
    for label, body in pages:
        name = None if label is None else label.encode("utf-8", "replace")[:200]
        parts += (PAGE.pack(-1 if name is None else len(name), len(body)), name or b"", body)
    return b"".join(parts)


def read_batch(read: Callable[[int], bytes]) -> list[Page] | None:
    """The next batch from `read`, which blocks until it has as many bytes as asked; None at the end of the stream."""
    head = read(COUNT.size)
    if len(head) < COUNT.size:
        return None
    pages = []
    for _ in range(COUNT.unpack(head)[0]):
        label_length, body_length = PAGE.unpack(read(PAGE.size))
        label = None if label_length < 0 else read(label_length).decode("utf-8", "replace")
        pages.append(Page(label, read(body_length)))
    return pages


def pack_result(result: Result) -> bytes:
    status, charset, title, text = result
    head = RESULT.pack(status, len(charset), -1 if title is None else len(title), len(text))
    return b"".join((head, charset, title or b"", text))


def unpack_result(buffer: bytearray) -> Result | None:
    """The first result in `buffer`, which loses it; None until all of it is there. ValueError: not a result."""
    if len(buffer) < RESULT.size:
        return None
    status, charset_length, title_length, text_length = RESULT.unpack_from(buffer)
    if status > UNCLOSED or charset_length > 64:
        raise ValueError("the child wrote something that is not a result")
    title_start = RESULT.size + charset_length
    text_start = title_start + max(0, title_length)
    end = text_start + text_length
    if len(buffer) < end:
        return None
    view = bytes(buffer[:end])
    del buffer[:end]
    title = None if title_length < 0 else view[title_start:text_start]
    return Result(status, view[RESULT.size : title_start], title, view[text_start:])
