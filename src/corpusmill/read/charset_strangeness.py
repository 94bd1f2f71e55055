"""How strange a decoding looks: the evidence by which the bytes outvote a declaration.

Wrong decodings betray themselves in a few ways that no language shares: symbols inside words, words made of accented
letters alone, two scripts in one word, capitals after small letters, characters that the character set itself files
among the rare ones, and bytes that have no meaning at all. The measure is the share of the non-ASCII characters that do
so.

>>> russian = "Привет, мир".encode("koi8-r")
>>> strangeness(russian, "koi8-r") < 0.05 < 0.9 < strangeness(russian, "windows-1252")
True
"""

from __future__ import annotations

import re
from collections.abc import Callable

from corpusmill.read.charset_declared import CODECS

SAMPLE_TOKENS = 800
SAMPLE_BYTES = 12000
PART_BYTES = 16384

Marked = Callable[[bytes, bool], list[bytes]]
_TAG = re.compile(rb"<[^<>]*>")

_MEANINGLESS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]")
_SYMBOL_IN_WORD = re.compile(r"(?<=[^\W\d_])[¡-©¬®-³¶¸-¹»-¿×÷‚„…†‡ˆ‰‹›•˜™€¨΄΅](?=[^\W\d_])")
_FRACTION_BEFORE_WORD = re.compile(r"[¼-¾](?=[^\W\d_])")
_ACCENTED_ONLY = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024fƒ]{3,}")
_SCRIPTS_MIXED = re.compile(
    "[A-Za-z\u00c0-\u024f][\u0370-\u03ff\u0400-\u052f\u0590-\u05ff\u0600-\u06ff\u0e00-\u0e7f]"
    "|[\u0370-\u03ff][\u0400-\u06ff\u0e00-\u0e7f]|[\u0400-\u052f][A-Za-z\u00c0-\u03ff\u0590-\u06ff\u0e00-\u0e7f]"
    "|[\u0590-\u05ff][A-Za-z\u00c0-\u052f\u0600-\u0e7f]|[\u0600-\u06ff][A-Za-z\u00c0-\u05ff\u0e00-\u0e7f]"
)
_CAPITAL_INSIDE = re.compile(
    "[a-z\u00df-\u00f6\u00f8-\u00ff][\u00c0-\u00d6\u00d8-\u00de]|[\u00df-\u00f6\u00f8-\u00ff][A-Z]"
    "|[а-яёєіїґ][А-ЯЁЄІЇҐ]|[ά-ώ][Α-Ω]"
)
_BOX_DRAWING = re.compile("[\u2500-\u257f]")
_HALF_WIDTH = re.compile("[\uff61-\uff9f]")
_CYRILLIC = re.compile("[\u0400-\u045f]")
_CYRILLIC_COMMON = re.compile("[оеаинтсрвлкОЕАИНТСРВЛК]")
_CYRILLIC_CAPITAL = re.compile("[А-ЯЁЀ-Џ]")
_GREEK = re.compile("[\u0384-\u03ce]")
_GREEK_COMMON = re.compile("[αοιετσςνρκπάόίήέηυΑΟΙΕΤΣΝΡΚΠΗΥ]")
_IDEOGRAPH = re.compile("[\u3400-\u9fff\uf900-\ufaff\uac00-\ud7a3]")

# The two-byte sets list common characters first: (codec of the plain set, first and last lead byte of that part).
_COMMON_ROWS: dict[str, tuple[str, int, int]] = {
    "gbk": ("gb2312", 0xB0, 0xD7),
    "gb18030": ("gb2312", 0xB0, 0xD7),
    "big5": ("big5", 0xA4, 0xC6),
    "euc-jp": ("euc-jp", 0xB0, 0xCF),
    "shift_jis": ("euc-jp", 0xB0, 0xCF),
    "iso-2022-jp": ("euc-jp", 0xB0, 0xCF),
    "euc-kr": ("euc-kr", 0xB0, 0xC8),
}


def sample_of(body: bytes, marked: Marked | None = None) -> bytes:
    """Words with bytes above 0x7f, outside tags where there are any, taken evenly from the whole page.

    `marked` finds them: `marked_tokens`, or something faster.
    """
    found = marked or marked_tokens
    if len(body) > 4 * PART_BYTES:
        starts = range(PART_BYTES, len(body) - PART_BYTES, (len(body) - PART_BYTES) // 3)
        # a part begins at a tag: in the middle of a two-byte character all that follows would be misread
        parts = [b"<" + body[start : start + PART_BYTES].partition(b"<")[2] for start in starts]
        if sample := _sample(b" ".join([body[:PART_BYTES].rpartition(b"<")[0], *parts]), found):
            return sample
    return _sample(body, found)


def marked_tokens(body: bytes, tags: bool) -> list[bytes]:
    """Tokens between white space with bytes above 0x7f; with `tags` these are white space, too."""
    return [token for token in (_TAG.sub(b" ", body) if tags else body).split() if not token.isascii()]


def _sample(body: bytes, marked: Marked) -> bytes:
    tokens = marked(body, True) or marked(body, False)
    step = max(1, len(tokens) // SAMPLE_TOKENS)
    return b" ".join(tokens[::step])[:SAMPLE_BYTES]


def strangeness(sample: bytes, encoding: str) -> float:
    """Share of the non-ASCII characters of `sample` that look wrong when read as `encoding`: 0 natural … 1 nonsense."""
    text = sample.decode(CODECS[encoding], "replace")
    if encoding not in _COMMON_ROWS and encoding != "utf-8":
        return _strangeness_of_letters(text, len(sample) - len(sample.decode("ascii", "ignore")))
    characters = len(text) - len(text.encode("ascii", "ignore"))
    if not characters:
        return 0.0
    # one stray byte among many good sequences is dirt, not evidence: it counts once
    wrong: float = len(_MEANINGLESS.findall(text))
    if encoding != "utf-8":
        wrong += 0.5 * len(_HALF_WIDTH.findall(text)) + _rare_ideographs("".join(_IDEOGRAPH.findall(text)), encoding)
    return min(1.0, wrong / characters)


def _strangeness_of_letters(text: str, characters: int) -> float:
    if not characters:
        return 0.0
    wrong: float = len(_MEANINGLESS.findall(text)) + 2 * len(_SYMBOL_IN_WORD.findall(text))
    wrong += len(_BOX_DRAWING.findall(text)) + len(_FRACTION_BEFORE_WORD.findall(text))
    wrong += len("".join(_ACCENTED_ONLY.findall(text))) + len(_SCRIPTS_MIXED.findall(text))
    wrong += len(_CAPITAL_INSIDE.findall(text))
    cyrillic = len(_CYRILLIC.findall(text))
    if cyrillic > 2:
        wrong += cyrillic * max(0.0, 0.45 - len(_CYRILLIC_COMMON.findall(text)) / cyrillic) * 2
        # KOI8-R and windows-1251 hold small letters where the other holds capitals
        wrong += 0.25 * cyrillic * (len(_CYRILLIC_CAPITAL.findall(text)) > 0.6 * cyrillic)
    greek = len(_GREEK.findall(text))
    if greek > 2:
        wrong += greek * max(0.0, 0.5 - len(_GREEK_COMMON.findall(text)) / greek) * 2
    return min(1.0, wrong / characters)


def _rare_ideographs(ideographs: str, encoding: str) -> float:
    codec, first, last = _COMMON_ROWS[encoding]
    pairs = ideographs.encode(codec, "ignore")
    common = sum(first <= lead <= last for lead in pairs[::2]) if len(pairs) % 2 == 0 else 0
    return float(len(ideographs) - common)
