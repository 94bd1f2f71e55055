"""Formulas of a page: which elements show one, where its TeX stands, and what shows it a second time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from corpusmill.kernels.html.bytes import lower
from corpusmill.kernels.html.elements import (
    DISPLAY,
    IN_ARIA_HIDDEN,
    IN_FALLBACK,
    IN_MATH,
    IN_MATH_SOURCE,
    KINDS,
    NUMBERS,
    TYPE,
    name_hash,
    words_of,
)
from corpusmill.kernels.html.lookup import keys_of, slot_in
from corpusmill.kernels.html.scan import attributes, tag_name
from corpusmill.kernels.html.tags import CLOSES_P
from corpusmill.machine_code.jit import inlined, kernel

MATH, SCRIPT, ANNOTATION, IMG, DIV = (NUMBERS[name] for name in words_of("math script annotation img div"))

# What the class of an element says of it: it shows a formula; on a line of its own; and it is drawn from a script
# of TeX that stands behind it (MathJax 2).
SHOWN, DISPLAYED, DRAWN = (1 << bit for bit in range(3))
CLASSES = {
    SHOWN: "katex katex-display MathJax MathJax_Display MathJax_Preview MathJax_SVG MathJax_SVG_Display MathJax_CHTML"
    " MathJax_MathML MathJax_PHTML mjx-chtml MJXc-display mwe-math-element",
    DISPLAYED: "katex-display MathJax_Display MathJax_SVG_Display MJXc-display mwe-math-mathml-display"
    " mwe-math-fallback-image-display mwe-math-fallback-png-display ql-img-displayed-equation",
    DRAWN: "MathJax MathJax_Display MathJax_Preview MathJax_SVG MathJax_SVG_Display MathJax_CHTML MathJax_MathML"
    " MathJax_PHTML mjx-chtml MJXc-display",
}
_NAMES = sorted({name for names in CLASSES.values() for name in names.split()})
_HASHES, _places = keys_of(map(name_hash, _NAMES), 256)
_SAYS = np.zeros(len(_HASHES), np.int64)
_SAYS[_places] = [sum(bit for bit, names in CLASSES.items() if name in names.split()) for name in _NAMES]
_MATH_CLASS = np.uint64(name_hash("math"))
TAG_BYTES = 2048
_DRAWINGS = 3  # elements before a script that may show its formula: a preview, and what it was drawn as


class Parsed(NamedTuple):
    """The columns of `ParsedPages` that writing reads, as plain arrays."""

    tag: Any
    parent: Any
    stop: Any
    element_flags: Any
    ordinal: Any
    element_source: Any
    token_offsets: Any
    hashes: Any
    kinds: Any
    block_element: Any
    block_inner: Any
    block_flags: Any
    joined: Any
    block_starts: Any
    block_ends: Any
    code_chars: Any
    span_block: Any
    span_element: Any
    span_starts: Any
    span_ends: Any
    text: Any
    source: Any


class Formulas(NamedTuple):
    """Of each element, by its row; the last four of those that are a root."""

    root: Any  # int32  the outermost element of the formula it belongs to, -1: none
    before: Any  # int32  the child of its parent before it, -1: none
    tex: Any  # int32  block with the TeX, -1: none
    mathml: Any  # int32  the first `<math>`, -1: none
    says: Any  # int8  SHOWN | DISPLAYED | DRAWN
    written: Any  # int8  1: it has been written or is shown elsewhere


def formulas_for(elements: int) -> Formulas:
    return Formulas(*(np.empty(elements, np.int32) for _ in range(4)), *(np.empty(elements, np.int8) for _ in range(2)))


@inlined
def _said(p: Parsed, element: int) -> Any:
    said = np.int64(0)
    for row in range(p.token_offsets[element], p.token_offsets[element + 1]):
        if p.kinds[row] != 0:
            continue
        slot = slot_in(_HASHES, p.hashes[row])
        if slot >= 0:
            said |= _SAYS[slot]
    return said


@kernel
def value_of(p: Parsed, element: int, number: int, values: np.ndarray) -> Any:
    """Span of the attribute `number` of an element in the pages' bytes; -1, -1 where it has none.

    It is looked for in the first `TAG_BYTES` of the tag, since a tag may be asked once for each element in it.
    """
    start = p.element_source[element]
    tag = p.source[: start + TAG_BYTES]
    _, after = tag_name(tag, start + 1)
    found, _, _ = attributes(tag, after, values)
    if not found >> number & 1:
        return -1, -1
    return values[number, 0], values[number, 1]


@kernel
def _is_displayed(p: Parsed, element: int, values: np.ndarray) -> bool:
    """Whether `display` is block or true, or the type of a script ends in `display`."""
    if p.tag[element] == SCRIPT:
        start, stop = value_of(p, element, TYPE, values)
        return start >= 0 and stop > start and lower(p.source[stop - 1]) == 0x79
    start, stop = value_of(p, element, DISPLAY, values)
    return start >= 0 and stop > start and (lower(p.source[start]) == 0x62 or lower(p.source[start]) == 0x74)


@kernel
def _weigh(p: Parsed, first: int, last: int, first_block: int, last_block: int, f: Formulas) -> None:
    """What tells an element around one formula from one around a page of them.

    `f.tex`: formulas in MathML and scripts in an element, and more than one where text stands in it as pages have it.
    `f.mathml`: images of formulas in it.
    """
    for element in range(first, last):
        tag = p.tag[element]
        f.tex[element] = 1 if tag in (MATH, SCRIPT) else (2 if KINDS[tag] & CLOSES_P and tag != DIV else 0)
        f.mathml[element] = 0
    for block in range(first_block, last_block):
        if p.block_flags[block] & IN_MATH_SOURCE and p.tag[p.block_inner[block]] == IMG:
            f.mathml[p.block_inner[block]] += 1
    for back in range(first + 1, last):
        element = last - (back - first)
        parent = p.parent[element]
        f.tex[parent] = min(f.tex[parent] + f.tex[element], 2)
        f.mathml[parent] = min(f.mathml[parent] + f.mathml[element], 2)


@kernel
def find_formulas(
    p: Parsed, first: int, last: int, first_block: int, last_block: int, values: np.ndarray, f: Formulas
) -> None:
    """Fill the rows `first:last` of `f` for one page."""
    _weigh(p, first, last, first_block, last_block, f)
    for element in range(first, last):
        parent = p.parent[element]
        alone = f.tex[element] <= 1 and f.mathml[element] <= 1
        f.before[element] = f.tex[element] = f.mathml[element] = -1
        f.says[element] = f.written[element] = 0
        f.root[element] = root = f.root[parent] if parent >= 0 else -1
        said = _said(p, element)
        is_math = p.tag[element] == MATH
        if root < 0 and (is_math or (said & SHOWN and alone)):
            f.root[element] = root = element
        if root >= 0:
            if is_math and f.mathml[root] < 0:
                f.mathml[root] = element
            if (is_math or element == root) and _is_displayed(p, element, values):
                said |= DISPLAYED
            f.says[root] |= said
    for element in range(first + 1, last):
        following = p.stop[element]
        if following < last and p.parent[following] == p.parent[element]:
            f.before[following] = element
    for block in range(first_block, last_block):
        if not p.block_flags[block] & IN_MATH_SOURCE or p.block_flags[block] & IN_FALLBACK:
            continue
        element = p.block_inner[block]
        root = f.root[element]
        if root < 0:
            f.root[element] = root = element
            _alone(p, element, values, f)
        if f.tex[root] < 0 or (p.tag[element] == ANNOTATION and p.tag[p.block_inner[f.tex[root]]] != ANNOTATION):
            f.tex[root] = block


@kernel
def _alone(p: Parsed, element: int, values: np.ndarray, f: Formulas) -> None:
    """A formula of which only the TeX stands on the page, or is drawn before it."""
    if p.tag[element] == SCRIPT:
        if _is_displayed(p, element, values):
            f.says[element] |= DISPLAYED
        shown = f.before[element]
        for _ in range(_DRAWINGS):
            if shown < 0 or f.root[shown] != shown or not f.says[shown] & DRAWN:
                break
            f.written[shown] = 1
            f.says[element] |= f.says[shown] & DISPLAYED
            shown = f.before[shown]
        return
    f.says[element] |= _said(p, element) & DISPLAYED
    around = p.parent[element]
    for _ in range(2):
        if around < 0:
            break
        for row in range(p.token_offsets[around], p.token_offsets[around + 1]):
            if p.hashes[row] == _MATH_CLASS and p.kinds[row] == 0 and p.tag[around] == DIV:
                f.says[element] |= DISPLAYED
        around = p.parent[around]


@inlined
def is_double(p: Parsed, block: int, element: int, root: int, f: Formulas) -> Any:
    """Whether text in `element` shows what the formula `root` says: other text in a formula is text of the page."""
    if f.written[root] and f.tex[root] < 0 and f.mathml[root] < 0:
        return True  # drawn before its script
    inside = p.element_flags[element] & ~p.element_flags[root] & IN_ARIA_HIDDEN
    return (p.element_flags[element] & IN_MATH | p.block_flags[block] & IN_MATH_SOURCE | inside) != 0
