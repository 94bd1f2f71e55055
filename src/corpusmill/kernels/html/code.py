"""The programming language of preformatted text, as a class near it names it."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.html.bytes import begins, blank, is_letter
from corpusmill.kernels.html.elements import CLASS, NUMBERS
from corpusmill.kernels.html.formulas import Parsed, value_of
from corpusmill.machine_code.jit import kernel

CODE = NUMBERS["code"]
AROUND = 2  # elements around that may say it
LONGEST = 20

# Words of a class: `language-python`, `highlight-source-shell` (GitHub), `highlight-python3` (Sphinx) …
_PREFIXES = tuple(
    np.frombuffer(word, np.uint8)
    for word in (b"language-", b"lang-", b"highlight-source-", b"highlight-text-", b"highlight-", b"gatsby-code-")
)
_NO_LANGUAGES = tuple(
    np.frombuffer(word, np.uint8) for word in (b"default", b"none", b"plaintext", b"text", b"nohighlight", b"undefined")
)


@kernel
def _language_in(data: np.ndarray, start: int, stop: int) -> Any:
    """Span of the language that the words of a class name; -1, -1: none."""
    while start < stop:
        while start < stop and blank(data[start]):
            start += 1
        end = start
        while end < stop and not blank(data[end]):
            end += 1
        for prefix in _PREFIXES:
            if begins(data, start, end, prefix):
                begun = start + len(prefix)
                wordly = 0 < end - begun <= LONGEST
                for at in range(begun, min(end, begun + LONGEST)):
                    byte = data[at]
                    wordly = wordly and (is_letter(byte) or 48 <= byte <= 57 or byte in (0x2B, 0x23, 0x2D, 0x2E, 0x5F))
                named = False
                for word in _NO_LANGUAGES:
                    named = named or (end - begun == len(word) and begins(data, begun, end, word))
                if wordly and not named:
                    return begun, end
                break
        start = end
    return -1, -1


@kernel
def language_of(p: Parsed, code: int, values: np.ndarray, out: np.ndarray, at: int) -> int:
    """Write the language of the preformatted element `code` to `out`, if it or `<code>` in it or one around says so."""
    element = code
    inner = code + 1
    if inner < p.stop[code] and p.tag[inner] == CODE:
        element = inner
    for _ in range(AROUND + 2):
        start, stop = value_of(p, element, CLASS, values)
        start, stop = _language_in(p.source, start, stop)
        if start >= 0:
            for i in range(start, stop):
                out[at] = p.source[i]
                at += 1
            return at
        element = p.parent[element]
        if element < 0 or p.parent[element] < 0:
            break
    return at
