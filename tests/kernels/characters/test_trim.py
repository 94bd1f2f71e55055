from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.characters.trim import trimmed

SPACES = [chr(code) for code in range(0x110000) if chr(code).isspace()]


def trims(texts: list[str]) -> list[str]:
    encoded = [text.encode() for text in texts]
    data = b"".join(encoded)
    starts, ends = trimmed(np.frombuffer(data, np.uint8), np.cumsum([0, *map(len, encoded)]))
    return [data[start:end].decode() for start, end in zip(starts, ends, strict=True)]


def test_every_white_space_and_what_lies_beside_it():
    near = [chr(ord(space) + step) for space in SPACES for step in (-1, 0, 1)]
    texts = [f"{first}a{first}" for first in near] + near
    assert trims(texts) == [text.strip() for text in texts]


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(st.text(st.sampled_from([*SPACES, "a", "é", "日", "😀", "\u200b", "\u3001"]), max_size=8), max_size=5))
def test_as_python_strips(texts):
    assert trims(texts) == [text.strip() for text in texts]
