"""The names that recipes may use are those that there are."""

from __future__ import annotations

from corpusmill.segment.names import SENTENCES, WORDS
from corpusmill.segment.sentences import SPLITTERS
from corpusmill.segment.tokenize import TOKENIZERS


def test_names():
    assert set(WORDS) == set(TOKENIZERS)
    assert set(SENTENCES) == set(SPLITTERS)
