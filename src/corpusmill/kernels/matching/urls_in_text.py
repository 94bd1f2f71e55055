"""URLs in running text by their top-level domains, and IPv4 addresses, with the white space before them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.bits import SPACE, WORD, address
from corpusmill.kernels.characters.classify import window
from corpusmill.machine_code.jit import inlined, kernel

HOST, PATH = 1, 2  # bits of `signs`
MOST_HOST_CHARS = 256
MOST_SPACES = 10
SCHEMES = (b"https://", b"http://", b"ftp://")
SCHEME_BYTES = np.frombuffer(b"".join(SCHEMES), np.uint8)
SCHEME_OFFSETS = np.cumsum([0, *map(len, SCHEMES)])

_ALPHANUMERIC = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Endings(NamedTuple):
    """Top-level domains by their first byte, the longest first; and what may stand in a host and in a path."""

    data: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]  # [257]: those that begin with byte b are first[b]:first[b + 1]
    signs: npt.NDArray[np.uint8]  # [256]


def endings_of(domains: Sequence[str]) -> Endings:
    """Of top-level domains without their dot, lower case as they are to be found."""
    listed = sorted((domain.encode() for domain in domains), key=lambda domain: (domain[0], -len(domain), domain))
    signs = np.zeros(256, np.uint8)
    signs[list(_ALPHANUMERIC + b"-@:%._+~#=")] = HOST | PATH
    signs[list(b"()?&/")] |= PATH
    return Endings(
        np.frombuffer(b"".join(listed), np.uint8),
        np.cumsum([0, *map(len, listed)]),
        np.searchsorted(np.array([domain[0] for domain in listed]), np.arange(257)),
        signs,
    )


@inlined
def _is_word(masks: Any, base: Any, at: Any, end: Any) -> Any:
    """Whether the byte `at` of a document belongs to a word; none does behind its end or before its start."""
    return 0 <= at < end and window(masks, base, WORD, at, 1) != 0


@inlined
def _with_scheme(data: Any, start: Any, floor: Any, schemes: Any, offsets: Any) -> Any:
    """Where the scheme begins that ends at `start` and lies behind `floor`; `start` without one."""
    for scheme in range(len(offsets) - 1):
        size = offsets[scheme + 1] - offsets[scheme]
        if start - size < floor:
            continue
        same = 0
        while same < size and data[start - size + same] == schemes[offsets[scheme] + same]:
            same += 1
        if same == size:
            return start - size
    return start


@inlined
def _with_spaces(data: Any, masks: Any, base: Any, origin: Any, start: Any, floor: Any) -> Any:
    """Where the white space begins that ends at `start`, at most MOST_SPACES code points, behind `floor`."""
    for _ in range(MOST_SPACES):
        if start <= floor or not window(masks, base, SPACE, start - 1 - origin, 1):
            break
        start -= 1
        while data[start] & 0xC0 == 0x80:
            start -= 1
    return start


@inlined
def _ending(data: Any, masks: Any, base: Any, origin: Any, at: Any, end: Any, endings: Endings) -> Any:
    """Where the top-level domain ends that begins at `at` and ends as a word does; -1 where there is none."""
    if at >= end:
        return -1
    for domain in range(endings.first[data[at]], endings.first[data[at] + 1]):
        first = endings.offsets[domain]
        size = endings.offsets[domain + 1] - first
        if at + size > end:
            continue
        same = 1
        while same < size and data[at + same] == endings.data[first + same]:
            same += 1
        if same < size:
            continue
        stop = at + size
        inside = _is_word(masks, base, stop - 1 - origin, end - origin)
        if inside != _is_word(masks, base, stop - origin, end - origin):
            return stop
    return -1


@kernel
def find_urls(
    data: Any,
    masks: Any,
    blocks: Any,
    documents: Any,
    chosen: Any,
    endings: Endings,
    schemes: Any,
    scheme_offsets: Any,
    spans: Any,
    offsets: Any,
) -> Any:
    """Spans of hosts that end in a top-level domain, with scheme, path and white space before; returns how many.

    Only in documents that bool[n] `chosen` has. spans int64[count, 2] may have no rows: then they are only counted.
    """
    count = 0
    fill = len(spans) > 0
    signs = endings.signs
    offsets[0] = 0
    for document in range(len(documents) - 1):
        base, origin, end = blocks[document], documents[document], documents[document + 1]
        mask = address(masks)
        at = floor = origin
        while at < end and chosen[document]:
            if data[at] != 0x2E:
                at += 1
                continue
            stop = _ending(data, mask, base, origin, at + 1, end, endings)
            low = at
            if stop >= 0:
                while low > floor and at - low < MOST_HOST_CHARS and signs[data[low - 1]] & HOST:
                    low -= 1
            if low == at:
                at += 1
                continue
            dot = at + 1  # the last dot that the host can reach decides
            while dot < end and dot <= low + MOST_HOST_CHARS and signs[data[dot]] & HOST:
                if data[dot] == 0x2E:
                    later = _ending(data, mask, base, origin, dot + 1, end, endings)
                    stop = later if later >= 0 else stop
                dot += 1
            while stop < end and signs[data[stop]] & PATH:
                stop += 1
            low = _with_scheme(data, low, floor, schemes, scheme_offsets)
            low = _with_spaces(data, mask, base, origin, low, floor)
            if fill:
                spans[count, 0], spans[count, 1] = low, stop
            count += 1
            at = floor = stop
        offsets[document + 1] = count
    return count


@inlined
def _quad_end(data: Any, at: Any, end: Any) -> Any:
    """Behind the first digit of the fourth of four numbers of up to three digits, from 0 to 299; -1 without them."""
    for _ in range(3):
        digits = 0
        first = at
        while at < end and digits < 4 and 0x30 <= data[at] <= 0x39:
            at += 1
            digits += 1
        if digits == 0 or digits == 4 or (digits == 3 and data[first] > 0x32) or at >= end or data[at] != 0x2E:
            return -1
        at += 1
    return at + 1 if at < end and 0x30 <= data[at] <= 0x39 else -1


@kernel
def find_quads(
    data: Any,
    masks: Any,
    blocks: Any,
    documents: Any,
    signs: Any,
    schemes: Any,
    scheme_offsets: Any,
    spans: Any,
    offsets: Any,
) -> Any:
    """As `find_urls`, of IPv4 addresses that begin as a word does; what follows them goes as a path does."""
    count = 0
    fill = len(spans) > 0
    offsets[0] = 0
    for document in range(len(documents) - 1):
        base, origin, end = blocks[document], documents[document], documents[document + 1]
        mask = address(masks)
        at = floor = origin
        while at < end:
            byte = data[at]
            if byte < 0x30 or byte > 0x39 or _is_word(mask, base, at - 1 - origin, end - origin):
                at += 1
                continue
            stop = _quad_end(data, at, end)
            if stop < 0:
                at += 1
                continue
            while stop < end and signs[data[stop]] & PATH:
                stop += 1
            low = _with_scheme(data, at, floor, schemes, scheme_offsets)
            if _is_word(mask, base, low - 1 - origin, end - origin):
                low = at
            low = _with_spaces(data, mask, base, origin, low, floor)
            if fill:
                spans[count, 0], spans[count, 1] = low, stop
            count += 1
            at = floor = stop
        offsets[document + 1] = count
    return count
