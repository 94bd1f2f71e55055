"""What DCLM's reproduction of RefinedWeb deletes inside texts (RefinedWeb specification §3 and §4)."""

from __future__ import annotations

import functools
import re
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from corpusmill.batch import TextBatch
from corpusmill.rules.replace.compose import composed
from corpusmill.rules.replace.joined import joined
from corpusmill.rules.replace.registry import replacement
from corpusmill.rules.replace.spans import Replaced, deleted, spliced
from corpusmill.segment.pieces import Cuts, newline_lines

if TYPE_CHECKING:
    from corpusmill.kernels.matching.urls_in_text import Endings

SOURCE = "RefinedWeb specification §3 and §4"
MOST_WORDS = 10  # of a line that is edited
_HEAD_CHARS = 32  # longer than any top-level domain


@functools.cache
def top_level_domains() -> tuple[str, ...]:
    """Top-level domains as DCLM lists them, lower case, in Unicode."""
    listed = (resources.files("corpusmill.rules.replace") / "data" / "top_level_domains.txt").read_text("utf-8")
    return tuple(line for line in listed.splitlines() if line and not line.startswith("#"))


@functools.cache
def _endings() -> Endings:
    from corpusmill.kernels.matching.urls_in_text import endings_of

    return endings_of(top_level_domains())


@functools.cache
def _begins_with_domain() -> re.Pattern[str]:
    """Whether a text begins with the letters of a top-level domain; the shortest of those with one beginning tell."""
    domains = top_level_domains()
    shortest = [d for d in domains if not any(d.startswith(other) and d != other for other in domains)]
    return re.compile("|".join(map(re.escape, shortest)), re.IGNORECASE)


@replacement("urls", source=SOURCE, version=1)
def urls(batch: TextBatch) -> Replaced:
    """URLs and IPv4 addresses deleted, with up to ten characters of white space before each; in every text."""
    return _without_urls(batch, np.ones(len(batch), np.bool_))


@replacement("dclm_urls", source=SOURCE, version=1)
def dclm_urls(batch: TextBatch) -> Replaced:
    """As `urls`, but as DCLM does it: URLs go only where the text begins with the letters of a top-level domain.

    "Information on example.com" does so (`in`), "When asked, example.com" does not; IPv4 addresses go everywhere.
    """
    heads = pc.utf8_slice_codeunits(batch.texts, 0, _HEAD_CHARS).to_pylist()
    begins = _begins_with_domain()
    return _without_urls(batch, np.array([begins.match(head) is not None for head in heads], np.bool_))


def _without_urls(batch: TextBatch, chosen: npt.NDArray[np.bool_]) -> Replaced:
    first = _urls(batch, chosen)
    after = TextBatch(spliced(batch, first))
    return composed(batch, first, after, _quads(after))


def _urls(batch: TextBatch, chosen: npt.NDArray[np.bool_]) -> Replaced:
    from corpusmill.kernels.matching.urls_in_text import SCHEME_BYTES, SCHEME_OFFSETS, find_urls

    spans, offsets = np.empty((0, 2), np.int64), np.empty(len(batch) + 1, np.int64)
    views = (batch.data, batch.masks, batch.blocks, batch.offsets)
    for _ in range(2):  # count, then fill
        count = find_urls(*views, chosen, _endings(), SCHEME_BYTES, SCHEME_OFFSETS, spans, offsets)
        spans = np.empty((count, 2), np.int64) if len(spans) == 0 else spans
    return deleted(spans, offsets)


def _quads(batch: TextBatch) -> Replaced:
    from corpusmill.kernels.matching.urls_in_text import SCHEME_BYTES, SCHEME_OFFSETS, find_quads

    spans, offsets = np.empty((0, 2), np.int64), np.empty(len(batch) + 1, np.int64)
    views = (batch.data, batch.masks, batch.blocks, batch.offsets)
    for _ in range(2):  # count, then fill
        count = find_quads(*views, _endings().signs, SCHEME_BYTES, SCHEME_OFFSETS, spans, offsets)
        spans = np.empty((count, 2), np.int64) if len(spans) == 0 else spans
    return deleted(spans, offsets)


@replacement("dclm_items_in_cart", source=SOURCE, version=1)
def dclm_items_in_cart(batch: TextBatch) -> Replaced:
    """`items in cart` deleted in lines of at most ten words, then the blank ones of these; the text stripped."""
    from corpusmill.kernels.edits.line_phrases import ANYWHERE

    return _without_phrase(batch, b"items in cart", ANYWHERE)


@replacement("dclm_read_more", source=SOURCE, version=1)
def dclm_read_more(batch: TextBatch) -> Replaced:
    """As `dclm_items_in_cart`, of `read more` and any three characters at the end of a line (meant were full stops)."""
    from corpusmill.kernels.edits.line_phrases import SUFFIX

    return _without_phrase(batch, b"read more...", SUFFIX)


@replacement("dclm_sign_in", source=SOURCE, version=1)
def dclm_sign_in(batch: TextBatch) -> Replaced:
    """As `dclm_items_in_cart`, of `sign-in` at the start of a line."""
    from corpusmill.kernels.edits.line_phrases import PREFIX

    return _without_phrase(batch, b"sign-in", PREFIX)


def _without_phrase(batch: TextBatch, phrase: bytes, where: int) -> Replaced:
    from corpusmill.kernels.edits.line_phrases import find_line_phrases

    lines = newline_lines(batch)
    kept, offsets = np.empty(len(lines.starts), np.bool_), np.empty(len(lines.starts) + 1, np.int64)
    spans = np.empty((0, 2), np.int64)
    views = (batch.data, batch.masks, batch.blocks, batch.offsets, lines.offsets, lines.starts, lines.ends)
    for _ in range(2):  # count, then fill
        count = find_line_phrases(*views, np.frombuffer(phrase, np.uint8), where, MOST_WORDS, spans, offsets, kept)
        spans = np.empty((count, 2), np.int64) if len(spans) == 0 else spans
    return joined(batch, lines, Cuts(spans, offsets), kept, "\n", strip=True)
