"""Hashes that can be joined: of any length, and what two byte strings spell together."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.kernels.hashes.modular import join_hashes
from corpusmill.segment.measure import measured
from tests.segment.plain import row

WORDS = [chr(0x61 + n % 26) * n for n in range(1, 200)] + ["\uffff" * n for n in range(1, 60)]


def hashes_and_powers(words: list[str]) -> tuple[np.ndarray, np.ndarray]:
    batch = TextBatch(pa.array(words))
    found = measured(batch.data, batch.offsets[:-1], batch.offsets[1:], np.arange(len(words) + 1))
    return found.hashes, found.powers


def test_any_length() -> None:
    hashes, powers = hashes_and_powers(WORDS)
    assert [row(word)[:2] for word in WORDS] == list(zip(hashes.tolist(), powers.tolist(), strict=True))


def test_joined_is_the_hash_of_both() -> None:
    rights = WORDS[::-1]
    (left, _), (right, powers) = hashes_and_powers(WORDS), hashes_and_powers(rights)
    out = np.empty(len(WORDS), np.uint64)
    join_hashes(left, right, powers, out)
    both = [one + other for one, other in zip(WORDS, rights, strict=True)]
    assert out.tolist() == hashes_and_powers(both)[0].tolist()
