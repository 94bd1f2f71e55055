"""HTTP responses as crawlers wrote them: headers parsed tolerantly, encodings undone with a limit on what they give.

Headers lie: each encoding is undone only where the bytes bear it out, and a body that is gzip is unpacked whatever
the header says.
"""

from __future__ import annotations

import re
import zlib
from typing import NamedTuple

import brotli
import zstandard
from isal import isal_zlib
from isal.igzip_lib import DECOMP_GZIP, IgzipDecompressor

from corpusmill.read.gzip_members import MAGIC as GZIP_MAGIC
from corpusmill.read.gzip_members import GzipError

_STATUS = re.compile(rb"HTTP/?\d?\.?\d?[ \t]+(\d{3})\b", re.IGNORECASE)
_CHARSET = re.compile(rb"charset[ \t]*=[ \t]*[\"']?([^\s\"';,]+)", re.IGNORECASE)
_CHUNK = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]{0,4096})?\r?\n")
_MAX_HEAD_BYTES = 64 << 10  # of header lines that are looked at
_MAX_LAYERS = 4  # of content encodings, declared or not
_ENCODINGS = {b"gzip": "gzip", b"x-gzip": "gzip", b"deflate": "deflate", b"br": "br", b"zstd": "zstd"}
_NO_ENCODING = (b"identity", b"none", b"chunked")
_WANTED = (b"content-type", b"content-encoding", b"transfer-encoding", b"x-robots-tag", b"tdm-reservation")
_MAX_ROBOTS_BYTES = 4096


class Response(NamedTuple):
    """The head of a response, and where its body begins in the block."""

    status: int | None  # None: no status line
    body_start: int
    media_type: str  # lower case, without parameters; "" where none is given
    charset: str | None  # label, as found
    chunked: bool
    encodings: tuple[bytes, ...]  # in the order in which they were applied
    unknown: tuple[bytes, ...] = ()  # encodings that nothing here undoes
    robots: str | None = None  # lines of X-Robots-Tag; None: there is none


class Oversize(Exception):
    """The body grows beyond the limit."""


class BadEncoding(Exception):
    """The body cannot be decoded, and is no plain text either."""


def parse_response(block: bytes) -> Response:
    """The head of `block`. Without a status line everything is body.

    >>> parse_response(b"HTTP/1.1 200 OK\\r\\nContent-Type: text/HTML; charset=koi8-r\\r\\n\\r\\n<p>")[:4]
    (200, 60, 'text/html', 'koi8-r')
    """
    status = _STATUS.match(block)
    if status is None:
        return Response(None, 0, "", None, False, ())
    end, start = head_end(block)
    found: dict[bytes, bytes] = {}
    for line in block[: min(end, _MAX_HEAD_BYTES)].replace(b"\r\n", b"\n").split(b"\n"):
        name, colon, value = line.partition(b":")
        name = name.strip().lower()
        if colon and name in _WANTED:
            # several transfer or content encodings may come in lines of their own; of two types the last counts
            between = b"\n" if name == b"x-robots-tag" else b","
            found[name] = found[name] + between + value if name in found and name != b"content-type" else value
    media_type, charset = parse_content_type(found.get(b"content-type", b""))
    transfer = [token.strip().lower() for token in found.get(b"transfer-encoding", b"").split(b",")]
    content = [token.strip().lower() for token in found.get(b"content-encoding", b"").split(b",")]
    encodings = tuple(token for token in content + transfer if token in _ENCODINGS)
    unknown = tuple(token for token in content if token and token not in _ENCODINGS and token not in _NO_ENCODING)
    return Response(
        int(status[1]), start, media_type, charset, b"chunked" in transfer, encodings, unknown, _robots(found)
    )


def _robots(found: dict[bytes, bytes]) -> str | None:
    lines = [found[b"x-robots-tag"]] if b"x-robots-tag" in found else []
    lines += [b"tdm-reservation:" + found[b"tdm-reservation"]] if b"tdm-reservation" in found else []
    return b"\n".join(lines)[:_MAX_ROBOTS_BYTES].decode("latin-1").strip() or None


def head_end(block: bytes) -> tuple[int, int]:
    """Where the header lines end and where the body begins: behind the first empty line, CRLF or LF."""
    mixed = block.find(b"\n\r\n")  # first: it is the rule, and bodies are long
    bare = block.find(b"\n\n", 0, mixed + 1 if mixed >= 0 else len(block))
    if bare >= 0:
        return bare, bare + 2
    return (mixed, mixed + 3) if mixed >= 0 else (len(block), len(block))


def parse_content_type(value: bytes) -> tuple[str, str | None]:
    """Media type and charset label of a Content-Type.

    >>> parse_content_type(b' Text/HTML ; Charset="UTF-8"')
    ('text/html', 'UTF-8')
    """
    media_type = value.split(b";", 1)[0].split(b",", 1)[0].strip().lower().decode("ascii", "replace")
    charset = _CHARSET.search(value)
    return media_type, charset[1].decode("ascii", "replace")[:64] if charset else None


def unchunk(body: bytes, limit: int) -> bytes:
    """Undoes the chunked transfer encoding; what is no chunk is kept as it is.

    A body that does not begin with a chunk size is returned unchanged (crawlers often store the decoded body under the
    old header). A size beyond the end takes what is there. A line that is no size ends the chunks: the rest is kept.
    """
    parts: list[bytes] = []
    at = total = 0
    while match := _CHUNK.match(body, at):
        size = int(match[1], 16)
        if size == 0:
            return b"".join(parts)  # trailers may follow
        start = match.end()
        part = body[start : start + size]
        parts.append(part)
        total += len(part)
        if total > limit:
            raise Oversize
        at = start + size
        if body[at : at + 2] == b"\r\n":
            at += 2
        elif body[at : at + 1] == b"\n":
            at += 1
        elif at < len(body):  # the size was wrong: better a few bytes of framing in the text than text lost
            break
    if not parts:
        return body
    if at < len(body):
        parts.append(body[at:])
    return b"".join(parts)


def decode_content(body: bytes, encodings: tuple[bytes, ...], limit: int) -> bytes:
    """Undoes the content encodings, declared or recognised; raises `Oversize` or `BadEncoding`."""
    layers = 0
    for encoding in reversed(encodings):
        if not body:
            return body
        layers += 1
        if layers > _MAX_LAYERS:
            raise BadEncoding(f"more than {_MAX_LAYERS} content encodings")
        kind = _ENCODINGS[encoding]
        if body[:3] == GZIP_MAGIC:  # whatever the header calls it
            body = _gunzip(body, limit)
            continue
        if kind == "gzip":
            continue
        try:
            body = _DECODERS[kind](body, limit)
        except BadEncoding:
            # brotli has no magic: a plain body under that header is told by its first byte being markup or text
            if not _looks_plain(body):
                raise
    while body[:3] == GZIP_MAGIC:
        layers += 1
        if layers > _MAX_LAYERS:
            raise BadEncoding(f"more than {_MAX_LAYERS} content encodings")
        body = _gunzip(body, limit)
    return body


def _looks_plain(body: bytes) -> bool:
    start = body[:256].lstrip()
    return start[:1] in (b"<", b"{", b"[") or (
        bool(start) and start.isascii() and b"\0" not in start and _printable(start)
    )


def _printable(start: bytes) -> bool:
    return not any(byte < 32 and byte not in (9, 10, 12, 13) for byte in start)


def _gunzip(body: bytes, limit: int) -> bytes:
    parts: list[bytes] = []
    total = 0
    feed: bytes = body
    while feed[:3] == GZIP_MAGIC:  # several members make one body; what follows them is ignored, as browsers do
        decompressor = IgzipDecompressor(flag=DECOMP_GZIP)
        try:
            part = decompressor.decompress(feed, limit - total + 1)
        except GzipError as error:
            raise BadEncoding(f"gzip: {error}") from None
        total += len(part)
        if total > limit:
            raise Oversize
        if not decompressor.eof:
            raise BadEncoding("gzip: the body is cut short")
        parts.append(part)
        feed = decompressor.unused_data
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _inflate(body: bytes, limit: int) -> bytes:
    """`deflate` means a zlib stream, and in practice often a bare one."""
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        decompressor = isal_zlib.decompressobj(bits)
        try:
            data = decompressor.decompress(body, limit + 1)
        except GzipError:
            continue
        if len(data) > limit:
            raise Oversize
        if decompressor.eof:
            return bytes(data)
    raise BadEncoding("deflate: no sound zlib or deflate stream")


def _unbrotli(body: bytes, limit: int) -> bytes:
    decompressor = brotli.Decompressor()
    parts: list[bytes] = []
    total, feed = 0, body
    try:
        while not decompressor.is_finished():
            part = decompressor.process(feed, output_buffer_limit=min(limit + 1, 1 << 20))
            feed = b""
            total += len(part)
            if total > limit:
                raise Oversize
            if not part and decompressor.can_accept_more_data():
                raise BadEncoding("br: the body is cut short")
            parts.append(part)
    except brotli.error as error:
        raise BadEncoding(f"br: {error}") from None
    return b"".join(parts)


def _unzstd(body: bytes, limit: int) -> bytes:
    try:
        decompressor = zstandard.ZstdDecompressor(max_window_size=8 << 20)  # RFC 9659: the largest window on the web
        data = decompressor.stream_reader(body, read_across_frames=True).read(limit + 1)
    except zstandard.ZstdError as error:
        raise BadEncoding(f"zstd: {error}") from None
    if len(data) > limit:
        raise Oversize
    if not data:
        raise BadEncoding("zstd: the body is cut short")
    return data


_DECODERS = {"deflate": _inflate, "br": _unbrotli, "zstd": _unzstd}
