"""What the second stage reads of the first, on small pages."""

from __future__ import annotations

import numpy as np
import pytest

from corpusmill.extract.learned.features import FEATURES, candidates_of
from corpusmill.extract.learned.lexicon import NO_LEXICON
from tests.extract.learned.demo import parsed_pages

PAGE = "<nav><p>a</nav><div><p>b c d<p>e f g</div><p>h"  # weights 1.5, 3.5, 3.5, 1.5
LIKELY = [0.0, 1.0, 0.5, 0.25]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("likely", LIKELY),
        ("likely-1", [None, 0, 1, 0.5]),
        ("likely+2", [0.5, 0.25, None, None]),
        ("likely_window3", [0.5625, 0.5625, 0.5625, 0.5625]),
        ("likely_container0", LIKELY),
        ("likely_container1", [0.5625, 0.75, 0.75, 0.5625]),  # nav has no more than its paragraph
        ("likely_container2", [None, 0.5625, 0.5625, None]),
        ("likely_tree", [0, 1, 0, 0]),  # 3.5 for the first paragraph, as much for the div: the inner one
        ("likely_run", [0, 1, 0, 0]),
        ("likely_run_blocks", [-1, 0, 1, 2]),
        ("likely_share", [0.5625] * 4),
        ("likely_before", [0, 0, 0.6222, 0.9333]),
        ("likely_most", [1] * 4),
        ("likely_path", [0, 0.75, 0.75, 0.25]),
        ("likely_class", [0, 0.75, 0.75, 0.25]),
        ("likely_balance_before", [0, -1.5, 2.45, 1.715]),
        ("likely_balance_behind", [3.1325, -0.525, -0.75, 0]),
    ],
)
def test_context(name, expected):
    candidates = candidates_of(parsed_pages([PAGE]), NO_LEXICON)
    candidates.add_context(np.array(LIKELY, np.float32))
    values = candidates.features[:, FEATURES.index(name)]
    assert [None if np.isnan(value) else round(float(value), 4) for value in values] == expected


def test_nothing_is_likely_at_all():
    candidates = candidates_of(parsed_pages([PAGE]), NO_LEXICON)
    candidates.add_context(np.zeros(4, np.float32))
    assert candidates.features[:, FEATURES.index("likely_before")].tolist() == [0] * 4


def test_the_balance_is_bounded():
    candidates = candidates_of(parsed_pages(["<p>" + "word " * 1000 + "<p>x"]), NO_LEXICON)
    candidates.add_context(np.ones(2, np.float32))
    assert candidates.features[:, FEATURES.index("likely_balance_before")].tolist() == [0, 200]
