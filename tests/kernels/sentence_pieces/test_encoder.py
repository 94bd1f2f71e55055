"""SentencePiece's encoding by words: the same ids as of whole texts, whatever is in the table."""

from __future__ import annotations

import itertools
import random
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.sentence_pieces.encoder import SLACK_BYTES, SentencePieces, Vocabulary
from corpusmill.kernels.sentence_pieces.reference import MARK, joined, normalised, parted, written
from corpusmill.kernels.sentence_pieces.trie import number_at, root, step, trie_of
from corpusmill.machine_code.jit import kernel

NO_MAP = np.zeros(1, np.uint32), b""
UNKNOWN = 0
UNKNOWN_SCORE = np.float32(-13)


@kernel
def numbers_along(cells, text, numbers):
    cell = root(cells)
    for k in range(len(text)):
        cell = step(cell, np.int64(text[k]), cells)
        if not cell:
            return k
        numbers[k] = number_at(cell)
    return len(text)


@settings(derandomize=True, deadline=None)
@given(
    words=st.sets(st.one_of(st.binary(min_size=1, max_size=5), st.text("ab", min_size=1).map(str.encode)), max_size=60),
    text=st.one_of(st.binary(max_size=8), st.text("abc").map(str.encode)),
)
def test_trie_knows_its_strings_and_no_others(words, text):
    numbers = {word: 7 * place for place, word in enumerate(words)}
    starts = {word[:size] for word in words for size in range(1, len(word) + 1)}
    found = np.full(len(text), -2)
    cells = trie_of(numbers)
    size = numbers_along(cells.ctypes.data, np.frombuffer(text, np.uint8), found)
    wanted = [numbers.get(text[:k], -1) for k in range(1, len(text) + 1) if text[:k] in starts]
    assert found[:size].tolist() == wanted


def test_trie_of_all_bytes():
    numbers = {bytes([one, other]): 256 * one + other for one in range(256) for other in range(256)}
    found = np.zeros(2, np.int64)
    cells = trie_of(numbers)
    for word, number in random.Random(0).sample([*numbers.items()], 500):
        assert numbers_along(cells.ctypes.data, np.frombuffer(word, np.uint8), found) == 2
        assert found.tolist() == [-1, number]


def test_trie_refuses_what_it_has_no_room_for():
    with pytest.raises(ValueError, match="does not fit"):
        trie_of({b"a": 1 << 23})
    with pytest.raises(ValueError, match="does not fit"):
        trie_of({b"": 1})


class Small(NamedTuple):
    pieces: dict[bytes, int]
    scores: npt.NDArray[np.float32]
    byte_ids: list[int]
    verbatim: list[bytes]
    adds_blank: bool
    joins_blanks: bool
    merges: bool

    def kernel(self, kept_slots: int = 64) -> SentencePieces:
        symbols, merges, beside = self.pieces, np.zeros((4, 0), np.uint32), np.zeros((2, 0), np.uint32)
        if self.merges:
            symbols, merges, beside = self.symbols_and_merges()
        own = Vocabulary(
            merges,
            len(self.scores),
            trie_of(symbols),
            self.scores,
            UNKNOWN,
            float(UNKNOWN_SCORE),
            beside,
            np.array(self.byte_ids, np.uint32),
            trie_of(dict.fromkeys(self.verbatim, 0)),
            NO_MAP[0],
            np.frombuffer(NO_MAP[1], np.uint8),
            np.array([0x20], np.uint8),
            self.adds_blank,
            self.joins_blanks,
            not any(piece.startswith(2 * MARK) for piece in self.pieces),
            bool(self.byte_ids),
            not self.verbatim,
        )
        return SentencePieces(own, kept_slots)

    def symbols_and_merges(self) -> tuple[dict[bytes, int], npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
        """All ways to make pieces of two symbols, of which `é` and some others may be no pieces."""
        numbers = {word: number for word, number in self.pieces.items() if word not in self.verbatim}
        for char in "abcé数▁":
            numbers.setdefault(char.encode(), len(self.scores) + len(numbers))
        ranks = {score: rank for rank, score in enumerate(sorted({*self.scores.tolist()}, reverse=True))}
        merges = [
            (numbers[word[:k]], numbers[word[k:]], number, ranks[float(self.scores[number])])
            for word, number in numbers.items()
            for k in range(1, len(word))
            if word[:k] in numbers and word[k:] in numbers
        ]
        symbols = {word: number for word, number in numbers.items() if len(word.decode()) == 1}
        kept = {word: self.pieces[word] for word in self.verbatim}
        chars = {pair for word in numbers for pair in itertools.pairwise(word.decode())}
        beside = [[numbers[char.encode()] for char in pair] for pair in chars if "x" not in pair]
        made, near = np.array(merges, np.uint32).reshape(-1, 4), np.array(beside, np.uint32).reshape(-1, 2)
        return symbols | kept, made.T.copy(), near.T.copy()

    def by_reference(self, text: str) -> list[int]:
        normal = normalised(text.encode(), *NO_MAP, self.verbatim, self.adds_blank, self.joins_blanks)
        if self.merges:
            pieces = joined(normal, self.pieces, [*self.scores], self.verbatim, UNKNOWN)
        else:
            pieces = parted(normal, self.pieces, [*self.scores], UNKNOWN, UNKNOWN_SCORE)
        return written(pieces, UNKNOWN, self.byte_ids)


def vocabulary(
    seed: int,
    byte_fallback: bool = False,
    adds_blank: bool = True,
    joins_blanks: bool = True,
    merges: bool = False,
    near: bool = False,
) -> Small:
    """Pieces of few letters and of scores that are often the same: many ways are as good as others. `near`: all ways
    are nearly so, but for what higher sums are rounded by.
    """
    chosen = random.Random(seed)
    blanks = ["▁", "▁▁", "▁▁▁"] if not joins_blanks and seed % 2 else ["▁"]
    words = {"".join(chosen.choices("abcé数", k=chosen.randint(1, 4))) for _ in range(40)}
    words = {("▁" if chosen.random() < 0.4 else "") + word for word in words} | {*"abcé", *blanks}
    pieces = {word.encode(): place for place, word in enumerate(sorted(words), 1)}
    step = chosen.choice([1.0, 0.1, 2.0**-12])
    scores = [step * round(chosen.uniform(-9, -1) / step) for _ in range(len(pieces) + 257)]
    if near:
        for piece, number in pieces.items():
            scores[number] = -3.0 * len(piece.decode()) + chosen.choice([0, 2.0**-9, 2.0**-7])
    byte_ids = [*range(len(pieces) + 1, len(pieces) + 257)] if byte_fallback else []
    verbatim = [b"<x>", b"ca"] if seed % 3 else []
    for word in verbatim:
        number = pieces.setdefault(word, len(pieces) + 257)
        scores += [0.2] * (number >= len(scores))
        scores[number] = 0.2
    return Small(pieces, np.array(scores, np.float32), byte_ids, verbatim, adds_blank, joins_blanks, merges)


def encoded(own: SentencePieces, texts: list[str]) -> list[list[int] | None]:
    """None: it was left out."""
    contents = [text.encode() for text in texts]
    data = np.frombuffer(b"".join(contents) + bytes(SLACK_BYTES), np.uint8)
    ids, lengths, noted = own.encode(data, np.cumsum([0, *map(len, contents)]))
    rows = np.split(ids, np.cumsum(lengths)[:-1]) if texts else []
    return [None if left else row.tolist() for row, left in zip(rows, noted, strict=True)]


@settings(derandomize=True, deadline=None, max_examples=500)
@given(
    texts=st.lists(st.text(st.sampled_from("aaabbc é数x \0\n<>😀"), max_size=120), max_size=8),
    seed=st.integers(0, 30),
    byte_fallback=st.booleans(),
    adds_blank=st.booleans(),
    joins_blanks=st.booleans(),
    merges=st.booleans(),
)
def test_words_have_the_ids_of_whole_texts(texts, seed, byte_fallback, adds_blank, joins_blanks, merges):
    made = vocabulary(seed, byte_fallback, adds_blank, joins_blanks, merges)
    own = made.kernel()
    wanted = [made.by_reference(text) for text in texts]
    for _ in range(2):  # new, and known
        assert encoded(own, texts) == wanted


@pytest.mark.parametrize("seed", range(4))
def test_sums_of_long_texts_are_rounded_as_the_reference_rounds_them(seed):
    made = vocabulary(seed, byte_fallback=seed % 2 == 1, near=True)
    chosen = random.Random(seed)
    own = made.kernel(1 << 10)
    text = " ".join(
        "".join(chosen.choices("aaabbbcccééé数"[: 12 + seed % 2], k=chosen.randint(1, 9))) for _ in range(8_000)
    )
    assert encoded(own, [text[:40], text, text[:40]]) == [*map(made.by_reference, (text[:40], text, text[:40]))]


@pytest.mark.parametrize("seed", range(4))
def test_long_words_are_merged_by_a_heap(seed):
    made = vocabulary(seed, byte_fallback=True, joins_blanks=False, merges=True)
    chosen = random.Random(seed)
    texts = ["".join(chosen.choices("aabbcé数 ", k=size)) for size in (60, 65, 70, 300, 700)]
    texts += [text.replace(" ", "") for text in texts]
    assert encoded(made.kernel(), texts) == [*map(made.by_reference, texts)]


def test_what_is_longer_than_scratch_and_room():
    made = vocabulary(1, byte_fallback=True)
    text = "ab数😀" * 3_000 + " " * 30_000 + "a b " * 5_000
    assert encoded(made.kernel(), ["a", text, "b"]) == [*map(made.by_reference, ["a", text, "b"])]


@pytest.mark.parametrize("text", ["▁", "a▁b", "a ▁", "a▁▁ b", "a" * 200 + "▁"])
@pytest.mark.parametrize("verbatim", [[], [b"<x>"], ["▁▁".encode(), b"<x>"], ["▁".encode()]])
def test_texts_with_a_mark_are_left_out(text, verbatim):
    assert encoded(vocabulary(1)._replace(verbatim=verbatim).kernel(), ["a", text, "b a"])[1] is None


def test_nothing_is_read_behind_its_slack():
    with pytest.raises(ValueError, match="are read"):
        vocabulary(0).kernel().encode(np.zeros(10, np.uint8), np.array([0, 5]))
