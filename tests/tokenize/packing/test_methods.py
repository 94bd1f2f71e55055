"""Packing methods: every token exactly once, no pack too long, and an accounting that a recount confirms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.packing import reference as reference_packing
from corpusmill.tokenize.packing.best_fit import best_fit
from corpusmill.tokenize.packing.chop import chop
from corpusmill.tokenize.packing.histogram import histogram, mixture, ways_to_fill
from corpusmill.tokenize.packing.lengths import histogram_of
from corpusmill.tokenize.packing.methods import METHODS
from corpusmill.tokenize.packing.packing import NOTHING, Accounting, Packing

LENGTHS = st.lists(st.integers(0, 40), max_size=40)


def packs_of(packing: Packing) -> list[list[list[int]]]:
    return [packing.pack(number).tolist() for number in range(len(packing))]


@pytest.mark.parametrize("method", sorted(METHODS))
@settings(derandomize=True, max_examples=100, deadline=None)
@given(lengths=LENGTHS, length=st.integers(1, 24))
def test_each_token_is_packed_once_and_no_pack_is_too_long(method, lengths, length):
    packing = METHODS[method](np.array(lengths, np.int32), length)
    covered: dict[int, list[int]] = {document: [] for document in range(len(lengths))}
    for pack in packs_of(packing):
        assert pack, "an empty pack"
        assert 0 < sum(size for _, _, size in pack) <= length
        for document, start, size in pack:
            assert size > 0
            covered[document] += range(start, start + size)
    assert {document: sorted(tokens) for document, tokens in covered.items()} == {
        document: list(range(size)) for document, size in enumerate(lengths)
    }
    recounted(packing, lengths)
    firsts = [min(document for document, _, _ in pack) for pack in packs_of(packing)]
    assert firsts == sorted(firsts)


def recounted(packing: Packing, lengths: list[int]) -> None:
    """The accounting, from the definitions."""
    pieces = [piece for pack in packs_of(packing) for piece in pack]
    cut = {document for document in range(len(lengths)) if sum(d == document for d, _, _ in pieces) > 1}
    long = {document for document in cut if lengths[document] > packing.length}
    found = packing.accounting(np.array(lengths, np.int32))
    assert found == Accounting(
        documents=len(lengths),
        tokens=sum(lengths),
        packs=len(packing),
        capacity=len(packing) * packing.length,
        padding_tokens=sum(packing.length - sum(size for _, _, size in pack) for pack in packs_of(packing)),
        dropped_tokens=0,
        cut_documents=len(cut),
        long_cut_documents=len(long),
        cuts=sum(document in cut for document, _, _ in pieces) - len(cut),
        long_cuts=sum(-(-lengths[document] // packing.length) - 1 for document in long),
        tokens_after_cut=sum(size for _, start, size in pieces if start),
    )


@pytest.mark.parametrize("method", ["best-fit", "histogram"])
@settings(derandomize=True, max_examples=60, deadline=None)
@given(lengths=LENGTHS, length=st.integers(1, 24))
def test_only_documents_longer_than_a_pack_are_cut(method, lengths, length):
    found = METHODS[method](np.array(lengths), length).accounting(np.array(lengths))
    assert found.cut_documents == found.long_cut_documents == sum(size > length for size in lengths)
    assert found.cuts == found.long_cuts


@settings(derandomize=True, max_examples=100, deadline=None)
@given(lengths=st.lists(st.integers(1, 30), max_size=40))
def test_best_fit_is_the_oracle_on_lengths_in_descending_order(lengths):
    order = sorted(range(len(lengths)), key=lambda document: (-lengths[document], document))
    packs = reference_packing.best_fit([lengths[document] for document in order], 30)
    wanted: dict[int, set[int]] = {}
    for document, pack in zip(order, packs, strict=True):
        wanted.setdefault(pack, set()).add(document)
    found = [{document for document, _, _ in pack} for pack in packs_of(best_fit(np.array(lengths), 30))]
    assert sorted(map(sorted, found)) == sorted(map(sorted, wanted.values()))


def test_concatenate_and_chop_is_the_stream_cut():
    lengths = [3, 0, 5, 8, 1]
    stream = [(document, token) for document, size in enumerate(lengths) for token in range(size)]
    packing = chop(np.array(lengths), 4)
    found = [
        [(document, token) for document, start, size in pack for token in range(start, start + size)]
        for pack in packs_of(packing)
    ]
    assert found == [stream[at : at + 4] for at in range(0, len(stream), 4)]


@pytest.mark.parametrize("method", sorted(METHODS))
def test_edges(method):
    pack = METHODS[method]
    for empty in ([], [0, 0]):
        packing = pack(np.array(empty, np.int32), 8)
        assert len(packing) == 0
        assert packing.accounting(np.array(empty, np.int32)).lost_fraction == 0
    assert packs_of(pack(np.array([8, 8]), 8)) == [[[0, 0, 8]], [[1, 0, 8]]]
    assert packs_of(pack(np.array([17]), 8)) == [[[0, 0, 8]], [[0, 8, 8]], [[0, 16, 1]]]
    for wrong in (0, -1, 2**24 + 1):
        with pytest.raises(ValueError, match="length is"):
            pack(np.array([1]), wrong)


@pytest.mark.parametrize("method", ["best-fit", "concatenate-and-chop"])
def test_documents_and_folders_beyond_32_bits(method):
    """Two documents of nearly 2^31 tokens: their starts in the stream, and the sum, need 64 bits."""
    lengths = np.array([2**31 - 1, 2**31 - 1, 5], np.int32)
    packing = METHODS[method](lengths, 2**20)
    found = packing.accounting(lengths)
    assert found.tokens == 2**32 + 3
    assert found.tokens == int(packing.pieces[:, 2].sum()) == found.capacity - found.padding_tokens
    assert packing.pieces.min() >= 0


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 6, 7, 12, 25])
def test_all_ways_to_fill_a_pack(length):
    wanted = {
        tuple(sorted((a, b, length - a - b), reverse=True)) for a in range(length + 1) for b in range(length + 1 - a)
    }
    found = [tuple(way) for way in ways_to_fill(length, 3).tolist()]
    assert len(found) == len(set(found))
    assert set(found) == wanted


def test_a_histogram_that_ways_can_make_is_filled_without_padding():
    lengths = np.array([5] * 40 + [3] * 40 + [4] * 20 + [2] * 40 + [8] * 7)
    packing = histogram(lengths, 8)
    assert packing.accounting(lengths).padding_tokens == 0


def test_a_mixture_is_found_where_there_is_one():
    ways = ways_to_fill(16, 3)
    numbers = np.random.default_rng(1).integers(0, 9, len(ways))
    counts = np.bincount(ways.ravel(), np.repeat(numbers, 3), minlength=17)
    counts[0] = 0
    solution = mixture(ways, counts)
    used = np.bincount(ways.ravel(), np.repeat(solution, 3), minlength=17)[1:]
    assert (solution >= 0).all()
    assert np.abs(used - counts[1:]).max() < 1  # document


def test_long_packs_are_filled_by_two_documents():
    assert len(ways_to_fill(9_000, 2)) == 4_501
    lengths = np.array([8_000, 2_000, 7_999, 2_001, 5])
    packing = histogram(lengths, 10_000)
    assert [pack[:, 0].tolist() for pack in map(packing.pack, range(len(packing)))] == [[0, 1], [2, 3], [4]]


def test_accounts_add_up():
    lengths = np.array([5, 20, 0, 9])
    one = best_fit(lengths, 8).accounting(lengths)
    assert NOTHING + one == one
    assert (one + one).tokens == 68
    assert (one + one).lost_fraction == one.lost_fraction
    assert NOTHING.efficiency == 1


def test_lengths():
    found = histogram_of(np.array([], np.int32))
    assert (found.total_documents, found.total_tokens, found.longest) == (0, 0, 0)
    values = np.random.default_rng(2).integers(0, 5000, 999)
    found = histogram_of(values.astype(np.int32))
    for bar, documents in enumerate(found.documents):
        inside = values[(values >= 2**bar // 2) & (values < 2**bar)]
        assert documents == inside.size
        assert found.tokens[bar] == inside.sum()
    assert found.quantiles[3] == np.sort(values)[499]
