"""What a page says about its own encoding: labels, the `<meta>` prescan, the language attribute.

The table of labels is the web's (WHATWG Encoding §4.2): `latin1` means windows-1252, `gb2312` means GBK, and a label
that browsers do not know (`utf-7`, `rot13`, `zip`) means nothing, whatever codecs Python has under that name.

>>> encoding_named(" Latin1 "), encoding_named("ks_c_5601-1987"), encoding_named("utf-7")
('windows-1252', 'euc-kr', None)
>>> encoding_in_markup(b'<meta charset="gb2312">')
'gbk'
"""

from __future__ import annotations

import json
import re
from collections.abc import Container
from pathlib import Path

_TABLE = json.loads(Path(__file__).with_name("encodings.json").read_text("utf-8"))
_ENCODINGS: dict[str, dict[str, str]] = _TABLE["encodings"]
_LANGUAGES: dict[str, str] = _TABLE["languages"]
_LABELS: dict[str, str] = {label: name for name, entry in _ENCODINGS.items() for label in entry["labels"]}

CODECS: dict[str, str] = {name: entry["codec"] for name, entry in _ENCODINGS.items()}
"""Name in the standard, lower case → Python codec that decodes it."""

LATE_META_BYTES = 16384  # browsers search 1024 bytes beforehand, and obey a later <meta> when they come to it

_SPACE = b"\t\n\x0c\r "
_XML_DECLARATION = re.compile(rb"<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_CHARSET_IN_CONTENT = re.compile(
    rb"charset[\t\n\x0c\r ]*=[\t\n\x0c\r ]*(?:\"([^\"]*)\"|'([^']*)'|([^\t\n\x0c\r ;\"']+))"
)
_IS_UTF8 = re.compile(rb"charset[\t\n\x0c\r ]*=[\t\n\x0c\r ]*[\"']?[\t\n\x0c\r ]*utf-?8")
_LANGUAGE = re.compile(
    rb"<html\b[^<>]{0,2000}?[\s\"'](?:xml:)?lang\s*=\s*[\"']?([A-Za-z]{2,3}(?:-[A-Za-z]{2,4})?)\b", re.I
)

_VIETNAMESE = re.compile(rb"&#7(?:8[4-9]\d|9[0-2]\d);")


def encoding_named(label: str | None) -> str | None:
    """The encoding that the web knows under `label`, in lower case; None for an unknown or missing label."""
    if label is None:
        return None
    return _LABELS.get(label.strip("\t\n\x0c\r \"'").lower())


def encoding_in_markup(body: bytes) -> str | None:
    """Encoding that `<meta charset>`, `<meta http-equiv>` or the XML declaration names (HTML §13.2.3.2), or None.

    `utf-16` in bytes that could be read as ASCII so far means UTF-8, and `x-user-defined` windows-1252, as the
    standard says.
    """
    head = body[:LATE_META_BYTES]
    name = _prescan(head) if b"charset" in head.lower() else None
    if name is None and (match := _XML_DECLARATION.match(body)):
        name = encoding_named(match[1].decode("ascii"))
    if name in ("utf-16le", "utf-16be"):
        return "utf-8"
    return "windows-1252" if name == "x-user-defined" else name


def may_declare(encodings: Container[str], body: bytes, http_label: str | None) -> bool:
    """Whether the header or the markup of a page names one of `encodings`.

    >>> two_byte = {"gbk", "big5"}
    >>> may_declare(two_byte, b"<meta charset=gb2312>", None), may_declare(two_byte, b"<meta charset=utf-8>", "Big5")
    (True, True)
    """
    if encoding_named(http_label) in encodings:
        return True
    if not body.startswith(b"<?xml") and _names_utf8_alone(body[:LATE_META_BYTES].lower()):
        return False
    return encoding_in_markup(body) in encodings


def _names_utf8_alone(head: bytes) -> bool:
    """Whether whatever may name an encoding names UTF-8, as on most pages; much cheaper than to understand the tags."""
    at = -1
    while (at := head.find(b"charset", at + 1)) >= 0:
        if not _IS_UTF8.match(head, at):
            return False
    return True


def encoding_of_language(body: bytes) -> str | None:
    """Legacy encoding that browsers assume for the language in `<html lang>` (HTML §13.2.3.2, last step).

    None where the page names no language or one whose default is windows-1252.
    """
    match = _LANGUAGE.search(body, 0, LATE_META_BYTES)
    if match is None:
        # windows-1258 lacks the doubly accented letters of Vietnamese; its writers spell them as references
        return "windows-1258" if len(_VIETNAMESE.findall(body, 0, LATE_META_BYTES)) >= 3 else None
    tag = match[1].decode("ascii").lower()
    return _LANGUAGES.get(tag) or _LANGUAGES.get(tag.partition("-")[0])


def _prescan(head: bytes) -> str | None:
    position = 0
    while (position := head.find(b"<", position)) >= 0:
        if head.startswith(b"<!--", position):
            end = head.find(b"-->", position + 2)
            if end < 0:
                return None
            position = end + 3
        elif head[position + 1 : position + 5].lower() == b"meta" and head[position + 5 : position + 6] in _META_ENDS:
            name, position = _meta(head, position + 5)
            if name is not None:
                return name
        elif _is_letter(head[position + 1 : position + 2]) or (
            head[position + 1 : position + 2] == b"/" and _is_letter(head[position + 2 : position + 3])
        ):
            while position < len(head) and head[position] not in b"\t\n\x0c\r >":
                position += 1
            while True:
                attribute, position = _attribute(head, position)
                if attribute is None:
                    break
        elif head[position + 1 : position + 2] in (b"!", b"/", b"?"):
            end = head.find(b">", position)
            if end < 0:
                return None
            position = end + 1
        else:
            position += 1
    return None


_META_ENDS = (b"\t", b"\n", b"\x0c", b"\r", b" ", b"/")


def _meta(head: bytes, position: int) -> tuple[str | None, int]:
    """Encoding that the `<meta>` names whose attributes start at `position`, and where they end."""
    seen: set[bytes] = set()
    got_pragma, need_pragma, name = False, None, None
    while True:
        attribute, position = _attribute(head, position)
        if attribute is None:
            break
        key, value = attribute
        if key in seen:
            continue
        seen.add(key)
        if key == b"http-equiv":
            got_pragma = value == b"content-type"
        elif key == b"content" and name is None:
            match = _CHARSET_IN_CONTENT.search(value)
            if match is not None:
                found = encoding_named((match[1] or match[2] or match[3] or b"").decode("latin-1"))
                if found is not None:
                    name, need_pragma = found, True
        elif key == b"charset":
            name, need_pragma = encoding_named(value.decode("latin-1")), False
    if need_pragma is None or (need_pragma and not got_pragma):
        return None, position
    return name, position


def _attribute(head: bytes, position: int) -> tuple[tuple[bytes, bytes] | None, int]:
    """The next attribute of a tag from `position`, name and value in lower case, and where it ends; None: no more."""
    size = len(head)
    while position < size and head[position] in b"\t\n\x0c\r /":
        position += 1
    if position >= size or head[position] == 0x3E:
        return None, position
    start = position
    while position < size and (position == start or head[position] != 0x3D) and head[position] not in b"\t\n\x0c\r />":
        position += 1
    name = head[start:position].lower()
    while position < size and head[position] in _SPACE:
        position += 1
    if position >= size or head[position] != 0x3D:
        return (name, b""), position
    position += 1
    while position < size and head[position] in _SPACE:
        position += 1
    if position < size and head[position] in b"\"'":
        end = head.find(head[position : position + 1], position + 1)
        if end < 0:
            return None, size
        return (name, head[position + 1 : end].lower()), end + 1
    start = position
    while position < size and head[position] not in b"\t\n\x0c\r >":
        position += 1
    return (name, head[start:position].lower()), position


def _is_letter(character: bytes) -> bool:
    return character.isalpha() and character.isascii()
