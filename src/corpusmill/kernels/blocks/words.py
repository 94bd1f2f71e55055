"""Words of blocks as hashes, tables that know some of them, and the words a page is announced with."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from corpusmill.kernels.html.elements import CONTENT as CONTENT_VALUE
from corpusmill.kernels.html.elements import HASH_FACTOR, HASH_START, NUMBERS, fold, name_hash
from corpusmill.kernels.html.elements import NAME as NAME_VALUE
from corpusmill.kernels.html.elements import PROPERTY as PROPERTY_VALUE
from corpusmill.machine_code.jit import inlined, kernel

MOST_ANNOUNCED = 48  # different words of a title, or of a description

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(24)
_META = NUMBERS["meta"]
_TITLE, _DESCRIPTION, _OTHER_DESCRIPTION = (
    np.uint64(name_hash(name)) for name in ("og:title", "description", "og:description")
)


class Announced(NamedTuple):
    """Hashes of the words of each page's title and description, each once; at `firsts[page]:firsts[page + 1]`."""

    titles: Any
    title_firsts: Any
    descriptions: Any
    description_firsts: Any


def _folded() -> np.ndarray:
    """What each byte is in a word, letters in lower case; 0 for those that are no letter, digit or part of UTF-8."""
    folded = np.zeros(256, np.uint64)
    for byte in range(256):
        if byte >= 0x80 or chr(byte).isalnum():
            folded[byte] = byte + 32 if 65 <= byte <= 90 else byte
    return folded


_FOLDED = _folded()
_NO_WORD = np.uint64(0)


@inlined
def next_word(text: Any, at: int, end: int) -> Any:
    """Hash of the next run of letters, digits and bytes beyond ASCII in lower case, where it ends; 0: there is none."""
    byte = _NO_WORD
    while at < end:
        byte = _FOLDED[text[np.uint64(at)]]  # unsigned: no test for an index from the end
        if byte != _NO_WORD:
            break
        at += 1
    if at >= end:
        return _NO_WORD, end
    state = HASH_START
    while byte != _NO_WORD:
        state = (state ^ byte) * HASH_FACTOR
        at += 1
        byte = _FOLDED[text[np.uint64(at)]] if at < end else _NO_WORD
    return max(state, np.uint64(1)), at


@inlined
def slot_of(keys: Any, wanted: Any) -> Any:
    """Where `wanted` stands in the table, or the empty slot where it would; the table's size is a power of two."""
    last = np.uint64(keys.size - 1)
    slot = ((wanted * _SPREAD) >> _SHIFT) & last
    while keys[np.int64(slot)] != 0 and keys[np.int64(slot)] != wanted:
        slot = (slot + np.uint64(1)) & last
    return np.int64(slot)


@kernel
def fill_table(hashes: Any, keys: Any) -> Any:
    """Put distinct `hashes`, none of them 0, into the empty table `keys`; returns the slot int64 of each."""
    slots = np.empty(hashes.size, np.int64)
    for i in range(hashes.size):
        slots[i] = slot_of(keys, hashes[i])
        keys[slots[i]] = hashes[i]
    return slots


@kernel
def _gather_words(text: Any, start: int, end: int, out: Any, first: int, at: int) -> int:
    """Different words of `text[start:end]` behind those in `out[first:at]`, MOST_ANNOUNCED at most; the new end."""
    while start < end and at - first < MOST_ANNOUNCED:
        word, start = next_word(text, start, end)
        if word == 0:
            break
        known = False
        for i in range(first, at):
            known = known or out[i] == word
        if not known:
            out[at] = word
            at += 1
    return at


@kernel
def _hash_of(source: Any, start: int, end: int) -> Any:
    state = HASH_START
    for i in range(start, min(end, start + 64)):
        state = fold(state, source[i])
    return state


@kernel
def announced_words(
    element_tag: Any, value_element: Any, value_name: Any, value_start: Any, value_end: Any, value_offsets: Any,
    block_start: Any, block_end: Any, block_offsets: Any, in_title: Any, text: Any, source: Any,
) -> Any:  # fmt: skip
    """Announced of each page: the words of og:title, or of the first `<title>`, and of its longest description.

    References in attributes are not decoded: `&amp;` gives the word `amp`.
    """
    pages = value_offsets.size - 1
    titles, title_firsts = np.empty(pages * MOST_ANNOUNCED, np.uint64), np.zeros(pages + 1, np.int64)
    descriptions, description_firsts = np.empty(pages * MOST_ANNOUNCED, np.uint64), np.zeros(pages + 1, np.int64)
    for page in range(pages):
        first, at = title_firsts[page], title_firsts[page]
        begins, ends = 0, 0
        named, content = np.uint64(0), -1
        stop = value_offsets[page + 1]
        for row in range(value_offsets[page], stop):
            element = value_element[row]
            if element_tag[element] != _META:
                continue
            if value_name[row] == NAME_VALUE or value_name[row] == PROPERTY_VALUE:
                named = _hash_of(source, value_start[row], value_end[row])
            elif value_name[row] == CONTENT_VALUE:
                content = row
            if row + 1 == stop or value_element[row + 1] != element:
                if content >= 0 and named == _TITLE and at == first:
                    at = _gather_words(source, value_start[content], value_end[content], titles, first, at)
                described = content >= 0 and named in (_DESCRIPTION, _OTHER_DESCRIPTION)
                if described and value_end[content] - value_start[content] > ends - begins:
                    begins, ends = value_start[content], value_end[content]
                named, content = np.uint64(0), -1
        block = block_offsets[page]
        while at == first and block < block_offsets[page + 1]:
            if in_title[block]:
                at = _gather_words(text, block_start[block], block_end[block], titles, first, at)
            block += 1
        title_firsts[page + 1] = at
        first = description_firsts[page]
        description_firsts[page + 1] = _gather_words(source, begins, ends, descriptions, first, first)
    return Announced(titles, title_firsts, descriptions, description_firsts)
