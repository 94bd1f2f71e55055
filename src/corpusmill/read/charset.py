"""Bytes of a page to text, by the web's own rules, and by the bytes where a declaration is plainly wrong.

In this order (WHATWG Encoding §6, HTML §13.2.3):

1. A byte order mark: UTF-8, UTF-16, and UTF-32 (which browsers do not read, but whose mark leaves no doubt).
2. UTF-16 without a mark, seen by its zero bytes; ISO-2022-JP, seen by its escape sequences.
3. Bytes that are UTF-8 throughout are UTF-8, whatever the declarations say. (Pure ASCII is reported as `utf-8`, too.)
4. The HTTP label, then `<meta>`; but a header that says ISO-8859-1 comes after a `<meta>` that names something else,
   since servers send that label for every file they have.
5. What a detector finds; what browsers assume for the page's language; windows-1252.

Of the candidates of 4 and 5 the first wins unless it looks markedly stranger than the best one
(`charset_strangeness`). Nothing raises and no page is lost: bytes without meaning become U+FFFD. Bytes 0x80-0x9f
of the ISO-8859 family are read as the Windows page of the same script, since text there is never C1 controls.

>>> decode_html(b"caf\\xe9 \\x93quoted\\x94", "ISO-8859-1")
('café “quoted”', 'windows-1252')
>>> decode_html("Привет, как дела сегодня".encode("koi8-r"), "iso-8859-1")
('Привет, как дела сегодня', 'koi8-r')
"""

from __future__ import annotations

import codecs
import re

from resiliparse.parse.encoding import detect_encoding

from corpusmill.read.charset_declared import (
    CODECS,
    encoding_in_markup,
    encoding_named,
    encoding_of_language,
    may_declare,
)
from corpusmill.read.charset_strangeness import Marked, sample_of, strangeness

MARGIN = 0.15  # a candidate may look this much stranger than the best and still be believed
SHORT_UTF8_EXTRA_BYTES = 16  # this few bytes above ASCII can be UTF-8 by accident

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32le"),
    (codecs.BOM_UTF32_BE, "utf-32be"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
)
_WIDE_CODECS = {"utf-32le": "utf-32-le", "utf-32be": "utf-32-be", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]|\x1b\([IJ]")

_STRANGE = re.compile("[\x80-\x9f\ufffd\ue000-\uf8ff]")  # without meaning, or of private use

_LATIN = {f"iso-8859-{part}" for part in (2, 3, 4, 10, 13, 14, 15, 16)} | {
    f"windows-125{part}" for part in (0, 2, 4, 7, 8)
}
TWO_BYTE = {"gbk", "gb18030", "big5", "euc-jp", "shift_jis", "euc-kr"}
_ASCII = bytes(range(128))
_LAST_RESORT = ("windows-1251", "koi8-r", "gb18030", "shift_jis", "big5", "euc-kr", "euc-jp", "iso-8859-5", "ibm866")
# Windows page that text under an ISO label is written in as soon as it uses bytes 0x80-0x9f; the others: windows-1252.
_WINDOWS_PAGE = {
    "iso-8859-2": "cp1250",
    "iso-8859-4": "cp1257",
    "iso-8859-5": "cp1251",
    "iso-8859-6": "cp1256",
    "iso-8859-7": "cp1253",
    "iso-8859-8": "cp1255",
    "iso-8859-8-i": "cp1255",
    "iso-8859-13": "cp1257",
}
# Browsers' two-byte tables hold vendors' additions that lie in other Python codecs.
_VENDOR_CODEC = {"big5": "cp950", "euc-jp": "euc_jis_2004"}
_C1 = re.compile("[\x80-\x9f]")
_NAME_OF_CODEC = {codecs.lookup(codec).name: name for name, codec in reversed(CODECS.items())} | {
    "iso8859-1": "windows-1252",
    "ascii": "windows-1252",
    "iso8859-9": "windows-1254",
    "iso8859-11": "windows-874",
    "tis-620": "windows-874",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "big5": "big5",
    "shift_jis": "shift_jis",
    "euc_kr": "euc-kr",
}


def decode_html(body: bytes, http_label: str | None, marked: Marked | None = None) -> tuple[str, str]:
    """Text of `body` and the name of its encoding; `http_label` is the charset of the HTTP header, None without one.

    `marked`: see `sample_of`.

    Never raises; the text has no lone surrogates and no byte order mark, and U+FFFD stands for meaningless bytes.
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if body.startswith(mark) and (text := _after_mark(body[len(mark) :], name, marked)) is not None:
            return text, name
    if wide := _wide_without_mark(body):
        return _plain(body.decode(_WIDE_CODECS[wide], "replace")), wide
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_legacy(body, http_label, (), marked)
    if body.isascii():
        if b"\x1b" in body and _ISO_2022_JP.search(body):
            return body.decode(CODECS["iso-2022-jp"], "replace"), "iso-2022-jp"
        declared = encoding_named(http_label)
        if declared in ("utf-16le", "utf-16be") and b"<" not in body[:64]:  # ideographs whose bytes are all ASCII
            return _plain(body.decode(_WIDE_CODECS[declared], "replace")), declared
        return text, "utf-8"
    if len(body) - len(text) < SHORT_UTF8_EXTRA_BYTES and not _surely_utf8(body, http_label):
        return _decode_legacy(body, http_label, ("utf-8",), marked)
    return text, "utf-8"


def _surely_utf8(body: bytes, http_label: str | None) -> bool:
    """Whether the few characters above ASCII of a valid page have a meaning, and nothing declares a two-byte set."""
    above = body.translate(None, _ASCII).decode("utf-8")
    return not _STRANGE.search(above) and not may_declare(TWO_BYTE, body, http_label)


def _after_mark(rest: bytes, name: str, marked: Marked | None) -> str | None:
    """Text after a byte order mark, or None where the bytes deny the mark."""
    if name == "utf-8":
        try:
            return rest.decode("utf-8")
        except UnicodeDecodeError:
            text = rest.decode("utf-8", "replace")
            return text if strangeness(sample_of(rest, marked), "utf-8") <= MARGIN else None
    text = rest.decode(_WIDE_CODECS[name], "replace")
    if name.startswith("utf-32"):
        return text if text.count("\ufffd") * 10 <= len(text) and len(rest) % 4 == 0 else None
    if rest and b"\0" not in rest and b"<" in rest[:256] and "<" not in text:
        return None  # a stray mark before single-byte markup
    return _plain(text)


def _wide_without_mark(body: bytes) -> str | None:
    """UTF-16 seen by its zero bytes: markup is ASCII, so every other byte of it is zero."""
    head = body[:4096]
    zeros = head.count(0)
    if zeros * 8 < len(head) or len(head) < 4:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > 20 * even:
        return "utf-16le"
    return "utf-16be" if even > 20 * odd else None


def _decode_legacy(
    body: bytes, http_label: str | None, first: tuple[str, ...], marked: Marked | None
) -> tuple[str, str]:
    """Text of bytes that are not, or not surely, UTF-8."""
    sample = sample_of(body, marked)
    declared, guess = _declared(body, http_label, first)
    scores = {"utf-8": strangeness(sample, "utf-8")}
    if guess and len(declared) > 1 and scores["utf-8"] > 0.5:
        scores[declared[1]] = strangeness(sample, declared[1])
        if scores[declared[1]] <= MARGIN:  # whatever else might be guessed, it is believed
            return _decode_as(body, declared[1]), declared[1]
    guesses = _guesses(body, sample, declared) if guess else []
    candidates = [*declared, *guesses]
    scores |= {name: strangeness(sample, name) for name in candidates if name not in scores}
    if min(scores.values()) > MARGIN and len(sample.translate(None, _ASCII)) >= SHORT_UTF8_EXTRA_BYTES:
        # all look wrong and there is enough to judge by: try the rest of the common ones
        guesses += [name for name in _LAST_RESORT if name not in candidates]
        scores |= {name: strangeness(sample, name) for name in guesses}
        candidates = [*declared, *guesses]
    if scores["utf-8"] > 0.5 and len(candidates) > 1:
        candidates.remove("utf-8")
    limit = min(scores[name] for name in candidates) + MARGIN
    believed = next(name for name in candidates if scores[name] <= limit)
    if believed in guesses:  # nothing declared it: no reason to believe a stranger reading
        believed = min(guesses, key=scores.__getitem__)
    return _decode_as(body, believed), believed


def _declared(body: bytes, http_label: str | None, first: tuple[str, ...]) -> tuple[list[str], bool]:
    """Declared encodings in the order in which they are believed, each once, and whether there is more to guess."""
    header, meta = encoding_named(http_label), encoding_in_markup(body)
    said = [meta, header] if header == "windows-1252" and meta is not None else [header, meta]
    if first and not any(name in TWO_BYTE for name in said):
        return list(first), False  # of the declared sets only a two-byte one would produce valid UTF-8 by accident
    named = dict.fromkeys([*first, "utf-8", *said])
    return [name for name in named if name and not name.startswith("utf-16")], True


def _guesses(body: bytes, sample: bytes, declared: list[str]) -> list[str]:
    """Encodings that nothing declares, in the order in which they are believed, each once."""
    detected = _NAME_OF_CODEC.get(detect_encoding(sample, html5_compatible=False) or "")
    language = encoding_of_language(body)
    order = [language, "windows-1252", detected] if detected in _LATIN else [language, detected, "windows-1252"]
    return [name for name in dict.fromkeys(order) if name and name not in declared and not name.startswith("utf-")]


def _decode_as(body: bytes, name: str) -> str:
    text = body.decode(CODECS[name], "replace")
    if name.startswith("iso-8859-"):
        page = _WINDOWS_PAGE.get(name, "cp1252")
        return _C1.sub(lambda match: match[0].encode("latin-1").decode(page, "replace"), text)
    if name in _VENDOR_CODEC and "\ufffd" in text:
        second = body.decode(_VENDOR_CODEC[name], "replace")
        return second if second.count("\ufffd") < text.count("\ufffd") else text
    return text


def _plain(text: str) -> str:
    """Without the mark; the replacement of lone surrogates is the decoder's work."""
    return text.removeprefix("\ufeff")
