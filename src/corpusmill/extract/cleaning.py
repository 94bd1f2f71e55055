"""What extracted text never holds, whatever extractor made it.

Removed: NUL and all C0 and C1 controls but tab, line feed and carriage return; vertical tab, form feed and U+0085,
which part words, become a space. White space at both ends is removed. All else stays, noncharacters, bidirectional
marks and U+FFFD too: other stages may judge it.

>>> clean(" a\\x00b\\x0bc\\x9d \\n")
'ab c'
"""

from __future__ import annotations

import re

BINARY_SHARE = 0.1  # of the characters; ordinary pages, even damaged ones, stay far below
PROBE_CHARS = 2048  # from the start, the middle and the end

# Looked for in UTF-8, where deleting bytes is several times as fast as a search among characters.
_ASCII_CONTROLS = bytes({*range(32), 127} - {9, 10, 13})
_ASCII_MEANINGLESS = bytes({*range(32), 127} - {9, 10, 11, 12, 13})
_C1 = re.compile(b"\xc2[\x80-\x9f]")
_REPLACEMENT = "\ufffd".encode()
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_PARTING = re.compile("[\x0b\x0c\x85]")
MAGIC = (b"%PDF-", b"\x89PNG\r\n", b"GIF87a", b"GIF89a", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b\x08", b"\x7fELF")


def clean(text: str) -> str:
    """`text` without controls and without white space at its ends."""
    data = text.encode("utf-8", "replace")
    if len(data.translate(None, _ASCII_CONTROLS)) < len(data) or _C1.search(data):
        text = _PARTING.sub(" ", _CONTROL.sub("", text))
    return text.strip()


def clean_title(title: str | None) -> str | None:
    """The title on one line; None where there is none or nothing in it."""
    return " ".join(clean(title).split()) or None if title else None


def is_binary(body: bytes, html: str) -> bool:
    """Whether something else than text was sent as HTML: by its magic number, or by its characters."""
    if body.startswith(MAGIC):
        return True
    probe = html
    if len(html) > 3 * PROBE_CHARS:
        middle = len(html) // 2
        probe = html[:PROBE_CHARS] + html[middle : middle + PROBE_CHARS] + html[-PROBE_CHARS:]
    data = probe.encode("utf-8", "replace")
    meaningless = len(data) - len(data.translate(None, _ASCII_MEANINGLESS)) + data.count(_REPLACEMENT)
    return meaningless + len(_C1.findall(data)) > BINARY_SHARE * len(probe)
