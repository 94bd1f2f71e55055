"""Files of ranks by the faster engine: tiktoken's ids, whatever the ranks are."""

from __future__ import annotations

import base64
import itertools
import random

import numpy as np
import pytest

from corpusmill.tokenize.byte_level import AS_GPT2, byte_level_json, merges_of
from corpusmill.tokenize.fast_json import _engine_of, _rows
from corpusmill.tokenize.ranks import RanksTokenizer, patterns

tiktoken = pytest.importorskip("tiktoken")
pytest.importorskip("fastokens")

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
    dense = {token: place for place, (_, token) in enumerate(sorted((rank, token) for token, rank in ranks.items()))}
    engine = _engine_of(byte_level_json(AS_GPT2, dense, merges_of(ranks)))
    own = tiktoken.Encoding("x", pat_str=patterns()["gpt2"].pattern, mergeable_ranks=ranks, special_tokens={})
    chosen = random.Random(seed)
    texts = ["".join(chosen.choices("ab", k=chosen.randrange(1, 30))) for _ in range(300)]
    numbers = sorted(ranks.values())
    assert [[numbers[place] for place in row] for row in _rows(engine, texts)] == own.encode_ordinary_batch(texts)


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
    found = fast(texts)
    assert [row.tolist() for row in found.rows()] == [row.tolist() for row in wanted]
    assert found.ids.dtype == np.uint32


def test_a_text_that_tiktoken_may_give_up_on_is_left_to_it():
    made = tokenizer("o200k")
    fast = made.fast()
    assert fast is not None
    asked: list[str] = []
    fast._engine._reference = lambda texts: asked.extend(texts) or [[0]] * len(texts)
    long = "x " * 100_001
    assert fast(["short", long]).lengths[1] == 1
    assert asked == [long]


def test_a_pattern_of_ones_own_is_left_to_tiktoken():
    content = content_of({bytes([byte]): byte for byte in range(256)})
    assert RanksTokenizer("x", content, r"\S+|\s+").fast() is None
    assert RanksTokenizer("x", content, "gpt2").fast() is not None
