"""Values of attributes that are kept, and what they say of formulas."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.html.bytes import blank, lower
from corpusmill.kernels.html.elements import (
    ALT,
    ALTTEXT,
    COLSPAN,
    CONTENT,
    DATETIME,
    ENCODING,
    HTTP_EQUIV,
    ITEMPROP,
    LANG,
    NAME,
    NUMBERS,
    PROPERTY,
    REL,
    ROWSPAN,
    START,
    TYPE,
    name_hash,
    words_of,
)
from corpusmill.kernels.html.tables import (
    BASE,
    E_FIRST_TOKEN,
    E_PARENT,
    ELEMENTS,
    TOKEN_HASH,
    TOKEN_KIND,
    TOKENS,
    VALUE_ELEMENT,
    VALUE_END,
    VALUE_NAME,
    VALUE_START,
    VALUES,
    Tables,
)
from corpusmill.machine_code.jit import inlined, kernel

IMG, META, TD, TH, OL, SCRIPT, ANNOTATION, MATH = (
    NUMBERS[name] for name in words_of("img meta td th ol script annotation math")
)

# Classes of images whose alternative text is the TeX they were made of: Sphinx, MediaWiki, WordPress, QuickLaTeX …
IMAGE_CLASSES = words_of(
    "math tex latex mwe-math-fallback-image-inline mwe-math-fallback-image-display mwe-math-fallback-png-inline"
    " mwe-math-fallback-png-display ql-img-inline-formula ql-img-displayed-equation ee_img texrender mimetex"
)
_IMAGE_HASHES = np.array([name_hash(name) for name in IMAGE_CLASSES], np.uint64).view(np.int64)
AROUND = 2  # elements around an image whose class may say that it is a formula
_BACKSLASH, _CARET, _UNDERSCORE, _EQUALS, _BRACE = b"\\^_={"


@inlined
def keep(t: Tables, s: np.ndarray, number: int, start: int, stop: int) -> None:
    """A row of the values for the element made last."""
    row = s[VALUES]
    t.values[row, VALUE_ELEMENT] = s[ELEMENTS] - 1
    t.values[row, VALUE_NAME] = number
    t.values[row, VALUE_START], t.values[row, VALUE_END] = s[BASE] + start, s[BASE] + stop
    s[VALUES] = row + 1


@inlined
def keep_values(t: Tables, s: np.ndarray, name: int, found: int, values: np.ndarray) -> None:
    """The spans of those attributes that say more than a token of a class."""
    wanted = 1 << LANG | 1 << DATETIME | 1 << ITEMPROP | 1 << REL
    if name == IMG:
        wanted |= 1 << ALT
    elif name == META:
        wanted |= 1 << NAME | 1 << PROPERTY | 1 << CONTENT | 1 << HTTP_EQUIV
    elif name in (TD, TH):
        wanted |= 1 << COLSPAN | 1 << ROWSPAN
    elif name == OL:
        wanted |= 1 << START
    elif name == SCRIPT:
        wanted |= 1 << TYPE
    elif name == ANNOTATION:
        wanted |= 1 << ENCODING
    elif name == MATH:
        wanted |= 1 << ALTTEXT
    kept = found & wanted
    number = 0
    while kept >> number:
        if kept >> number & 1:
            keep(t, s, number, values[number, 0], values[number, 1])
        number += 1


@kernel
def names_tex(data: np.ndarray, start: int, stop: int) -> bool:
    """Whether `tex` stands in `data[start:stop]`, in letters of any case."""
    for at in range(start, stop - 2):
        if lower(data[at]) == 0x74 and lower(data[at + 1]) == 0x65 and lower(data[at + 2]) == 0x78:
            return True
    return False


@kernel
def _has_class(t: Tables, start: int, stop: int, wanted: Any) -> bool:
    for row in range(start, stop):
        if t.tokens[row, TOKEN_KIND] == 0:
            for value in wanted:
                if t.tokens[row, TOKEN_HASH] == value:
                    return True
    return False


@kernel
def has_words(data: np.ndarray, start: int, stop: int) -> bool:
    """Whether `data[start:stop]` has more than white space."""
    while start < stop and blank(data[start]):
        start += 1
    return start < stop


@kernel
def is_formula(data: np.ndarray, start: int, stop: int, t: Tables, s: np.ndarray) -> bool:
    """Whether the image made last, of alternative text `data[start:stop]`, is one of a formula, and the text its TeX.

    Its class says so; or the class `math` of an element close around it, and a mark of TeX in the text.
    """
    element = s[ELEMENTS] - 1
    if not has_words(data, start, stop):
        return False
    if _has_class(t, t.elements[element, E_FIRST_TOKEN], s[TOKENS], _IMAGE_HASHES):
        return True
    marked = False
    for at in range(start, stop):
        marked = marked or data[at] in (_BACKSLASH, _CARET, _UNDERSCORE, _EQUALS, _BRACE)
    if marked:
        for _ in range(AROUND):
            element = t.elements[element, E_PARENT]
            if element < 0:
                break
            first, last = t.elements[element, E_FIRST_TOKEN], t.elements[element + 1, E_FIRST_TOKEN]
            if _has_class(t, first, last, _IMAGE_HASHES[:1]):
                return True
    return False
