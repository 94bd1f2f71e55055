"""What a body is, by its first bytes: the small part of the WHATWG MIME sniffing standard that an HTML corpus needs."""

from __future__ import annotations

import re

GENERIC_TYPES = frozenset(("", "application/octet-stream", "application/unknown", "unknown/unknown", "*/*"))
_HEAD_BYTES = 1024  # of a body that are looked at

# Comments are matched possessively: many of them must not be tried in every division.
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:(?><!--.*?-->)\s*+)*+"
    rb"<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|!--|meta|link)"
    rb"(?:[ \t\n\r\f>/]|--|$)",
    re.IGNORECASE | re.DOTALL,
)
_BINARY = (
    b"\x89PNG\r\n", b"GIF87a", b"GIF89a", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"\x00\x00\x01\x00",  # images
    b"wOFF", b"wOF2", b"OggS", b"ID3", b"RIFF", b"CWS", b"FWS", b"\x7fELF",  # fonts, sound, Flash, programs
    b"%PDF-", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",  # documents
    b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd", b"BZh9",  # archives
)  # fmt: skip
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_CONTROLS = bytes(range(0x20))
_TEXT_CONTROLS = b"\t\n\x0b\x0c\r\x1b"  # escape begins the shifts of ISO-2022-JP


def looks_like_html(body: bytes) -> bool:
    """Whether `body` begins with a tag that browsers take for HTML (UTF-8 byte order mark and white space skipped)."""
    head = body[:_HEAD_BYTES]
    if head.startswith(_WIDE_BOMS[:2]):
        head = head[2:].replace(b"\0", b"")
    return _HTML.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def looks_binary(body: bytes) -> bool:
    """Whether `body` is an image, archive or other binary file and no text in any encoding.

    UTF-16 and UTF-32 are full of NUL but regular: a byte order mark, or NUL in every second or fourth place alone.
    """
    if body.startswith(_BINARY):
        return True
    head = body[:_HEAD_BYTES]
    controls = len(head) - len(head.translate(None, _CONTROLS)) if head else 0
    if controls <= len(head) // 8:  # line ends and tabs rarely make an eighth; decide without a closer look
        return False
    if head.startswith(_WIDE_BOMS):
        return False
    places = sorted((head[place::4].count(0) for place in range(4)), reverse=True)
    quarter = len(head) // 4
    if quarter and places[0] > quarter * 0.6 and places[-1] < quarter * 0.05:
        return False
    odd = controls - sum(head.count(byte) for byte in _TEXT_CONTROLS)
    return odd > len(head) // 10
