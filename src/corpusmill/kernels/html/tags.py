"""Names of HTML elements as packed integers, and their classes: what the shape scan must know of HTML's grammar.

A name of up to eight letters is packed into 64 bits, first letter highest, in lower case; of longer ones the first
eight letters count. The classes are bits of one table (WHATWG HTML §13.2.4.2 and §13.2.6).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.machine_code.jit import inlined, kernel

VOID, RAW, FORMATTING, SPECIAL, CLOSES_P, BARRIER, TABLE_PART, INTEGRATION, IGNORED = (1 << bit for bit in range(9))


def packed(name: str) -> int:
    """The integer for `name`.

    >>> hex(packed("a")), hex(packed("blockquote")) == hex(packed("blockquo"))
    ('0x61', True)
    """
    return int.from_bytes(name[:8].encode("ascii"), "big")


CLASSES = {
    VOID: "area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr",
    RAW: "script style textarea title xmp iframe noembed noframes",
    FORMATTING: "a b big code em font i nobr s small strike strong tt u",
    SPECIAL: "address applet article aside blockquote button caption center colgroup dd details dialog dir div dl dt"
    " fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup html iframe li listing main"
    " marquee menu nav object ol p plaintext pre search section select summary table tbody td template tfoot th thead"
    " tr ul",
    CLOSES_P: "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form"
    " h1 h2 h3 h4 h5 h6 header hgroup hr li dd dt listing main menu nav ol p plaintext pre search section summary"
    " table ul",
    BARRIER: "applet caption html marquee object table td template th button",
    TABLE_PART: "caption colgroup tbody td tfoot th thead tr",
    INTEGRATION: "foreignobject desc annotation-xml mi mo mn ms mtext",
    IGNORED: "html head body frameset",
}
_NAMES = sorted({name for names in CLASSES.values() for name in names.split()}, key=packed)
_SLOTS = 1024
_PACKED, _BITS = np.zeros(_SLOTS, np.uint64), np.zeros(_SLOTS, np.int64)  # open addressing


@inlined
def _slot(name: np.uint64) -> Any:
    return np.int64((name * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(54))


def _fill() -> None:
    for name in _NAMES:
        slot = (packed(name) * 0x9E3779B97F4A7C15 % 2**64) >> 54
        while _PACKED[slot]:
            slot = (slot + 1) % _SLOTS
        _PACKED[slot] = packed(name)
        _BITS[slot] = sum(bit for bit, names in CLASSES.items() if name in names.split())


_fill()


def _constant(name: str) -> np.uint64:
    return np.uint64(packed(name))


A, P, LI, DD, DT = (_constant(name) for name in ("a", "p", "li", "dd", "dt"))
NOBR, BUTTON, OPTION, OPTGROUP = (_constant(name) for name in ("nobr", "button", "option", "optgroup"))
TABLE, TBODY, THEAD, TFOOT = (_constant(name) for name in ("table", "tbody", "thead", "tfoot"))
TR, TD, TH, SVG, MATH = (_constant(name) for name in ("tr", "td", "th", "svg", "math"))
ADDRESS, DIV = _constant("address"), _constant("div")


@kernel
def classes_of(name: np.uint64) -> Any:
    """Bits of the classes that the packed `name` belongs to; 0 for an element without peculiarities."""
    slot = _slot(name)
    while _PACKED[slot] != 0:
        if _PACKED[slot] == name:
            return _BITS[slot]
        slot = (slot + 1) & (_SLOTS - 1)
    return 0
