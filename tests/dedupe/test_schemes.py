"""Schemes of near-duplicate search, and how signatures are cut."""

from __future__ import annotations

import math

import pytest

from corpusmill.dedupe import fineweb
from corpusmill.dedupe.minhash import SIMILARITY_BANDS, Bands
from corpusmill.dedupe.schemes import LEAST_ROWS, MISSED, MOST_VALUES, bands_for, schemes


@pytest.mark.parametrize("similarity", [0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99, 1.0])
def test_bands_miss_no_more_than_stated(similarity: float):
    bands, rows = bands_for(similarity)
    assert (1 - similarity**rows) ** bands <= MISSED
    assert rows >= LEAST_ROWS
    assert bands * rows <= MOST_VALUES or rows == LEAST_ROWS
    if similarity < 1 and rows < MOST_VALUES:
        more = math.ceil(math.log(MISSED) / math.log1p(-(similarity ** (rows + 1))))
        assert more * (rows + 1) > MOST_VALUES


def test_bands_of_one():
    assert bands_for(1.0) == Bands(1, 128)
    for wrong in (0, -1, 1.5):
        with pytest.raises(ValueError, match="similarity above 0"):
            bands_for(wrong)


def test_published_cuts():
    assert dict(schemes()["redpajama2"].similarity) == SIMILARITY_BANDS
    assert schemes()["refinedweb"].cut(None) == Bands(450, 20)
    assert schemes()["near"].cut(0.8) == Bands(20, 5)
    for name in ("fineweb", "fineweb_v1"):
        assert schemes()[name].cut(None) == Bands(14, 8)
        assert schemes()[name].shingle_units == fineweb.WORDS and schemes()[name].shingle_hash in fineweb.HASHES


def test_similarities_that_a_scheme_has_not():
    with pytest.raises(ValueError, match=r"similarity 0.85 is unknown; wanted one of 1.0, 0.9, 0.8, 0.7"):
        schemes()["redpajama2"].cut(0.85)
    with pytest.raises(ValueError, match="give one"):
        schemes()["near"].cut(None)


def test_every_scheme_says_where_it_is_from():
    assert all(scheme.source and scheme.signature in ("stored", "shingles", "fineweb") for scheme in schemes().values())
