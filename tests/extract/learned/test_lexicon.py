"""What labelled pages say of tokens and words, and the tables that hold it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.extract.learned.evidence import LexiconParameters, PageEvidence, lexicon_of, shares
from corpusmill.extract.learned.features import candidates_of
from corpusmill.extract.learned.lexicon import MARKS, NO_LEXICON, Lexicon
from corpusmill.kernels.blocks.evidence import token_evidence, word_evidence
from corpusmill.kernels.blocks.words import slot_of
from corpusmill.kernels.html.elements import name_hash
from tests.extract.learned.demo import parsed_pages
from tests.extract.learned.models import lexicon
from tests.extract.learned.parity import MARKED, hash_of

NOTHING = np.zeros(0, np.uint64), np.zeros(0)


def page(group: str, tokens: dict[int, float]) -> PageEvidence:
    evidence = np.array([*tokens], np.uint64), np.array([*tokens.values()], np.float64)
    return PageEvidence(group, evidence, NOTHING)


def scores(pages: list[PageEvidence], **parameters: float) -> dict[int, float]:
    known = lexicon_of(pages, LexiconParameters(**parameters))
    return dict(zip(known.tokens.tolist(), known.token_scores.tolist(), strict=True))


def test_shares_of_a_page():
    hashes = np.array([7, 3, 7, 5], np.uint64)
    distinct, main = shares(hashes, np.array([1.0, 0.5, 0.0, 0.0]), np.array([1.0, 1.0, 3.0, 0.0]))
    assert distinct.tolist() == [3, 7]  # nothing holds 5
    assert main.tolist() == [0.5, 0.25]


def test_a_score_is_the_smoothed_log_of_odds_over_those_of_all():
    pages = [page(f"{number}", {1: 1.0, 2: 0.0}) for number in range(4)]
    expected = math.log((4 + 2 * 0.5) / (0 + 2 * 0.5))
    assert scores(pages, smoothing=2.0) == pytest.approx({1: expected, 2: -expected})
    assert scores(pages, smoothing=1e9) == pytest.approx({1: 0, 2: 0}, abs=1e-6)


def test_a_group_counts_once_as_the_mean_of_its_pages():
    once = [page("a", {1: 0.5}), page("b", {1: 1.0, 2: 0.0}), page("c", {1: 1.0, 2: 0.0}), page("d", {2: 0.0})]
    often = [page("a", {1: 0.0}), page("a", {1: 1.0}), page("a", {1: 0.5}), *once[1:], *once[1:] * 5]
    assert scores(often) == pytest.approx(scores(once))
    assert [*scores(once)] == [1, 2]


def test_what_few_groups_know_has_no_score():
    pages = [page("a", {1: 1, 2: 0, 3: 1}), page("b", {1: 1, 2: 0}), page("c", {2: 0, 3: 0}), page("c", {1: 0})]
    assert [*scores(pages, min_token_groups=3)] == [1, 2]
    assert [*scores(pages, min_token_groups=2)] == [1, 2, 3]
    assert [*scores(pages, min_token_groups=4)] == []


def test_words_need_more_groups_than_tokens():
    evidence = np.array([1], np.uint64), np.array([0.5])
    pages = [PageEvidence(str(group), evidence, evidence) for group in range(4)]
    known = lexicon_of(pages, LexiconParameters())
    assert (len(known.tokens), len(known.words)) == (1, 0)


def test_scores_are_bounded():
    pages = [page(str(group), {1: 1.0, 2: 0.0}) for group in range(1000)]
    assert scores(pages) == {1: 4, 2: -4}


def test_order_of_pages_and_names_of_groups_do_not_matter():
    pages = [page(f"{number % 5}", {number % 3 + 1: number / 20, 9: 0.5}) for number in range(20)]
    known, turned = lexicon_of(pages, LexiconParameters()), lexicon_of(pages[::-1], LexiconParameters())
    assert turned.tokens.tobytes() == known.tokens.tobytes()
    assert turned.token_scores == pytest.approx(known.token_scores)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_pages_that_are_all_of_one_kind_say_nothing(share):
    assert scores([page(str(group), {1: share, 2: share}) for group in range(5)]) == {}


@pytest.mark.filterwarnings("error")
def test_pages_without_tokens():
    assert scores([page("a", {}), page("b", {})]) == {}
    assert scores([]) == {}


def test_tables_hold_every_score_and_every_mark():
    known = lexicon({"story": 2.0, "comment": -1.5, "x": 0.0}, {"one": 1.0})
    tables = known.tables
    assert len(tables.token_keys).bit_count() == len(tables.word_keys).bit_count() == 1
    found = tables.token_keys != 0
    assert set(tables.token_keys[found].tolist()) == {name_hash("story"), name_hash("x")}.union(*MARKED.values())
    for name, score in (("story", 2.0), ("comment", -1.5), ("x", 0.0)):
        assert tables.token_scores[slot_of(tables.token_keys, np.uint64(name_hash(name)))] == score
    assert np.isnan(tables.token_scores[slot_of(tables.token_keys, np.uint64(name_hash("footer")))])
    assert np.isnan(tables.token_scores[slot_of(tables.token_keys, np.uint64(name_hash("unheard")))])
    for bit, mark in enumerate(MARKS):
        slots = [slot_of(tables.token_keys, np.uint64(value)) for value in MARKED[mark]]
        assert all(tables.token_marks[slot] >> bit & 1 for slot in slots)
        assert sum(tables.token_marks.tolist()[slot] >> bit & 1 for slot in range(len(found))) == len(slots)
    assert tables.word_scores[slot_of(tables.word_keys, np.uint64(name_hash("one")))] == 1


@settings(derandomize=True, max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 2**64 - 1) | st.integers(1, 50).map(lambda n: n << 40), unique=True, max_size=200))
def test_tables_of_any_hashes(hashes):
    keys = np.array(sorted(hashes), np.uint64)
    values = np.arange(len(keys)).astype(np.float32)
    tables = Lexicon(np.zeros(0, np.uint64), np.zeros(0, np.float32), keys, values).tables
    found = [tables.word_scores[slot_of(tables.word_keys, key)] for key in keys]
    assert found == values.tolist()
    assert (tables.word_keys == 0).any()


def token_shares(html: str, labels: list[float], weights: list[float]) -> dict[str, tuple[float, float]]:
    candidates = candidates_of(parsed_pages(["<p>before", html]), NO_LEXICON)
    hashes, main, held = token_evidence(candidates.parsed, 1, np.array(labels, np.float32), np.array(weights))
    names = {name_hash(name): name for name in ("a", "b", "c", "a-b")}
    return {names[value]: (m, h) for value, m, h in zip(hashes.tolist(), main, held, strict=True)}


def test_tokens_answer_for_all_blocks_around_which_they_stand():
    html = "<div class=a>x<p class=b>y</div><p id=c>z<p class=a-b></p>"
    assert token_shares(html, [1, 0.5, 0], [1, 2, 4]) == {"a": (0, 0), "b": (0, 0), "c": (0, 4), "a-b": (0, 0)}
    assert token_shares("<div class=a>x<p class=b>y</div><p id=c>z", [1, 0.5, 0], [1, 2, 4]) == {
        "a": (2, 3),
        "b": (1, 2),
        "c": (0, 4),
    }


def word_shares(html: str, labels: list[float]) -> list[tuple[int, float]]:
    candidates = candidates_of(parsed_pages(["<p>before", html]), NO_LEXICON)
    hashes, main, held = word_evidence(candidates.parsed, 1, np.array(labels, np.float32))
    assert held.tolist() == [1] * len(hashes)
    return list(zip(hashes.tolist(), main.tolist(), strict=True))


def test_words_answer_for_their_block_and_short_blocks_as_a_whole():
    names = ((b"one",), (b"two",), (b"", b"one", b"two"), (b"", b"two"))
    one, two, both, only = (hash_of(words) for words in names)
    expected = [(one, 1), (two, 1), (both, 1), (two, 0), (only, 0)]
    assert word_shares("<p>One two:<p>two", [1, 0]) == expected


@pytest.mark.parametrize(("words", "entries"), [(11, 12), (12, 13), (13, 12), (40, 12)])
def test_no_more_than_the_first_words_of_a_block(words, entries):
    assert len(word_shares("<p>" + " ".join(f"w{i}" for i in range(words)) + ".", [1])) == entries
    assert word_shares("<p>...", [1]) == []
