"""CCNet's paragraphs: hashes, sets of several shards, what is left."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.dedupe.paragraphs import Seen, paragraph_hash, paragraphs, seen, union, without_repeated

SHARDS = st.lists(
    st.lists(st.lists(st.sampled_from(["a", "b", "c", "A", " ", "", "1", "2"]), min_size=1, max_size=5), max_size=4),
    min_size=1,
    max_size=4,
)


def left(shards: list[list[str | None]]) -> list[list[list[int]]]:
    batches = [paragraphs(pa.array(shard, pa.string())) for shard in shards]
    group = union([seen(batch) for batch in batches])
    kept = [without_repeated(batch, group) for batch in batches]
    return [[k.of(n).tolist() for n in range(len(shard))] for k, shard in zip(kept, shards, strict=True)]


def plainly(shards: list[list[list[str]]]) -> list[list[list[int]]]:
    documents: dict[int, int] = {}
    for shard in shards:
        for lines in shard:
            for key in {paragraph_hash(line) for line in lines}:
                documents[key] = documents.get(key, 0) + 1
    result = []
    for shard in shards:
        result.append([])
        for lines in shard:
            done: set[int] = set()
            ids = []
            for number, line in enumerate(lines):
                key = paragraph_hash(line)
                if documents[key] == 1 and key not in done:
                    ids.append(number)
                done.add(key)
            result[-1].append(ids)
    return result


@pytest.mark.parametrize(
    ("shards", "expected"),
    [
        ([["a\nb"]], [[[0, 1]]]),
        ([["a\nb", "c\nA"]], [[[1], [0]]]),  # both copies go
        ([["a\nb\na"]], [[[0, 1]]]),  # in one document the first stays
        ([["a"], ["b", " a\t"]], [[[]], [[0], []]]),  # over shards
        ([["1 x", "2 x"]], [[[], []]]),  # digits are alike
        ([["a\n\nb\n"]], [[[0, 1, 2]]]),  # one blank line of a corpus stays
        ([["", None]], [[[0], []]]),
        ([[]], [[]]),
    ],
)
def test_what_is_left(shards: list[list[str | None]], expected: list[list[list[int]]]):
    assert left(shards) == expected


@settings(max_examples=200, derandomize=True, deadline=None)
@given(shards=SHARDS)
def test_as_written_down_plainly(shards: list[list[list[str]]]):
    assert left([["\n".join(lines) for lines in shard] for shard in shards]) == plainly(shards)


@settings(max_examples=50, derandomize=True, deadline=None)
@given(shards=SHARDS)
def test_the_order_and_grouping_of_a_union_change_nothing(shards: list[list[list[str]]]):
    parts = [seen(paragraphs(pa.array(["\n".join(lines) for lines in shard], pa.string()))) for shard in shards]
    expected = union(parts)
    for found in (union(parts[::-1]), union([union(parts[:1]), union(parts[1:])])):
        assert found.hashes.tolist() == expected.hashes.tolist()
        assert found.repeated.tolist() == expected.repeated.tolist()


def test_the_hash_zero_means_removed():
    batch = paragraphs(pa.array(["a"]))
    batch.hashes[:] = 0
    assert without_repeated(batch, Seen(batch.hashes, batch.hashes > 1)).of(0).tolist() == []
