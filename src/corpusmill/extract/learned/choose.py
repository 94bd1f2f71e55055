"""The blocks of each page that are its main content."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from corpusmill.errors import Refused, nearest
from corpusmill.extract.blocks.tables import ParsedPages
from corpusmill.extract.blocks.text import Mask
from corpusmill.extract.learned.features import FEATURES, PROFILES, Candidates, Floats, candidates_of
from corpusmill.extract.learned.model import ExtractorModel, shipped_model
from corpusmill.kernels.blocks.choice import best_choice, keep_between, pool_tables, repeated_runs
from corpusmill.kernels.html.elements import IN_VERBATIM
from corpusmill.kernels.html.tables import UNSPACED, WORDS

ARTICLE, WHOLE_PAGE = "article", "whole-page"

# Chosen on the licensed pages by models that had not seen their sites (docs/extraction.md).
RECALL_WEIGHTS = {ARTICLE: 0.4, WHOLE_PAGE: 0.6}  # of what is missed against what is kept wrongly, see `best_choice`
LEAST_REPEATED_WORDS = 8  # of a block that is not kept again
SURE = 0.9  # a repeated block that is as likely as this is kept again, such as a step of many recipes
LEAST_RUN_WORDS = 100  # of blocks that stood in the same order before, and are not kept again however likely
MIN_WORDS_BESIDE_COMMENTS = 60  # likely main text, for comments to be something beside it

_REPEATS, _COMMENTS, _POSTS, _CODE = (
    FEATURES.index(name) for name in ("repeats_before", "mark_comments", "mark_posts", "in_code")
)


def main_content(pages: ParsedPages, profile: str = ARTICLE, model: ExtractorModel | None = None) -> Mask:
    """Of each block whether it is kept: those that give its page the highest expected F measure of words.

    `article`: the main text, without what readers wrote below it; `whole-page`: with it. What stood on the page before
    is hardly kept again; code between two kept blocks is kept, and a table of data whole or not at all, but for such
    repeats. A page with any text that is seen keeps one block at least. `model`: another than the shipped one. The
    choice for a page depends on it alone.
    Raises Refused for a profile that is none.
    """
    if profile not in PROFILES:
        raise Refused(f"there is no profile {profile!r}.{nearest(profile, PROFILES)}")
    known = model or shipped_model()
    found = candidates_of(pages, known.lexicon)
    found.profile(profile)
    counts = pages.blocks.counts
    chosen = np.zeros(len(counts), bool)
    probabilities = known.probabilities(found)
    pool_tables(found.parsed, found.firsts, found.rows, probabilities)
    probabilities = _settled(found, probabilities, counts, profile)
    best_choice(probabilities, found.firsts, found.rows, counts, RECALL_WEIGHTS[profile], chosen)
    keep_between(pages.blocks.flags[found.rows] & IN_VERBATIM != 0, found.firsts, found.rows, chosen)
    return chosen


def _settled(found: Candidates, probabilities: Floats, counts: npt.NDArray[np.int32], profile: str) -> Floats:
    """What no model need be asked for: repeats, and of an article what its markup calls comments.

    Comments are main content where there is little beside them, or where they are the posts of a forum.
    """
    words = counts[found.rows, WORDS] + counts[found.rows, UNSPACED]
    features = found.features
    repeated = features[:, _REPEATS] > 0
    dropped = np.zeros(len(words), bool)
    repeated_runs(found.parsed, found.firsts, found.rows, repeated, LEAST_RUN_WORDS, dropped)
    dropped |= repeated & (words >= LEAST_REPEATED_WORDS) & (probabilities < SURE)
    dropped &= features[:, _CODE] == 0
    if profile == ARTICLE:
        comments = (features[:, _COMMENTS] > 0) & (features[:, _POSTS] == 0)
        beside = np.where(features[:, _COMMENTS] > 0, 0, probabilities.astype(np.float64) * words)
        page = np.repeat(np.arange(len(found.firsts) - 1), np.diff(found.firsts))
        enough = np.bincount(page, beside, len(found.firsts) - 1) >= MIN_WORDS_BESIDE_COMMENTS
        dropped |= comments & enough[page]
    return np.where(dropped, np.float32(0), probabilities)
