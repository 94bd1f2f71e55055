from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.characters.utf8_texts import are_utf8

RIGHT = [
    *(b"a" * size for size in (1, 7, 60, 61, 62, 63, 64, 65)),
    *(chr(point).encode() for point in (0, 0x7F, 0x80, 0x7FF, 0x800, 0xFFF, 0x1000, 0xD7FF, 0xE000, 0xFFFF)),
    *(chr(point).encode() for point in (0x10000, 0x3FFFF, 0x40000, 0xFFFFF, 0x100000, 0x10FFFF)),
]
WRONG = [
    *(bytes([byte]) for byte in (0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF)),
    *(bytes([byte]) for byte in (0xC0, 0xC1, 0xC2, 0xE0, 0xED, 0xF0, 0xF4, 0xF5, 0xFF)),
    *(b"\xe0\x9f\x80", b"\xed\xa0\x80", b"\xf0\x8f\xbf\xbf", b"\xf4\x90\x80\x80"),
    *(b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98"),
]


def is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def found(texts: list[bytes], width: type = np.int32) -> bool:
    """Between others' bytes, which are nobody's business."""
    data = np.frombuffer(b"\x80" + b"".join(texts) + b"\xf0", np.uint8)
    return are_utf8(data, np.cumsum([1, *map(len, texts)]).astype(width))


@pytest.mark.parametrize("before", range(66))
def test_wherever_it_stands_among_64_bytes(before):
    for piece in RIGHT:
        assert found([b"x" * before + piece])
        assert found([b"x" * before + piece + b"y" * 64])
    for piece in WRONG:
        assert not found([b"x" * before + piece])
        assert not found([b"x" * before + piece + b"y" * 64])


PARTS = st.one_of(st.sampled_from(RIGHT), st.sampled_from(RIGHT), st.sampled_from(RIGHT + WRONG), st.binary(max_size=3))


@settings(derandomize=True, max_examples=600, deadline=None)
@given(st.lists(st.lists(PARTS, max_size=8).map(b"".join), max_size=4), st.sampled_from([np.int32, np.int64]))
def test_each_text_by_itself(texts, width):
    assert found(texts, width) == all(map(is_utf8, texts))


@pytest.mark.parametrize("size", [64, 65, 200])
def test_characters_divided_between_texts_are_wrong(size):
    whole = ("a" * (size - 1) + "é" + "b" * 70).encode()
    assert found([whole])
    assert not found([whole[:size], whole[size:]])
    assert not found([whole[:size], b"", whole[size:]])
    assert found([whole[: size + 1], b"", whole[size + 1 :]])
