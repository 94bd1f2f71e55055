"""Byte-level BPE: cuts, merges, added tokens and the table of pieces, held against the plain oracle."""

from __future__ import annotations

import itertools
import random
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.byte_pairs import reference as reference_byte_pairs
from corpusmill.kernels.byte_pairs.cuts import CL100K, COMPOSES, GPT2, O200K, UNSURE, Cut, cut_all, cut_kinds
from corpusmill.kernels.byte_pairs.encoder import BytePairs
from corpusmill.kernels.byte_pairs.scan import Words, find_words
from corpusmill.kernels.byte_pairs.starts import cut_by_masks
from corpusmill.kernels.byte_pairs.table import Pieces

CUTS = [Cut(GPT2), Cut(CL100K), Cut(CL100K, 1), Cut(CL100K, 3, True), Cut(O200K)]
LETTERS = "aAzZsStTdDmMlLvVrReE '\n\r\t19.!/-«ªʰǅàÀéÉſ\u0300\u0903²٣\xa0\u2003\u3000数学\u180e\x1c😀"
SURE = cut_kinds() & ~np.uint8(UNSURE)
any_text = st.one_of(st.text(max_size=60), st.text(LETTERS, max_size=40))


def packed(texts):
    contents = [text if isinstance(text, bytes) else text.encode() for text in texts]
    data = np.frombuffer(b"".join(contents) + bytes(64), np.uint8)
    return data, np.cumsum([0, *map(len, contents)])


def pieces(text, cut, by=cut_all):
    data, offsets = packed([text, "aA1 \n'sé"])  # what is behind the end is not looked at
    ends = np.zeros(offsets[1] + 1, np.int64)
    count = by(data, 0, offsets[1], cut_kinds(), cut, ends)
    content, bounds = data.tobytes(), [0, *ends[:count].tolist()]
    return [content[a:b].decode() for a, b in itertools.pairwise(bounds)]


@pytest.mark.parametrize("cut", CUTS, ids=str)
@settings(derandomize=True, max_examples=500, deadline=None)
@given(text=any_text)
def test_any_text_is_cut_as_the_expression_says(cut, text):
    assert pieces(text, cut) == reference_byte_pairs.cut(text, cut)


PARTS = [
    "word", " the", " a", "x", " ", "  ", "\n", "\n\n", " \n ", "\t", "1234", "99", "'s", "'LL", "n't", "'", ".", ". ",
    "!/\n/", "(", "“", "«»", "é", "Été", "数学", "ʰ", "\u0301", "\xa0", "\u3000\u3000", "٣", "²", "Aa", "aAB", "ſ",
    "'ſ", "😀",
]  # fmt: skip


@pytest.mark.parametrize("cut", CUTS, ids=str)
@settings(derandomize=True, max_examples=1500, deadline=None)
@given(text=st.one_of(any_text, st.lists(st.sampled_from(PARTS), max_size=60).map("".join)))
def test_masks_cut_as_the_expression_says(cut, text):
    assert pieces(text, cut, cut_by_masks) == reference_byte_pairs.cut(text, cut)


@pytest.mark.parametrize("cut", CUTS, ids=str)
@pytest.mark.parametrize("filler", ["ab ", "a" * 70 + " ", "-", "数", "é1 "])
def test_masks_know_what_is_behind_their_64_bytes(cut, filler):
    """Whatever matters stands at each place among them, and at their end, in the middle and at the end of a text."""
    for size in range(54, 66):
        before = (filler * 66).encode()[:size].decode(errors="ignore")
        for part in (*PARTS, "  \n \n", " \u3000x", "\xa0\xa0a", "'ve", "12345678", "!\n\n\nb", "B'sB's", "aé'll"):
            for behind in ("", "x", " y", "\n"):
                text = before + part + behind
                assert pieces(text, cut, cut_by_masks) == reference_byte_pairs.cut(text, cut), ascii(text)


@pytest.mark.parametrize("cut", CUTS, ids=str)
def test_all_short_texts_of_the_characters_that_matter(cut):
    for size in (1, 2, 3):
        for letters in itertools.product("aBs' \n1./ªǅ\u0300ſ" if size == 3 else LETTERS, repeat=size):
            text = "".join(letters)
            expected = reference_byte_pairs.cut(text, cut)
            assert pieces(text, cut) == expected, ascii(text)
            assert pieces(text, cut, cut_by_masks) == expected, ascii(text)


def test_kinds_know_what_is_not_assigned():
    kinds = cut_kinds()
    for point in (*range(0x3000), *range(0x1F000, 0x1FB00), 0x2FFFF, 0x10FFFF):
        is_known = unicodedata.category(chr(point)) != "Cn" or 0x1F000 <= point < 0x1FB00
        assert bool(kinds[point] & UNSURE) != is_known, hex(point)


def random_merges(seed):
    """Ids of the bytes, merges by rank, and their tables: of the letters a to c in an order that no training gives."""
    chosen = random.Random(seed)
    ids = [*range(256)]
    chosen.shuffle(ids)
    known = {bytes([byte]): number for byte, number in enumerate(ids)}
    merges = {}
    for rank in range(chosen.randrange(1, 60)):
        left, right = (chosen.choice([t for t in known if t.strip(b"abc") == b"" and len(t) < 40]) for _ in range(2))
        made = known.setdefault(left + right, 1_000 + rank)
        merges.setdefault((known[left], known[right]), (rank, made))
    ordered = sorted((rank, *pair, made) for pair, (rank, made) in merges.items())
    columns = np.array([row[1:] for row in ordered], np.uint32).T.copy()
    merges = {(left, right): (place, made) for place, (_, left, right, made) in enumerate(ordered)}
    return np.array(ids, np.uint32), merges, columns


def made(seed, cut=CUTS[0], whole=None, kept_slots=1 << 12):
    ids, merges, columns = random_merges(seed)
    return BytePairs(ids, *columns, Pieces.of(whole or {}), cut, SURE, kept_slots), ids.tolist(), merges


def rows(pairs, texts, **others):
    ids, lengths = pairs.encode(*packed(texts), **others)
    return [row.tolist() for row in np.split(ids, np.cumsum(lengths)[:-1])] if texts else []


def wanted(text, ids, merges, cut=CUTS[0], whole=None):
    found = []
    for piece in reference_byte_pairs.cut(text, cut):
        content = piece.encode()
        if whole and content in whole:
            found.append(whole[content])
        else:
            found += reference_byte_pairs.merged(content, ids, merges)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_pieces_are_merged_by_rank(seed):
    """Short ones, those that are their own key, those that have a hash, and long ones."""
    pairs, ids, merges = made(seed)
    chosen = random.Random(seed)
    texts = ["".join(chosen.choices("abc", k=size)) for size in (*range(40), 63, 64, 65, 66, 95, 96, 97, 200, 300)]
    for _ in range(2):
        assert rows(pairs, texts) == [wanted(text, ids, merges) for text in texts]


@pytest.mark.parametrize("cut", CUTS, ids=str)
@settings(derandomize=True, max_examples=80, deadline=None)
@given(texts=st.lists(st.one_of(any_text, st.text("abc ", max_size=90)), max_size=5))
def test_any_texts_have_the_ids_of_the_oracle(cut, texts):
    whole = {b"ab": 90_001, b" cab": 90_002, "数学".encode(): 90_003, b"abcabcabcabcabcabc": 90_004}
    pairs, ids, merges = made(3, cut, whole)
    assert rows(pairs, texts) == [wanted(text, ids, merges, cut, whole) for text in texts]


@pytest.mark.parametrize("count", [1, 2, 3, 255, 256, 20_000])
def test_every_whole_token_is_found_and_nothing_else(count):
    chosen = random.Random(count)
    words = sorted({"".join(chosen.choices("abcdxyz", k=chosen.randrange(1, 41))) for _ in range(3 * count + 9)})
    chosen.shuffle(words)
    whole = {word.encode(): 90_000 + place for place, word in enumerate(words[:count])}
    pairs, ids, merges = made(7, whole=whole)
    assert rows(pairs, words[:count]) == [[number] for number in whole.values()]
    others = words[count : count + 300]
    assert rows(pairs, others) == [wanted(word, ids, merges) for word in others]


def test_a_million_letters_of_one_piece_take_their_time_and_no_more():
    """Merged by a heap: looking through all pairs for every merge would take hours."""
    ids = np.arange(256, dtype=np.uint32)
    doubled = [97, *range(256, 270)]
    columns = (np.array(column, np.uint32) for column in (doubled[:-1], doubled[:-1], doubled[1:]))
    pairs = BytePairs(ids, *columns, Pieces.of({}), Cut(GPT2), cut_kinds())
    found = rows(pairs, ["b", "a" * 1_000_000, "aab"])
    assert found[0] == [98] and found[2] == [256, 98]
    sizes = {number: 1 << place for place, number in enumerate(doubled)}
    assert sum(sizes[number] for number in found[1]) == 1_000_000
    assert found[1][0] == doubled[-1] and len(found[1]) < 80


@pytest.mark.parametrize("slots", [2, 8, 64, 1 << 12])
def test_ids_do_not_depend_on_what_the_table_holds(slots):
    whole, *_ = made(5)
    small, ids, merges = made(5, kept_slots=slots)
    chosen = random.Random(1)
    words = ["".join(chosen.choices("abc", k=chosen.randrange(1, 40))) for _ in range(300)]
    texts = [" ".join(chosen.choices(words, k=chosen.randrange(60))) for _ in range(60)]
    expected = [wanted(text, ids, merges) for text in texts]
    assert rows(small, texts) == expected
    assert rows(small, texts[::-1]) == expected[::-1]
    assert [rows(whole, [text])[0] for text in texts] == expected


def test_pieces_of_one_hash_are_told_apart_by_their_bytes():
    pairs, ids, merges = made(7)
    (first,), (second,) = (rows(pairs, [text]) for text in ("abc" * 10, "abb" * 10))
    slots, arena = pairs._arrays["slots"], pairs._arrays["arena"]
    used = np.flatnonzero(slots[:, 1])
    assert used.size == 2
    place = int(slots[used[0], 3]) & ((1 << 60) - 1)
    arena[place] ^= 1  # as if another piece had this one's hash
    before = int(pairs._counters[0])
    assert rows(pairs, ["abc" * 10, "abb" * 10]) == [first, second]
    assert int(pairs._counters[0]) == before + 1
    assert [first, second] == [wanted("abc" * 10, ids, merges), wanted("abb" * 10, ids, merges)]


@settings(derandomize=True, max_examples=800, deadline=None)
@given(text=st.binary(max_size=150), cut=st.sampled_from(CUTS))
def test_bytes_that_are_no_utf8_stay_within_their_text(text, cut):
    """A broken text gives one of the ids of each of its bytes, or merges of them, and its neighbours keep theirs."""
    pairs = BytePairs(np.arange(256, dtype=np.uint32), *np.zeros((3, 0), np.uint32), Pieces.of({}), cut, SURE, 64)
    for broken in (text, text + b"\xf0", b"a\xf8" + text, text + b"\xe6\x95"):
        assert rows(pairs, ["abc", broken, "def"]) == [[*b"abc"], [*broken], [*b"def"]]


@pytest.mark.parametrize("cut", CUTS, ids=str)
def test_ids_of_16_bits_are_the_same(cut):
    ids, _, columns = random_merges(11)
    wide, narrow = (
        BytePairs(ids, *columns, Pieces.of({}), cut, cut_kinds(), 64, dtype) for dtype in (np.uint32, np.int16)
    )
    chosen = random.Random(11)
    texts = ["".join(chosen.choices("abc  ", k=size)) for size in (*range(90), 300, 100_000)]
    assert rows(narrow, texts) == rows(wide, texts)
    assert narrow.encode(*packed(["ab"]))[0].dtype == np.int16


def test_an_id_that_a_slot_has_no_room_for():
    merges = (np.array([ids], np.uint32) for ids in (97, 98, 1 << 28))
    with pytest.raises(ValueError, match="268435456 does not fit 28 bits"):
        BytePairs(np.arange(256, dtype=np.uint32), *merges, Pieces.of({}), Cut(GPT2), cut_kinds(), 64)


def test_the_end_of_the_array_is_not_read_over():
    pairs, *_ = made(1)
    with pytest.raises(ValueError, match="64 more than the 3"):
        pairs.encode(np.zeros(66, np.uint8), np.array([0, 3]))
    assert pairs.encode(np.full(67, 97, np.uint8), np.array([0, 3]))[1].tolist() == [len(rows(pairs, ["aaa"])[0])]


def test_texts_that_are_skipped_and_empty_ones_have_no_ids():
    pairs, ids, merges = made(2)
    texts = ["", "abc", "", "cab"]
    assert rows(pairs, texts, noted=np.array([0, 1, 0, 0], np.uint8)) == [[], [], [], wanted("cab", ids, merges)]
    assert pairs.encode(*packed([]))[1].size == 0


words = st.dictionaries(st.text("ab<é", min_size=1, max_size=4).map(str.encode), st.integers(0, 99), max_size=6)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(texts=st.lists(st.text("ab<é ", max_size=150), max_size=4), outer=words, inner=words)
def test_words_are_the_leftmost_and_longest(texts, outer, inner):
    data, offsets = packed(texts)
    spots = np.zeros((1_000, 4), np.int64)
    count = find_words(data, offsets, Words.of(outer), Words.of(inner), spots)
    expected = [
        [start + offset, end + offset, number, place]
        for place, (text, offset) in enumerate(zip(texts, offsets, strict=False))
        for start, end, number in reference_byte_pairs.spots_in(text.encode(), outer, inner)
    ]
    assert spots[:count].tolist() == expected
    short = np.zeros((1, 4), np.int64)
    assert find_words(data, offsets, Words.of(outer), Words.of(inner), short) == count


def test_more_first_bytes_than_are_looked_for():
    with pytest.raises(ValueError, match="9 first bytes, at most 8"):
        Words.of({bytes([byte]): byte for byte in range(9)})


def test_spots_are_no_text():
    pairs, ids, merges = made(4)
    data, offsets = packed(["ab<x>ab", "<x>", "ab"])
    spots = np.array([[2, 5, 7, 0], [7, 10, 8, 1]])
    found, lengths = pairs.encode(data, offsets, spots=spots)
    two = wanted("ab", ids, merges)
    assert found.tolist() == [*two, 7, *two, 8, *two]
    assert lengths.tolist() == [2 * len(two) + 1, 1, len(two)]


@pytest.mark.parametrize("cut", CUTS, ids=str)
@settings(derandomize=True, max_examples=100, deadline=None)
@given(text=st.one_of(any_text, st.text("aé数\u0378 ", max_size=200)))
def test_kinds_of_texts_are_noted_and_unknown_ones_have_no_ids(cut, text):
    kinds = cut_kinds().copy()
    kinds[ord("é")] |= COMPOSES
    pairs = BytePairs(np.arange(256, dtype=np.uint32), *np.zeros((3, 0), np.uint32), Pieces.of({}), cut, kinds, 64)
    noted = np.zeros(3, np.uint8)
    found = rows(pairs, ["ab", text, "cd"], noted=noted)
    here = np.bitwise_or.reduce([0, *(kinds[ord(c)] for c in text if c >= "\x80")]) & (COMPOSES | UNSURE)
    assert noted.tolist() == [0, here, 0]
    assert found == [[*b"ab"], [] if here & UNSURE else [*text.encode()], [*b"cd"]]
