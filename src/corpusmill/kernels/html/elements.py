"""Elements and attributes by number: their classes for the parser, and what being inside one says of text.

Numbers are for arrays of one process and its tests; files name elements. A name that is not in the list has the number
0 in tables and a hash of its letters, which is negative, on the stack of open elements.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.html.lookup import keys_of, slot_in
from corpusmill.kernels.html.tags import CLASSES
from corpusmill.machine_code.jit import inlined, kernel


def words_of(text: str) -> tuple[str, ...]:
    """The words of a list that is written as one string."""
    return tuple(text.split())


# Classes beside those of `tags.py`, in the same table.
BLOCK, BREAKOUT, HEADING, ATOMIC, SKIPPED, SCOPE, CONTROL, CELL = (1 << bit for bit in range(16, 24))

_MORE_CLASSES = {
    # Text before, within and behind them belongs to different blocks.
    BLOCK: "address article aside blockquote button caption center datalist dd details dialog dir div dl dt fieldset"
    " figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr legend li listing main marquee menu nav"
    " noscript ol optgroup option p plaintext pre search section select summary table tbody td template textarea tfoot"
    " th thead title tr ul xmp body head html",
    BREAKOUT: "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing"
    " menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var",
    HEADING: "h1 h2 h3 h4 h5 h6",
    ATOMIC: "audio canvas embed iframe img input object video",  # they part words
    SKIPPED: "script style iframe noembed noframes",  # what they hold is no text of the page
    # An end tag does not reach what is open around these.
    SCOPE: "applet caption marquee object table td template th foreignobject desc annotation-xml mi mo mn ms mtext",
    CONTROL: "input select textarea button",
    CELL: "td th caption",
}

# What a block or a span is inside of: bits of int64.
(
    IN_LINK,
    IN_HIDDEN,
    IN_NOSCRIPT,
    IN_TEMPLATE,
    IN_SVG,
    IN_MATH,
    IN_MATH_SOURCE,
    IN_TITLE,
    IN_CONTROL,
    IN_VERBATIM,
    IN_CODE,
    IN_LIST,
    IN_DEFINITIONS,
    IN_TABLE,
    IN_HEADER_CELL,
    IN_CAPTION,
    IN_FIGURE,
    IN_QUOTE,
    IN_HEADING,
    IN_NAV,
    IN_HEADER,
    IN_FOOTER,
    IN_ASIDE,
    IN_MAIN,
    IN_ARTICLE,
    IN_SECTION,
    IN_FORM,
    IN_PARAGRAPH,
    IN_EMPHASIS,
    IN_RUBY_TEXT,
    IN_FALLBACK,
    IN_ARIA_HIDDEN,
    IN_DETAILS,
    IN_BUTTON,
) = (1 << bit for bit in range(34))

FLAG_NAMES = words_of(
    "link hidden noscript template svg math math_source title control verbatim code list definitions table"
    " header_cell caption figure quote heading nav header footer aside main article section form paragraph emphasis"
    " ruby_text fallback aria_hidden details button"
)

# Text with any of these stands in a block of its own, wherever it is.
APART = (
    IN_HIDDEN | IN_NOSCRIPT | IN_TEMPLATE | IN_SVG | IN_MATH_SOURCE | IN_TITLE | IN_CONTROL | IN_FALLBACK | IN_RUBY_TEXT
)

# What no reader of a page sees as text; hidden by style or attribute is another matter, since scripts show it.
UNSEEN = IN_TITLE | IN_TEMPLATE | IN_NOSCRIPT | IN_SVG | IN_MATH_SOURCE | IN_FALLBACK | IN_CONTROL | IN_RUBY_TEXT

_FLAGS = {
    IN_NOSCRIPT: "noscript",
    IN_TEMPLATE: "template",
    IN_SVG: "svg",
    IN_MATH: "math",
    IN_MATH_SOURCE: "annotation annotation-xml",
    IN_TITLE: "title",
    IN_CONTROL: "select textarea option optgroup datalist",
    IN_VERBATIM: "pre listing plaintext textarea xmp",
    IN_CODE: "code kbd samp tt",
    IN_LIST: "ul ol menu dir",
    IN_DEFINITIONS: "dl",
    IN_TABLE: "table",
    IN_HEADER_CELL: "th",
    IN_CAPTION: "caption figcaption",
    IN_FIGURE: "figure",
    IN_QUOTE: "blockquote q",
    IN_HEADING: "h1 h2 h3 h4 h5 h6",
    IN_NAV: "nav",
    IN_HEADER: "header",
    IN_FOOTER: "footer",
    IN_ASIDE: "aside",
    IN_MAIN: "main",
    IN_ARTICLE: "article",
    IN_SECTION: "section",
    IN_FORM: "form",
    IN_PARAGRAPH: "p",
    IN_EMPHASIS: "b strong i em u mark big",
    IN_RUBY_TEXT: "rt rp",
    IN_FALLBACK: "audio canvas video annotation-xml",
    IN_DETAILS: "details",
    IN_BUTTON: "button",
}
_OTHERS = (
    "abbr acronym bdi bdo cite data del dfn ins label legend map meter output picture progress q rb rtc ruby slot span"
    " sub sup time var image math svg annotation annotation-xml"
)

_MATHML = "mfrac msup msub msubsup msqrt mroot mover munder munderover mfenced mtable mtr mlabeledtr mtd"  # at the end


def _names() -> tuple[str, ...]:
    tables = (CLASSES, _MORE_CLASSES, _FLAGS)
    named = {name for table in tables for names in table.values() for name in names.split()}
    return ("", *sorted(named | set(_OTHERS.split())), *_MATHML.split())


NAMES = _names()
NUMBERS = {name: number for number, name in enumerate(NAMES)}


def _bits(table: dict[int, str]) -> list[int]:
    return [sum(bit for bit, names in table.items() if name in names.split()) for name in NAMES]


KINDS = np.array([first | second for first, second in zip(_bits(CLASSES), _bits(_MORE_CLASSES), strict=True)], np.int64)
FLAGS = np.array(_bits(_FLAGS), np.int64)

HASH_START, HASH_FACTOR = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)  # FNV-1a

# Attributes whose values are looked at.
ATTRIBUTES = words_of(
    "class id role itemprop hidden style aria-hidden href type encoding alt name property content http-equiv lang"
    " datetime colspan rowspan rel start alttext display"
)
(
    CLASS,
    ID,
    ROLE,
    ITEMPROP,
    HIDDEN,
    STYLE,
    ARIA_HIDDEN,
    HREF,
    TYPE,
    ENCODING,
    ALT,
    NAME,
    PROPERTY,
    CONTENT,
    HTTP_EQUIV,
    LANG,
    DATETIME,
    COLSPAN,
    ROWSPAN,
    REL,
    START,
    ALTTEXT,
    DISPLAY,
) = range(len(ATTRIBUTES))


def name_hash(name: str) -> int:
    """FNV-1a, 64 bits, of the lower-case UTF-8 letters of `name`.

    >>> hex(name_hash("a")), name_hash("DIV") == name_hash("div")
    ('0xaf63dc4c8601ec8c', True)
    """
    state = int(HASH_START)
    for byte in name.encode():
        state = (state ^ (byte + 32 if 65 <= byte <= 90 else byte)) * int(HASH_FACTOR) % 2**64
    return state


_HASHES, _places = keys_of(map(name_hash, NAMES[1:]), 1024)
_NUMBERS = np.zeros(len(_HASHES), np.int64)
_NUMBERS[_places] = np.arange(1, len(NAMES))
_ATTRIBUTE_HASHES, _places = keys_of(map(name_hash, ATTRIBUTES), 128)
_ATTRIBUTE_NUMBERS = np.zeros(len(_ATTRIBUTE_HASHES), np.int64)
_ATTRIBUTE_NUMBERS[_places] = np.arange(len(ATTRIBUTES))


@inlined
def fold(state: np.uint64, byte: Any) -> np.uint64:
    """The hash `state` with one more byte, upper case as lower case."""
    lower = byte + 32 if 65 <= byte <= 90 else byte
    return (state ^ np.uint64(lower)) * HASH_FACTOR


@kernel
def element_number(name: np.uint64) -> Any:
    """Number of the element whose name has this hash; 0: none of the list."""
    slot = slot_in(_HASHES, name)
    return _NUMBERS[slot] if slot >= 0 else 0


@kernel
def attribute_number(name: np.uint64) -> Any:
    """Number of the attribute whose name has this hash; -1: none of the list."""
    slot = slot_in(_ATTRIBUTE_HASHES, name)
    return _ATTRIBUTE_NUMBERS[slot] if slot >= 0 else -1
