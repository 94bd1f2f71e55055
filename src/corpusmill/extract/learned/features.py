"""Blocks as rows of numbers: names of the columns, and the columns themselves.

Both stages read one matrix. Its last columns, what the first stage says of a block's surroundings, are 0 until then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.extract.blocks.tables import ParsedPages
from corpusmill.extract.blocks.text import Mask, seen
from corpusmill.extract.learned.lexicon import MARKS, Lexicon
from corpusmill.kernels.blocks import context as block_context
from corpusmill.kernels.blocks import features as block_features
from corpusmill.kernels.blocks.page import Parsed
from corpusmill.kernels.blocks.words import announced_words
from corpusmill.kernels.html.elements import FLAG_NAMES, IN_TITLE, NAMES, words_of

Floats = npt.NDArray[np.float32]

PROFILES = ("whole-page", "article")  # the last column of the first stage: which of them is asked for

# Elements by what they are likely to hold, so that a tree parts them by one number.
_TAG_ORDER = words_of(
    "p li dd dt td th caption figcaption blockquote pre h1 h2 h3 h4 h5 h6 div section article main span "
    "body center address aside nav header footer form fieldset label legend button a ul ol table tr "
    "figure details summary option select"
)
_FLAGS = words_of(
    "hidden code list table caption figure quote heading nav header footer aside main article section form"
)


def _names() -> tuple[str, ...]:
    own = [
        *words_of(
            "chars words link_density links chars_per_word punctuation commas sentence_ends digits capitals "
            "separators images controls tags line_breaks emphasis code longest_word non_ascii list_depth depth "
            "ordinal tag inner_tag joined"
        )
    ]
    own += [f"in_{flag}" for flag in _FLAGS]
    for level in range(block_features.LEVELS):
        own += [
            f"container{level}_{what}"
            for what in words_of("chars link_density share blocks mean_chars paragraphs tag sentence_ends")
        ]
    reach = block_features.NEIGHBOURS
    for distance in [*range(-reach, 0), *range(1, reach + 1)]:
        own += [f"block{distance:+d}_{what}" for what in words_of("chars link_density tag")]
    for window in block_features.WINDOWS:
        own += [f"window{window}_{what}" for what in words_of("chars link_density sentence_ends headings")]
    own += [f"page_{what}" for what in words_of("blocks link_density paragraphs lists sentence_ends tables")]
    own += words_of("index index_share chars_before_share length_of_longest")
    own += [f"path_{what}" for what in words_of("blocks chars mean_chars link_density share first last")]
    own += [f"class_{what}" for what in words_of("blocks chars mean_chars share")]
    own += words_of(
        "title_share title_blocks title_chars behind_h1 h1_blocks description_share heading_before "
        "heading_behind heading_tag words_mean words_least words_most words_last words_whole words_near "
        "words_near_least repeats_before repeats"
    )
    own += [f"token_{what}" for what in words_of("own nearest before least most sum levels")]
    own += [f"mark_{mark}" for mark in MARKS]
    return (*own, "profile")


def _context_names() -> tuple[str, ...]:
    reach = block_context.NEIGHBOURS
    return (
        "likely",
        *(f"likely{distance:+d}" for distance in [*range(-reach, 0), *range(1, reach + 1)]),
        *(f"likely_window{window}" for window in block_context.WINDOWS),
        *(f"likely_container{level}" for level in range(block_context.LEVELS)),
        *words_of(
            "likely_tree likely_run likely_run_blocks likely_share likely_before likely_most likely_path likely_class"
        ),
        *words_of("likely_balance_before likely_balance_behind"),
    )


FIRST_STAGE = _names()
FEATURES = FIRST_STAGE + _context_names()

_FLAG_BITS = np.array([1 << FLAG_NAMES.index(flag) for flag in _FLAGS], np.int64)
_TAG_NUMBERS = np.array(
    [_TAG_ORDER.index(name) if name in _TAG_ORDER else len(_TAG_ORDER) for name in NAMES], np.float32
)


@dataclass(frozen=True, eq=False)
class Candidates:
    """The blocks of a batch that may be chosen, with text on the page, and their features."""

    rows: npt.NDArray[np.int64]  # of the blocks
    firsts: npt.NDArray[np.int64]  # those of a page are rows[firsts[page]:firsts[page + 1]]
    features: Floats  # [rows, FEATURES]
    parsed: Parsed  # for the kernels, as are the groups of blocks that are alike
    groups: npt.NDArray[np.int64]

    def profile(self, name: str) -> None:
        """Ask for main text as in `article` or `whole-page`."""
        self.features[:, len(FIRST_STAGE) - 1] = PROFILES.index(name)

    @property
    def asked(self) -> str:
        """The profile that was asked for."""
        return PROFILES[int(self.features[0, len(FIRST_STAGE) - 1])]

    def add_context(self, probabilities: Floats) -> None:
        """Fill the columns of the second stage by what the first has found."""
        block_context.block_context(
            self.parsed, self.rows, self.groups, self.firsts, probabilities, self.features, len(FIRST_STAGE)
        )


def candidates(pages: ParsedPages) -> Mask:
    """Blocks that may be chosen: what is seen and has text."""
    mask: Mask = seen(pages) & (pages.blocks.ends > pages.blocks.starts)
    return mask


def candidates_of(pages: ParsedPages, lexicon: Lexicon) -> Candidates:
    """Features of all candidates of a batch, for the profile `whole-page` until another is asked for."""
    parsed = _parsed(pages, candidates(pages))
    rows = np.flatnonzero(parsed.candidate)
    firsts = np.searchsorted(rows, pages.blocks.offsets)
    features = np.zeros((len(rows), len(FEATURES)), np.float32)
    blocks, values = pages.blocks, pages.values
    announced = announced_words(
        pages.elements.tag, values.element, values.name, values.starts, values.ends, values.offsets,
        blocks.starts, blocks.ends, blocks.offsets, blocks.flags & IN_TITLE != 0, pages.text, pages.source,
    )  # fmt: skip
    groups = block_features.block_features(
        parsed, announced, lexicon.tables, _FLAG_BITS, _TAG_NUMBERS, len(MARKS), firsts, features
    )
    return Candidates(rows, firsts, features, parsed, groups)


def _parsed(pages: ParsedPages, candidate: Mask) -> Parsed:
    elements, blocks = pages.elements, pages.blocks
    columns: tuple[Any, ...] = (
        elements.tag, elements.parent, elements.path, elements.depth, elements.ordinal, elements.offsets,
        elements.token_offsets, pages.tokens.hashes, blocks.element, blocks.inner, blocks.flags, blocks.joined,
        blocks.list_depth, blocks.starts, blocks.ends, blocks.offsets, blocks.counts, candidate, pages.text,
    )  # fmt: skip
    return Parsed(*columns)
