"""Phrases in lower-cased texts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.batch import TextBatch
from corpusmill.kernels.edits.reference_edits import contains
from corpusmill.kernels.matching.phrases import find_phrases, phrases_of

GROUPS = [["lorem ipsum"], ["javascript"], ["{"], ["terms of use", "cookie policy", "use cookies", "kkk"]]


def found(texts: list[str]) -> list[list[bool]]:
    batch = TextBatch(pa.array(texts, pa.string()))
    groups = np.empty(len(texts), np.uint8)
    find_phrases(batch.data, batch.offsets, phrases_of(GROUPS), groups)
    return [[bool(bits >> group & 1) for group in range(len(GROUPS))] for bits in groups]


TEXTS = [
    "Lorem Ipsum",
    "lorem  ipsum",
    "JavaScript{",
    "java",
    "script",  # each text is searched alone
    "COO\u212aIE policy",  # the sign of the kelvin is k in lower case
    "\u212a\u212ak",
    "javascr\u0130pt",  # i with a dot above becomes two characters
    "lorem \u0130psum",
    "useuse cookiess",
    "",
    "é{é",
]


@pytest.mark.parametrize("text", TEXTS)
def test_phrases(text: str):
    assert found([text]) == [[contains(text, group) for group in GROUPS]]


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from(
                ["Lorem", " ", "ipsum", "terms of", "use", "coo", "k", "K", "\u212a", "ie", "ies", "policy", "é"]
            ),
            max_size=12,
        ).map("".join),
        max_size=5,
    )
)
def test_phrases_of_any_texts(texts: list[str]):
    assert found(texts) == [[contains(text, group) for group in GROUPS] for text in texts]


@pytest.mark.parametrize("phrase", ["Use", "straße", "", "alibi"])
def test_phrases_that_cannot_be_found_are_refused(phrase: str):
    with pytest.raises(ValueError, match="wanted lower-case ASCII"):
        phrases_of([[phrase]])


def test_more_groups_than_bits_are_refused():
    with pytest.raises(ValueError, match="at most 8"):
        phrases_of([["a"]] * 9)
