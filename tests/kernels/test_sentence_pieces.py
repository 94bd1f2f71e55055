"""SentencePiece's encoding by words: the same ids as of whole texts, whatever is in the table."""

from __future__ import annotations

import random
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.jit import kernel
from corpusmill.kernels.reference_sentence_pieces import MARK, normalised, parted, written
from corpusmill.kernels.sentence_piece_trie import number_at, root, step, trie_of
from corpusmill.kernels.sentence_pieces import SLACK_BYTES, SentencePieces

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


class Vocabulary(NamedTuple):
    pieces: dict[bytes, int]
    scores: npt.NDArray[np.float32]
    byte_ids: list[int]
    verbatim: list[bytes]
    adds_blank: bool
    joins_blanks: bool

    def kernel(self, kept_slots: int = 64) -> SentencePieces:
        return SentencePieces(
            1,
            trie_of(self.pieces),
            trie_of(dict.fromkeys(self.verbatim, 0)),
            self.scores,
            UNKNOWN,
            UNKNOWN_SCORE,
            np.array(self.byte_ids, np.int32),
            NO_MAP[0],
            np.frombuffer(NO_MAP[1], np.uint8),
            np.array([0x20], np.uint8),
            self.adds_blank,
            self.joins_blanks,
            not any(piece.startswith(2 * MARK) for piece in self.pieces),
            kept_slots,
        )

    def by_reference(self, text: str) -> list[int]:
        normal = normalised(text.encode(), *NO_MAP, self.verbatim, self.adds_blank, self.joins_blanks)
        pieces = parted(normal, self.pieces, [*self.scores], UNKNOWN, UNKNOWN_SCORE)
        return written(pieces, UNKNOWN, self.byte_ids)


def vocabulary(
    seed: int, byte_fallback: bool = False, adds_blank: bool = True, joins_blanks: bool = True, near: bool = False
) -> Vocabulary:
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
    return Vocabulary(pieces, np.array(scores, np.float32), byte_ids, verbatim, adds_blank, joins_blanks)


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
)
def test_words_have_the_ids_of_whole_texts(texts, seed, byte_fallback, adds_blank, joins_blanks):
    made = vocabulary(seed, byte_fallback, adds_blank, joins_blanks)
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


def test_what_is_longer_than_scratch_and_room():
    made = vocabulary(1, byte_fallback=True)
    text = "ab数😀" * 3_000 + " " * 30_000 + "a b " * 5_000
    assert encoded(made.kernel(), ["a", text, "b"]) == [*map(made.by_reference, ["a", text, "b"])]


@pytest.mark.parametrize("text", ["▁", "a▁b", "a ▁", "a" * 200 + "▁"])
def test_texts_with_a_mark_are_left_out(text):
    assert encoded(vocabulary(1).kernel(), ["a", text, "b a"])[1] is None


def test_nothing_is_read_behind_its_slack():
    with pytest.raises(ValueError, match="are read"):
        vocabulary(0).kernel().encode(np.zeros(10, np.uint8), np.array([0, 5]))
