"""What share of each block belongs to the known main text of its page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

# Letters that are written without spaces between words count one by one.
_WORD = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+?(?=[\u3040-\u9fff])|\w+"
)
_RUN = 4  # words that must stand in the known text in the same order
_LINE_SHARE = 0.8
_SNIPPET_WEIGHT = 4.0  # what people have said counts more than what is derived

Shares = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LabelledPage:
    """A page and what is known of its main content, as one profile wants it."""

    html: str
    truth: str  # the known text; empty: none, so that the page says nothing
    group: str  # pages of one group are never learned from and tried on
    profile: str = "article"  # or whole-page, or both
    inside: tuple[str, ...] = ()  # snippets that people have found to be main content, whatever `truth` says
    outside: tuple[str, ...] = ()
    weight: float = 1.0


def known_words(text: str) -> list[str]:
    """Words of a text in lower case.

    >>> known_words("Two words, 二字")
    ['two', 'words', '二', '字']
    """
    return _WORD.findall(text.lower())


def coverage(blocks: Sequence[Sequence[str]], truth: str) -> Shares:
    """The share float32 of each block's words that the text `truth` has, by runs of four words across blocks.

    A short block that is a line of the text by itself counts too, for 0.8.

    >>> coverage([["home"], ["a", "good", "day"], ["to", "you"]], "A good day to you").tolist()
    [0.0, 1.0, 1.0]
    """
    words = known_words(truth)
    runs = set(zip(*(words[i:] for i in range(_RUN)), strict=False))
    lines = {tuple(known_words(line)) for line in truth.split("\n")}
    flat = [word for block in blocks for word in block]
    covered = np.zeros(len(flat), bool)
    for i in range(len(flat) - _RUN + 1):
        if tuple(flat[i : i + _RUN]) in runs:
            covered[i : i + _RUN] = True
    shares = np.zeros(len(blocks), np.float32)
    at = 0
    for i, block in enumerate(blocks):
        if block:
            shares[i] = covered[at : at + len(block)].mean()
            if tuple(block) in lines:
                shares[i] = max(shares[i], _LINE_SHARE)
        at += len(block)
    return shares


class Labels(NamedTuple):
    """Of the blocks of a page: the share float32 of main text, the weight float64; and how far the page is known.

    `aligned` is the share of the known text that the blocks hold, about: pages far below 1 say little of their blocks.
    """

    main: Shares
    weights: npt.NDArray[np.float64]
    aligned: float


def labels(page: LabelledPage, texts: Sequence[str]) -> Labels:
    """Labels of the blocks with these `texts`; the weights of a page add up to `page.weight`."""
    words = [known_words(text) for text in texts]
    lengths = np.array([len(block) for block in words], np.float64)
    shares = coverage(words, page.truth)
    aligned = float((shares * lengths).sum()) / max(len(known_words(page.truth)), 1)
    weights = np.sqrt(lengths + 1)
    for snippets, share in ((page.outside, 0.0), (page.inside, 1.0)):
        wanted = [snippet.strip() for snippet in snippets if snippet.strip()]
        for i, text in enumerate(texts):
            if any(snippet in text for snippet in wanted):
                shares[i] = share
                weights[i] = np.sqrt(lengths[i] + 1) * _SNIPPET_WEIGHT
    return Labels(shares, weights * (page.weight / weights.sum()), aligned)
