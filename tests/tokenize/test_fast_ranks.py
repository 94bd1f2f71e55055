"""Files of ranks by the faster engine: tiktoken's ids, whatever the ranks are."""

from __future__ import annotations

import base64
import itertools
import random

import numpy as np
import pyarrow as pa
import pytest

from corpusmill.kernels.byte_pairs.cuts import UNSURE, cut_kinds
from corpusmill.tokenize.byte_pair_file import CUTS_OF_RANKS, of_ranks
from corpusmill.tokenize.byte_pairs import BytePairEngine
from corpusmill.tokenize.ranks import RanksTokenizer, Unencodable, patterns

tiktoken = pytest.importorskip("tiktoken")

WORDS = [" the", "ing", "hell", " world", "数学", "  ", "\n\n", "aaaa", "123"]


def ranks_of(seed: int) -> dict[bytes, int]:
    """All bytes, and tokens of the letters a and b in an order in which no training would put them, with gaps."""
    chosen = random.Random(seed)
    short = ["".join(letters) for size in (2, 3, 4, 5) for letters in itertools.product("ab", repeat=size)]
    tokens = [bytes([byte]) for byte in range(256)]
    tokens += [word.encode() for word in chosen.sample(short, chosen.randrange(1, 25))]
    chosen.shuffle(tokens)
    return dict(zip(tokens, sorted(chosen.sample(range(500), len(tokens))), strict=True))


@pytest.mark.parametrize("seed", range(60))
def test_merges_give_what_joining_by_rank_gives(seed: int):
    ranks = ranks_of(seed)
    engine = BytePairEngine(of_ranks(ranks, CUTS_OF_RANKS["gpt2"]), lambda texts: [], np.dtype(np.uint16))
    own = tiktoken.Encoding("x", pat_str=patterns()["gpt2"].pattern, mergeable_ranks=ranks, special_tokens={})
    chosen = random.Random(seed)
    texts = ["".join(chosen.choices("ab", k=chosen.randrange(1, 30))) for _ in range(300)]
    texts += ["".join(chosen.choices("ab", k=size)) for size in (63, 64, 65, 96, 97, 700)]
    assert engine.rows(texts) == own.encode_ordinary_batch(texts)


def content_of(ranks: dict[bytes, int]) -> bytes:
    return b"".join(b"%s %d\n" % (base64.b64encode(token), rank) for token, rank in ranks.items())


def tokenizer(name: str) -> RanksTokenizer:
    """With words that are made of no pair, as GPT-NeoX's blanks are, and a gap in the ranks."""
    ranks = {bytes([byte]): byte for byte in range(256)}
    for word in WORDS:
        content = word.encode()
        for end in range(2, len(content) + 1):
            ranks.setdefault(content[:end], 1_000 + len(ranks))
    ranks |= {b"<|end|>": 70_000, b" " * 7: 70_002}
    return RanksTokenizer(name, content_of(ranks), name)


@pytest.mark.parametrize("name", ["gpt2", "cl100k", "o200k"])
def test_any_text_has_tiktokens_ids(name: str):
    made = tokenizer(name)
    fast = made.fast()
    assert fast is not None
    chosen = random.Random(0)
    pools = [(32, 127), (0, 0x250), (0x2000, 0x2070), (0x3000, 0xA000), (0, 0xD800), (0xE000, 0x110000), (9, 14)]
    texts = [" " * 7 + "x<|end|>", "a\u180eb", "", "1234567", "aaaa" * 300]
    for _ in range(2_000):
        points = chosen.choice(pools)
        letters = [chr(chosen.randrange(*points)) for _ in range(chosen.randrange(20))]
        texts.append(chosen.choice(WORDS).join(letters))
    wanted = made.by_reference(texts)
    found = fast(pa.array(texts, pa.large_string()))
    assert [row.tolist() for row in found.rows()] == [row.tolist() for row in wanted]
    assert found.ids.dtype == np.uint32


@pytest.mark.parametrize("name", ["gpt2", "cl100k", "o200k"])
def test_assigned_characters_are_cut_as_tiktoken_does(name: str):
    """Alone, between letters, digits, blanks and marks; texts with what is not assigned are left to it, but for what it
    takes for no letter, as our Unicode does.
    """
    made = tokenizer(name)
    fast = made.fast()
    assert fast is not None
    left: list[str] = []
    fast._reference = lambda texts: left.extend(texts) or made.by_reference(texts)
    points = [*range(0x3000), *range(0x3000, 0xD800, 11), *range(0xE000, 0x20000, 3)]
    texts = [" a{0}A{0}1{0} {0}!{0}\n".format(chr(point)) for point in points]
    assert fast.rows(texts) == [row.tolist() for row in made.by_reference(texts)]
    unassigned = {chr(point): text for text, point in zip(texts, points, strict=True) if cut_kinds()[point] & UNSURE}
    unknown = {text for character, text in unassigned.items() if character not in fast.sure}
    assert unassigned.keys() & set(fast.sure) and "\u1c89" not in fast.sure  # a letter of Unicode 16
    assert unknown <= {*left} and len(left) <= len(unknown) + 4


def test_a_text_that_tiktoken_may_give_up_on_is_left_to_it():
    made = tokenizer("o200k")
    fast = made.fast()
    assert fast is not None
    asked: list[str] = []
    fast._reference = lambda texts: asked.extend(texts) or [[0]] * len(texts)
    long = "x " * 100_001
    assert fast(pa.array(["short", long, "é" * 150_000], pa.large_string())).lengths[1] == 1
    assert asked == [long]


def test_one_that_it_gives_up_on_is_unencodable():
    fast = tokenizer("o200k").fast()
    assert fast is not None
    with pytest.raises(Unencodable):
        fast.rows([" " * 1_000_000])


def test_a_pattern_of_ones_own_is_left_to_tiktoken():
    content = content_of({bytes([byte]): byte for byte in range(256)})
    assert RanksTokenizer("x", content, r"\S+|\s+").fast() is None
    assert RanksTokenizer("x", content, "gpt2").fast() is not None
