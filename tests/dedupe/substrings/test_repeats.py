"""The suffix array over texts: the spans are those of the join of windows, the passages those of plain Python."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.batch import TextBatch
from corpusmill.dedupe.substrings import repeats
from corpusmill.dedupe.substrings.parameters import SubstringParameters
from corpusmill.dedupe.substrings.repeats import Suffixes, repeated_passages
from corpusmill.dedupe.substrings.search import Marked, repeated_spans
from corpusmill.dedupe.substrings.windows import tokens_of
from tests.dedupe.substrings.test_search import few_words

Pairs = list[tuple[int, int]]


def spans_by_suffixes(texts: pa.Array, parameters: SubstringParameters, batch_texts: int = 2) -> list[Pairs]:
    batches = [TextBatch(texts.slice(at, batch_texts)) for at in range(0, len(texts), batch_texts)]
    suffixes = Suffixes(tokens_of(batch) for batch in batches)
    marked = Marked(len(suffixes.ids) - len(texts), 0)
    marked.mark([suffixes.copies(parameters.min_tokens, parameters.keep)])
    found = [marked.spans(batch, parameters) for batch in batches]
    return [spans.of(text) for spans in found for text in range(len(spans.offsets) - 1)]


@settings(derandomize=True, max_examples=250, deadline=None)
@given(few_words, st.integers(1, 5), st.sampled_from(["first", "all"]), st.sampled_from(["word", "line"]))
def test_spans_are_those_of_the_join(texts: list[str], min_tokens: int, keep: str, snap: str):
    parameters = SubstringParameters(min_tokens, keep, snap)
    array = pa.array(texts, pa.string())
    assert spans_by_suffixes(array, parameters) == repeated_spans(array, parameters)


def made_up(texts: int) -> pa.Array:
    """Half of them with a passage of 30 to 80 tokens, of a few hundred, in between words of their own."""
    random = np.random.RandomState(7)
    pool = [[f"p{i}_{k}" for k in range(random.randint(30, 80))] for i in range(300)]
    found = []
    for number in range(texts):
        words = [f"u{number}_{k}" for k in range(random.randint(0, 100))]
        if random.randint(2):
            at = random.randint(len(words) + 1)
            words[at:at] = pool[random.randint(len(pool))]
        found.append(" ".join(words))
    return pa.array(found)


@pytest.mark.parametrize("keep", ["first", "all"])
def test_spans_of_many_texts(keep: str):
    texts, parameters = made_up(3000), SubstringParameters(50, keep)
    expected = repeated_spans(texts, parameters, 16 << 20)
    assert sum(map(len, expected)) > 700
    assert spans_by_suffixes(texts, parameters, 256) == expected


def test_passages():
    texts = pa.array(["Zürich: to be or not to be", "so: to be or not to be!", None, "", "or not to be?", "not to be"])
    found = repeated_passages(texts, 3)
    assert [tuple(row.values()) for row in found.to_pylist()] == [
        ("not to be", 3, 4, 0, 17, 26),
        ("or not to be", 4, 3, 0, 14, 26),
        (": to be or not to be", 7, 2, 0, 6, 26),
    ]
    assert repeated_passages(texts, 3, most=1).to_pylist() == found.to_pylist()[:1]
    assert repeated_passages(texts, 50).num_rows == 0
    assert repeated_passages(texts.slice(2, 2), 1).num_rows == 0


def test_passages_occur_as_often_as_is_said():
    texts = made_up(400)
    found = repeated_passages(texts, 20, most=1000).to_pylist()
    assert len(found) > 30
    contents = [f" {text} " for text in texts.to_pylist()]
    for row in found:
        assert contents[row["first"]][1:][row["start"] : row["end"]] == row["text"]
        assert row["occurrences"] == sum(content.count(f" {row['text']} ") for content in contents)
        assert row["tokens"] == len(row["text"].split())
    saved = [row["tokens"] * (row["occurrences"] - 1) for row in found]
    assert saved == sorted(saved, reverse=True)


def test_too_many_tokens(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(repeats, "MOST_TOKENS", 3)
    with pytest.raises(ValueError, match="holds at most 3 tokens"):
        repeated_passages(pa.array(["a b c"]))
