"""The blocks of each page that are its main content."""

from __future__ import annotations

import numpy as np

from corpusmill.errors import Refused, nearest
from corpusmill.extract.blocks.tables import ParsedPages
from corpusmill.extract.blocks.text import Mask
from corpusmill.extract.learned.features import PROFILES, candidates_of
from corpusmill.extract.learned.model import ExtractorModel, shipped_model
from corpusmill.kernels.block_choice import best_choice

ARTICLE, WHOLE_PAGE = "article", "whole-page"


def main_content(pages: ParsedPages, profile: str = ARTICLE, model: ExtractorModel | None = None) -> Mask:
    """Of each block whether it is kept: those that give its page the highest expected F1 of words.

    `article`: the main text, without what readers wrote below it; `whole-page`: with it. A page with any text that is
    seen keeps one block at least. `model`: another than the shipped one. The choice for a page depends on it alone.
    Raises Refused for a profile that is none.
    """
    if profile not in PROFILES:
        raise Refused(
            f"there is no profile {profile!r}, only {', '.join(sorted(PROFILES))}{nearest(profile, PROFILES)}"
        )
    known = model or shipped_model()
    found = candidates_of(pages, known.lexicon)
    found.profile(profile)
    chosen = np.zeros(len(pages.blocks.element), bool)
    best_choice(known.probabilities(found), found.firsts, found.rows, pages.blocks.counts, chosen)
    return chosen
