"""A lexicon out of labelled pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corpusmill.extract.learned.lexicon import Hashes, Lexicon, Scores

Evidence = tuple[Hashes, npt.NDArray[np.float64]]  # distinct hashes of a page, the share of main text of each


@dataclass(frozen=True)
class LexiconParameters:
    min_token_groups: int = 3  # groups of pages (sites) that must know a token before it gets a score
    min_word_groups: int = 5
    smoothing: float = 2.0  # groups that are as the average
    most: float = 4.0  # of a score, either way


@dataclass(frozen=True)
class PageEvidence:
    group: str
    tokens: Evidence
    words: Evidence


def shares(hashes: Hashes, of_main: npt.NDArray[np.float64], of_all: npt.NDArray[np.float64]) -> Evidence:
    """Each hash once, with the share of main text over all places where it stands."""
    distinct, places = np.unique(hashes, return_inverse=True)
    main = np.bincount(places, of_main, len(distinct))
    held = np.bincount(places, of_all, len(distinct))
    return distinct[held > 0], main[held > 0] / held[held > 0]


def lexicon_of(pages: Sequence[PageEvidence], parameters: LexiconParameters) -> Lexicon:
    """Scores of all that enough groups know; a group counts once, as the mean of its pages."""
    numbers = {group: number for number, group in enumerate(sorted({page.group for page in pages}))}
    groups = [numbers[page.group] for page in pages]
    tokens = _scored([page.tokens for page in pages], groups, parameters.min_token_groups, parameters)
    words = _scored([page.words for page in pages], groups, parameters.min_word_groups, parameters)
    return Lexicon(*tokens, *words)


def _scored(
    pages: Sequence[Evidence], groups: Sequence[int], least: int, parameters: LexiconParameters
) -> tuple[Hashes, Scores]:
    if not any(len(page[0]) for page in pages):
        return np.zeros(0, np.uint64), np.zeros(0, np.float32)
    hashes = np.concatenate([page[0] for page in pages])
    main = np.concatenate([page[1] for page in pages])
    owners = np.repeat(groups, [len(page[0]) for page in pages])
    order = np.lexsort((owners, hashes))
    hashes, main, owners = hashes[order], main[order], owners[order]
    begins = np.flatnonzero(_changes(hashes) | _changes(owners))
    main = np.add.reduceat(main, begins) / np.diff(np.append(begins, len(hashes)))  # of a group
    hashes = hashes[begins]
    prior = main.mean()
    if not 0 < prior < 1:  # there is nothing to tell apart
        return hashes[:0], np.zeros(0, np.float32)
    begins = np.flatnonzero(_changes(hashes))
    known = np.diff(np.append(begins, len(hashes)))
    main = np.add.reduceat(main, begins)
    for_main, against = main + parameters.smoothing * prior, known - main + parameters.smoothing * (1 - prior)
    scores = np.log(for_main / against) - np.log(prior / (1 - prior))
    kept = known >= least
    return hashes[begins][kept], np.clip(scores[kept], -parameters.most, parameters.most).astype(np.float32)


def _changes(values: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    changes = np.ones(len(values), bool)
    changes[1:] = values[1:] != values[:-1]
    return changes
